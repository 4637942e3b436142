#include "query/select_plan.h"

#include <algorithm>

#include "cql/print.h"

namespace nacre::query {

using schema::column_kind;

namespace {

status check_supported(const cql::select_statement& statement) {
    if (statement.json) return invalid("SELECT JSON is not supported");
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
            plan.selectors.push_back(
                std::make_shared<slot_expression>(column.type, names.slot_of(ordinal)));
            columns.push_back({table.keyspace(), table.name(), column.name, column.type});
        }
    }
    names.allow_aggregates(true);
    for (const auto& selector : statement.selectors) {
        NACRE_TRY(auto bound, names.bind_selector(selector.value));
        auto name = selector.alias ? *selector.alias : names.column_name(selector.value);
        columns.push_back({table.keyspace(), table.name(), std::move(name), bound->type()});
        plan.selectors.push_back(std::move(bound));
    }
    names.allow_aggregates(false);
    plan.metadata = make_metadata(std::move(columns));
    return {};
}

status check_distinct(const select_plan& plan, const cql::select_statement& statement,
                      const binder& names) {
    if (!statement.distinct) return {};
    for (const auto& wanted : names.wanted()) {
        const auto& column = plan.table->columns()[wanted.ordinal];
        if (column.kind != column_kind::partition_key && column.kind != column_kind::static_) {
            return invalid(
                "SELECT DISTINCT queries must only request partition key columns and/or static "
                "columns (not {})",
                column.name);
        }
    }
    return {};
}

status bind_group_by(select_plan& plan, const cql::select_statement& statement, binder& names) {
    std::uint32_t next = 0;
    for (const auto& node : statement.group_by) {
        const auto* column = node.as<cql::column_ref>();
        if (column == nullptr) {
            return invalid("Functions are not supported in the GROUP BY clause: {}",
                           cql::to_text(node));
        }
        NACRE_TRY(const auto ordinal, names.find_column(column->name));
        const auto& definition = plan.table->columns()[ordinal];
        if (definition.kind != column_kind::partition_key &&
            definition.kind != column_kind::clustering) {
            return invalid(
                "Group by is currently only supported on the columns of the PRIMARY KEY, got {}",
                column->name);
        }
        // Key columns restricted to one value may be left out.
        while (next < ordinal) {
            const auto pk_size = plan.table->partition_key_size();
            const bool single = next < pk_size
                                    ? next < plan.where.partition_key.size() &&
                                          !plan.where.partition_key[next].is_in
                                    : next - pk_size < plan.where.clustering.size() &&
                                          plan.where.clustering[next - pk_size].equal &&
                                          !plan.where.clustering[next - pk_size].equal->is_in;
            if (!single) break;
            ++next;
        }
        if (ordinal != next) {
            return invalid(
                "Group by currently only support groups of columns following their declared order "
                "in the PRIMARY KEY");
        }
        ++next;
        plan.group_slots.push_back(names.slot_of(ordinal));
        plan.is_grouped = true;
    }
    if (plan.is_grouped && next < plan.table->partition_key_size()) {
        return invalid("Group by is not supported on only a part of the partition key");
    }
    return {};
}

status bind_order(select_plan& plan, const cql::select_statement& statement) {
    const auto& table = *plan.table;
    if (statement.order_by.empty()) return {};
    if (!plan.where.has_partition_key()) {
        return invalid(
            "ORDER BY is only supported when the partition key is restricted by an EQ or "
            "an IN.");
    }
    std::optional<bool> reversed;
    std::uint32_t expected = 0;
    for (const auto& order : statement.order_by) {
        const auto* column = order.by.as<cql::column_ref>();
        const auto ordinal = column != nullptr ? table.find(column->name) : std::nullopt;
        if (!ordinal || table.columns()[*ordinal].kind != column_kind::clustering) {
            return invalid(
                "Order by is currently only supported on the clustered columns of the PRIMARY KEY, "
                "got {}",
                cql::to_text(order.by));
        }
        const auto& definition = table.columns()[*ordinal];
        while (expected < definition.position && expected < plan.where.clustering.size() &&
               plan.where.clustering[expected].equal &&
               !plan.where.clustering[expected].equal->is_in) {
            ++expected;
        }
        if (definition.position != expected++) {
            return invalid(
                "Order by currently only supports the ordering of columns following "
                "their declared order in the PRIMARY KEY");
        }
        const bool opposite = (order.direction == cql::sort_direction::descending) !=
                              (definition.order == schema::clustering_order::descending);
        if (reversed && *reversed != opposite) {
            return invalid("Unsupported order by relation");
        }
        reversed = opposite;
    }
    const bool many = std::ranges::any_of(plan.where.partition_key,
                                          [](const value_list& list) { return list.is_in; });
    if (many) {
        return invalid(
            "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you "
            "must either remove the ORDER BY or the IN and sort client side, or disable paging for "
            "this query");
    }
    plan.reversed = reversed.value_or(false);
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
        if (statement.distinct) {
            return invalid("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries");
        }
    }
    names.allow_columns(true);
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

    NACRE_CHECK(bind_selection(plan, statement, names));
    plan.distinct = statement.distinct;
    NACRE_CHECK(check_distinct(plan, statement, names));
    NACRE_TRY(plan.where, bind_where(names, statement.where, where_purpose::select));
    if (plan.where.needs_filtering && !statement.allow_filtering) {
        return invalid(
            "Cannot execute this query as it might involve data filtering and thus may have "
            "unpredictable performance. If you want to execute this query despite the performance "
            "unpredictability, use ALLOW FILTERING");
    }
    NACRE_CHECK(bind_group_by(plan, statement, names));
    NACRE_CHECK(bind_order(plan, statement));
    NACRE_CHECK(bind_limits(plan, statement, names));
    plan.columns = names.wanted();
    plan.aggregates = names.aggregates();
    return plan;
}

}  // namespace nacre::query
