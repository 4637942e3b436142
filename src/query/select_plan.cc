#include "query/select_plan.h"

#include <algorithm>

#include "catalog/resolve_type.h"
#include "cql/print.h"
#include "function/monotonic.h"
#include "function/resolve.h"
#include "query/json_row.h"

namespace nacre::query {

using schema::column_kind;

namespace {

status check_supported(const cql::select_statement& statement) {
    for (const auto& order : statement.order_by) {
        if (order.ann_of) return invalid("ANN ordering is only supported on vector indexes");
    }
    return {};
}

status bind_selection(select_plan& plan, const cql::select_statement& statement, binder& names) {
    std::vector<column_specification> columns;
    const auto& table = *plan.table;
    if (statement.all_columns) {
        for (std::uint32_t ordinal = 0; ordinal < table.columns().size(); ++ordinal) {
            const auto& column = table.columns()[ordinal];
            plan.selectors.push_back(names.column_value(ordinal));
            columns.push_back({table.keyspace(), table.name(), column.name, column.type});
        }
    }
    names.allow_aggregates(true);
    for (const auto& selector : statement.selectors) {
        if (selector.value.parenthesised) {
            return invalid(
                "Cannot infer type for term ({}) in selection clause (try using a cast to force a "
                "type)",
                names.column_name(selector.value));
        }
        NACRE_TRY(auto bound, names.bind_selector(selector.value));
        auto name = selector.alias ? *selector.alias : names.column_name(selector.value);
        columns.push_back({table.keyspace(), table.name(), std::move(name), bound->type()});
        plan.selectors.push_back(std::move(bound));
    }
    names.allow_aggregates(false);
    if (statement.json) {
        std::vector<std::string> members;
        for (auto& column : columns) members.push_back(std::move(column.name));
        auto row =
            std::make_shared<json_row_expression>(std::move(members), std::move(plan.selectors));
        columns = {{table.keyspace(), table.name(), "[json]", row->type()}};
        plan.selectors = {std::move(row)};
    }
    std::uint64_t parts = 0;
    for (const auto& column : columns) parts += column.type->part_count();
    NACRE_CHECK(catalog::check_size("The result", parts));
    plan.metadata = make_metadata(std::move(columns));
    return {};
}

bool selects_only_static(const schema::table& table,
                         const std::vector<storage::wanted_column>& wanted, bool all_columns) {
    const auto kind = [&](const storage::wanted_column& each) {
        return table.columns()[each.ordinal].kind;
    };
    return !all_columns && std::ranges::any_of(wanted, [&](const auto& each) {
        return kind(each) == column_kind::static_;
    }) && std::ranges::all_of(wanted, [&](const auto& each) {
        return kind(each) == column_kind::static_ || kind(each) == column_kind::partition_key;
    });
}

error not_distinct(const std::string& column) {
    return invalid(
        "SELECT DISTINCT queries must only request partition key columns and/or static columns "
        "(not {})",
        column);
}

// `selected` of the wanted columns are for selectors, the others for filters.
status check_distinct(const select_plan& plan, const std::vector<storage::wanted_column>& wanted,
                      std::size_t selected) {
    const auto& columns = plan.table->columns();
    const auto fits = [&](const storage::wanted_column& each) {
        const auto kind = columns[each.ordinal].kind;
        return kind == column_kind::partition_key || kind == column_kind::static_;
    };
    const bool filtered_by_row =
        !std::all_of(wanted.begin() + static_cast<std::ptrdiff_t>(selected), wanted.end(), fits);
    if (plan.where.restricts_clustering() || filtered_by_row) {
        return invalid(
            "SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or "
            "static columns.");
    }
    for (std::size_t i = 0; i < selected; ++i) {
        if (!fits(wanted[i])) {
            return not_distinct(columns[wanted[i].ordinal].name);
        }
    }
    if (plan.where.has_partition_key()) return {};
    for (std::uint32_t key = 0; key < plan.table->partition_key_size(); ++key) {
        const bool requested =
            std::any_of(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(selected),
                        [key](const storage::wanted_column& each) { return each.ordinal == key; });
        if (!requested) {
            return invalid(
                "SELECT DISTINCT queries must request all the partition key columns (missing {})",
                columns[key].name);
        }
    }
    return {};
}

error wrong_group_order() {
    return invalid(
        "Group by currently only support groups of columns following their declared order in the "
        "PRIMARY KEY");
}

// Groups are of rows side by side, so equal results must lie so too.
status check_monotonic(const expression& node) {
    if (node.is_row_independent() || dynamic_cast<const slot_expression*>(&node) != nullptr) {
        return {};
    }
    const auto* call = dynamic_cast<const call_expression*>(&node);
    if (call == nullptr) {
        return invalid("Only monotonic functions are supported in the GROUP BY clause");
    }
    const auto& arguments = call->arguments();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i]->is_row_independent()) continue;
        if (!function::is_monotonic(call->callee(), i)) {
            return invalid(
                "Only monotonic functions are supported in the GROUP BY clause. Got: {} ",
                function::describe(call->callee().signature));
        }
        NACRE_CHECK(check_monotonic(*arguments[i]));
    }
    return {};
}

