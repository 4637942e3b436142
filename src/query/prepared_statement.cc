#include "query/prepared_statement.h"

#include <algorithm>

#include "catalog/keyspace_options.h"
#include "cql/obscure.h"
#include "cql/parse.h"
#include "query/access.h"

namespace nacre::query {

namespace {

status check_writable(const schema::table& table) {
    const auto& name = table.keyspace();
    if (name == "system_views" || name == "system_virtual_schema") {
        return invalid("Modification is not supported by table {}.{}", name, table.name());
    }
    if (catalog::is_system_keyspace(name) && !catalog::is_replicated_system_keyspace(name)) {
        return error(error_code::unauthorized,
                     fmt::format("{} keyspace is not user-modifiable.", name));
    }
    return {};
}

// Binds one statement of a kind that has a plan.
class planner {
  public:
    planner(const modification_context& context, marker_table& markers)
        : _context(context), _markers(markers) {}

    result<modification_plan> operator()(const cql::insert_statement& statement) {
        return checked(plan_insert(_context, statement, _markers));
    }
    result<modification_plan> operator()(const cql::update_statement& statement) {
        return checked(plan_update(_context, statement, _markers));
    }
    result<modification_plan> operator()(const cql::delete_statement& statement) {
        return checked(plan_delete(_context, statement, _markers));
    }

  private:
    static result<modification_plan> checked(result<modification_plan> plan) {
        if (plan) NACRE_CHECK(check_writable(*plan->table));
        return plan;
    }
    const modification_context& _context;
    marker_table& _markers;
};

result<batch_plan> plan_batch(const modification_context& context,
                              const cql::batch_statement& statement, marker_table& markers) {
    if (statement.kind == cql::batch_kind::counter) {
        return invalid("Cannot include non-counter statement in a counter batch");
    }
    batch_plan batch;
    batch.logged = statement.kind == cql::batch_kind::logged;
    planner plan_write(context, markers);
    for (const auto& each : statement.statements) {
        NACRE_TRY(auto plan, std::visit(plan_write, each));
        batch.writes.push_back(std::move(plan));
    }
    if (statement.parameters.ttl)
        return invalid("Global TTL on the BATCH statement is not supported.");
    if (statement.parameters.timestamp) {
        for (const auto& plan : batch.writes) {
            if (plan.timestamp) {
                return invalid("Timestamp must be set either on BATCH or individual statements");
            }
        }
        binder names(*context.schema, context.session_keyspace, nullptr, markers);
        names.allow_columns(false);
        NACRE_TRY(batch.timestamp,
                  names.bind_value(*statement.parameters.timestamp,
                                   types::type::native(types::type_kind::bigint), "[timestamp]"));
    }
    return batch;
}

status plan_select_into(prepared_statement& prepared, const cql::select_statement& statement,
                        marker_table& markers) {
    NACRE_TRY(auto plan, plan_select(*prepared.schema, prepared.keyspace, statement, markers));
    prepared.metadata = plan.metadata;
    prepared.user_functions = markers.user_functions();
    prepared.partition_key_indices = markers.partition_key_indices();
    prepared.markers = markers.specifications();
    if (plan.aggregates_rows() && !plan.where.touches_partition_key) {
        prepared.warnings.emplace_back("Aggregation query used without partition key");
    } else if (plan.aggregates_rows() && plan.where.lists_partition_key) {
        prepared.warnings.emplace_back(
            "Aggregation query used on multiple partition keys (IN restriction)");
    }
    prepared.plan = std::move(plan);
    return {};
}

status plan_into(prepared_statement& prepared) {
    marker_table markers(prepared.bind_markers);
    if (const auto* select = std::get_if<cql::select_statement>(&prepared.tree)) {
        return plan_select_into(prepared, *select, markers);
    }
    const modification_context context{prepared.schema, prepared.keyspace};
    if (const auto* batch = std::get_if<cql::batch_statement>(&prepared.tree)) {
        NACRE_TRY(auto plan, plan_batch(context, *batch, markers));
        prepared.user_functions = markers.user_functions();
        if (!plan.writes.empty()) {
            prepared.markers = markers.specifications();
            // With a timestamp for all of it, Cassandra tells drivers nothing to route by.
            if (dynamic_cast<const marker_expression*>(plan.timestamp.get()) == nullptr) {
                prepared.partition_key_indices = markers.partition_key_indices();
            }
        }
        prepared.plan = std::move(plan);
        return {};
    }
    planner plan_write(context, markers);
    std::optional<result<modification_plan>> write;
    if (const auto* insert = std::get_if<cql::insert_statement>(&prepared.tree)) {
        write = plan_write(*insert);
    } else if (const auto* update = std::get_if<cql::update_statement>(&prepared.tree)) {
        write = plan_write(*update);
    } else if (const auto* removal = std::get_if<cql::delete_statement>(&prepared.tree)) {
        write = plan_write(*removal);
    }
    if (!write) return {};
    if (!*write) return std::move(*write).error();
    auto plan = std::move(**write);
    prepared.user_functions = markers.user_functions();
    prepared.markers = markers.specifications();
    prepared.partition_key_indices = markers.partition_key_indices();
    prepared.plan = std::move(plan);
    return {};
}

}  // namespace

std::string prepared_statement::describe() const {
    return cql::without_passwords(text);
}

runtime::scheduling_group prepared_statement::group() const {
    using enum runtime::scheduling_group;
    if (std::holds_alternative<std::monostate>(plan)) return system;
    if (!user_functions.empty()) return functions;
    const auto* select = std::get_if<select_plan>(&plan);
    return select != nullptr && !select->where.has_partition_key() ? scans : points;
}

bool same_markers(const prepared_statement& a, const prepared_statement& b) {
    return std::ranges::equal(a.markers, b.markers,
                              [](const column_specification& x, const column_specification& y) {
                                  return x.name == y.name && x.type->to_cql() == y.type->to_cql();
                              });
}

bool is_large_text(std::string_view text) {
    constexpr std::size_t large_bytes_min = 16 << 10;
    return text.size() > large_bytes_min;
}

bytes statement_id(const std::string& keyspace, const std::string& text) {
    return uuid::from_name(keyspace + '\0' + text).to_bytes();
}

result<prepared_statement_ptr> prepare_statement(catalog::published_ptr schema, std::string text,
                                                 std::string session_keyspace) {
    NACRE_TRY(auto parsed, cql::parse_statement(text));
    auto prepared = std::make_shared<prepared_statement>();
    prepared->id = statement_id(session_keyspace, text);
    prepared->text = std::move(text);
    prepared->keyspace = std::move(session_keyspace);
    prepared->schema = std::move(schema);
    prepared->tree = std::move(parsed.tree);
    prepared->bind_markers = std::move(parsed.markers);
    prepared->metadata = make_metadata({});
    NACRE_CHECK(plan_into(*prepared));
    prepared->requirements = requirements_of(*prepared);
    return prepared_statement_ptr(std::move(prepared));
}

}  // namespace nacre::query