// A function of one clustering column, such as floor(time, 1h).
result<std::uint32_t> bind_group_function(select_plan& plan, const cql::expression& node,
                                          binder& names) {
    binder alone(names.schema(), names.keyspace(), names.table(), names.markers());
    alone.allow_aggregates(true);
    NACRE_CHECK(alone.bind_selector(node));
    if (!alone.aggregates().empty()) {
        const auto& aggregate = alone.aggregates().back().function->signature();
        return invalid(
            "Aggregate functions are not supported within the GROUP BY clause, got: {}.{}",
            aggregate.keyspace, aggregate.name);
    }
    const auto& used = alone.wanted();
    if (used.empty()) {
        return invalid("GROUP BY functions must have one clustering column name as parameter");
    }
    if (used.size() > 1) {
        std::string columns;
        for (const auto& each : used) {
            columns += (columns.empty() ? "" : ",") + plan.table->columns()[each.ordinal].name;
        }
        return invalid("GROUP BY functions accept only one clustering column as parameter, got: {}",
                       columns);
    }
    const auto& column = plan.table->columns()[used[0].ordinal];
    if (column.kind != column_kind::clustering) {
        return invalid("Group by functions are only supported on clustering columns, got {}",
                       column.name);
    }
    NACRE_TRY(plan.group_function, names.bind_selector(node));
    NACRE_CHECK(check_monotonic(*plan.group_function));
    return used[0].ordinal;
}

status bind_group_by(select_plan& plan, const cql::select_statement& statement, binder& names) {
    const auto key_size = plan.table->partition_key_size() + plan.table->clustering_key_size();
    std::uint32_t next = 0;
    for (const auto& node : statement.group_by) {
        std::uint32_t ordinal = 0;
        const auto* column = node.as<cql::column_ref>();
        if (column == nullptr) {
            if (node.as<cql::function_call>() == nullptr) {
                return syntax_error("GROUP BY takes columns and functions of them, not {}",
                                    cql::to_text(node));
            }
            NACRE_TRY(ordinal, bind_group_function(plan, node, names));
        } else {
            NACRE_TRY(ordinal, names.find_column(column->name));
            const auto kind = plan.table->columns()[ordinal].kind;
            if (kind != column_kind::partition_key && kind != column_kind::clustering) {
                return invalid(
                    "Group by is currently only supported on the columns of the PRIMARY KEY, got "
                    "{}",
                    column->name);
            }
            if (plan.group_function) {
                return invalid(
                    "Functions are only supported on the last element of the GROUP BY clause");
            }
            // A group never leaves its partition.
            if (kind == column_kind::clustering) {
                plan.group_slots.push_back(names.slot_of(ordinal));
            }
        }
        // Key columns restricted to one value may be left out.
        for (;; ++next) {
            if (next == key_size) return wrong_group_order();
            if (next == ordinal) break;
            if (!plan.where.fixes(next)) return wrong_group_order();
        }
        ++next;
        plan.is_grouped = true;
        if (plan.distinct && ordinal >= plan.table->partition_key_size()) {
            return invalid(
                "Grouping on clustering columns is not allowed for SELECT DISTINCT queries");
        }
    }
    if (plan.is_grouped && next < plan.table->partition_key_size()) {
        return invalid("Group by is not supported on only a part of the partition key");
    }
    return {};
}

struct order_column {
    std::uint32_t ordinal = 0;
    bool descending = false;
};

// The columns of ORDER BY; of one named twice the last direction holds.
result<std::vector<order_column>> order_columns(const cql::select_statement& statement,
                                                const binder& names) {
    std::vector<order_column> columns;
    for (const auto& order : statement.order_by) {
        const auto* column = order.by.as<cql::column_ref>();
        if (column == nullptr) {
            return syntax_error("ORDER BY takes columns, not {}", cql::to_text(order.by));
        }
        NACRE_TRY(const auto ordinal, names.find_column(column->name));
        const bool descending = order.direction == cql::sort_direction::descending;
        const auto same = std::ranges::find(columns, ordinal, &order_column::ordinal);
        if (same != columns.end()) {
            same->descending = descending;
        } else {
            columns.push_back({ordinal, descending});
        }
    }
    return columns;
}

status bind_order(select_plan& plan, const std::vector<order_column>& columns, binder& names) {
    const auto& table = *plan.table;
    if (columns.empty()) return {};
    if (!plan.where.has_partition_key()) {
        return invalid(
            "ORDER BY is only supported when the partition key is restricted by an EQ or an IN.");
    }
    std::optional<bool> reversed;
    std::uint32_t expected = 0;
    for (const auto& each : columns) {
        const auto& definition = table.columns()[each.ordinal];
        if (definition.kind != column_kind::clustering) {
            return invalid(
                "Order by is currently only supported on the clustered columns of the PRIMARY KEY, "
                "got {}",
                definition.name);
        }
        while (expected != definition.position) {
            const bool fixed = expected < table.clustering_key_size() &&
                               plan.where.fixes(table.partition_key_size() + expected);
            if (!fixed) {
                return invalid(
                    "Order by currently only supports the ordering of columns following their "
                    "declared order in the PRIMARY KEY");
            }
            ++expected;
        }
        ++expected;
        const bool opposite =
            each.descending != (definition.order == schema::clustering_order::descending);
        if (reversed && *reversed != opposite) return invalid("Unsupported order by relation");
        reversed = opposite;
    }
    plan.reversed = *reversed;
    if (!plan.where.has_partition_list()) return {};
    if (plan.distinct) return not_distinct(table.columns()[columns.front().ordinal].name);
    for (const auto& each : columns) {
        plan.sort_keys.push_back({names.slot_of(each.ordinal), each.descending});
    }
    return {};
}

status bind_limits(select_plan& plan, const cql::select_statement& statement, binder& names) {
    const auto integer = types::type::native(types::type_kind::int_);
    names.allow_columns(false);
    if (statement.limit) {
        NACRE_TRY(plan.limit, names.bind_value(*statement.limit, integer, "[limit]"));
    }
    if (statement.per_partition_limit) {
        NACRE_TRY(plan.per_partition_limit, names.bind_value(*statement.per_partition_limit,
                                                             integer, "[per_partition_limit]"));
    }
    names.allow_columns(true);
    return {};
}

// Of a statement whose selectors are wrong: Cassandra looks at WHERE before them, unless it must
// know whether they are static.
status check_where_alone(binder& names, const cql::select_statement& statement) {
    const auto& table = names.table();
    const bool has_static =
        std::ranges::any_of(table->columns(), [](const schema::column_definition& column) {
            return column.kind == column_kind::static_;
        });
    if (has_static) return {};
    binder alone(names.schema(), names.keyspace(), table, names.markers());
    alone.allow_columns(false);
    where_place place;
    place.allow_filtering = statement.allow_filtering;
    NACRE_CHECK(bind_where(alone, statement.where, place));
    return {};
}

}  // namespace

result<schema::table_ptr> find_table(const schema::snapshot& schema,
                                     const cql::qualified_name& name,
                                     const std::string& session_keyspace) {
    const auto& keyspace = name.keyspace.empty() ? session_keyspace : name.keyspace;
    if (keyspace.empty()) {
        return invalid(
            "No keyspace has been specified. USE a keyspace, or explicitly specify "
            "keyspace.tablename");
    }
    if (!schema.find_keyspace(keyspace)) return invalid("keyspace {} does not exist", keyspace);
    auto table = schema.find_table(keyspace, name.name);
    if (!table) return invalid("table {} does not exist", name.name);
    return table;
}

result_metadata_ptr make_metadata(std::vector<column_specification> columns) {
    auto metadata = std::make_shared<result_metadata>();
    bytes digest_input;
    for (const auto& column : columns) {
        for (const auto& part :
             {column.keyspace, column.table, column.name, column.type->to_cql()}) {
            digest_input += part;
            digest_input.push_back('\0');
        }
    }
    metadata->columns = std::move(columns);
    metadata->id = uuid::from_name(digest_input).to_bytes();
    return metadata;
}

result<select_plan> plan_select(const catalog::published& schema,
                                const std::string& session_keyspace,
                                const cql::select_statement& statement, marker_table& markers) {
    NACRE_CHECK(check_supported(statement));
    select_plan plan;
    NACRE_TRY(plan.table, find_table(*schema.schema, statement.from, session_keyspace));
    binder names(schema, plan.table->keyspace(), plan.table, markers);

    auto selection = bind_selection(plan, statement, names);
    NACRE_TRY(const auto order, order_columns(statement, names));
    if (!selection) {
        NACRE_CHECK(check_where_alone(names, statement));
        return std::move(selection).error();
    }
    plan.distinct = statement.distinct;
    plan.aggregates = names.aggregates();
    const auto selected = names.wanted().size();
    where_place place;
    place.allow_filtering = statement.allow_filtering;
    place.selects_only_static =
        selects_only_static(*plan.table, names.wanted(), statement.all_columns);
    names.allow_columns(false);
    NACRE_TRY(plan.where, bind_where(names, statement.where, place));
    names.allow_columns(true);
    if (statement.distinct) {
        if (statement.per_partition_limit) {
            return invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries");
        }
        NACRE_CHECK(check_distinct(plan, names.wanted(), selected));
    }
    NACRE_CHECK(bind_group_by(plan, statement, names));
    if (plan.aggregates_rows() && !plan.is_grouped && statement.per_partition_limit) {
        return invalid("PER PARTITION LIMIT is not allowed with aggregate queries.");
    }
    NACRE_CHECK(bind_order(plan, order, names));
    if (plan.where.needs_filtering) return filtering_needed();
    NACRE_CHECK(bind_limits(plan, statement, names));
    plan.columns = names.wanted();
    return plan;
}

}  // namespace nacre::query
