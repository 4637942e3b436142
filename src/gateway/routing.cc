#include "gateway/routing.h"

#include <algorithm>
#include <array>

#include "base/text_case.h"
#include "catalog/schema_change.h"
#include "gateway/description.h"
#include "gateway/expressions.h"
#include "gateway/value_calls.h"

namespace nacre::gateway {

namespace {

using kind = schema::change::kind;
using target = schema::change::target;

// Tables that tell of the gateway and what it runs; the others of these keyspaces are the
// cluster's.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> own_tables = {{
    {"system", "local"},
    {"system", "peers"},
    {"system", "peers_v2"},
    {"system_schema", "functions"},
    {"system_schema", "aggregates"},
    {"system_schema", "scylla_aggregates"},
    {"system_views", "clients"},
    {"system_views", "queries"},
    {"system_views", "functions"},
    {"system_views", "function_logs"},
    {"system_views", "event_loops"},
    {"system_views", "scheduling_groups"},
    {"system_views", "stalls"},
    {"system_views", "thread_pools"},
    {"system_views", "settings"},
    {"system_views", "cql_metrics"},
    {"system", "prepared_statements"},
}};

// Cassandra's. Those of ScyllaDB are run here, and others by neither.
constexpr std::string_view cluster_language = "java";

class router {
  public:
    router(const catalog::published& schema, const std::string& keyspace)
        : _schema(schema), _keyspace(keyspace) {}

    route operator()(const cql::use_statement&) const { return route::here; }
    route operator()(const cql::select_statement& select) const {
        const auto& from = select.from;
        const auto& keyspace = from.keyspace.empty() ? _keyspace : from.keyspace;
        const std::pair<std::string_view, std::string_view> table(keyspace, from.name);
        const bool ours = std::ranges::find(own_tables, table) != own_tables.end();
        return ours || calls_ours(select, _schema, _keyspace) ? route::here : route::forward;
    }
    route operator()(const cql::insert_statement& insert) const { return of_write(insert); }
    route operator()(const cql::update_statement& update) const { return of_write(update); }
    route operator()(const cql::delete_statement& removal) const { return of_write(removal); }
    route operator()(const cql::batch_statement& batch) const { return of_write(batch); }

    route operator()(const cql::create_function_statement& create) const {
        return lower_case(create.language) == cluster_language ? route::change_schema : route::here;
    }
    route operator()(const cql::drop_function_statement& drop) const {
        return has(drop.function) ? route::here : route::change_schema;
    }
    route operator()(const cql::create_aggregate_statement& create) const {
        return has({create.aggregate.keyspace, create.state_function}) ? route::here
                                                                       : route::change_schema;
    }
    route operator()(const cql::drop_aggregate_statement& drop) const {
        return has(drop.aggregate) ? route::here : route::change_schema;
    }
    route operator()(const cql::describe_statement& describe) const {
        return tells_of_functions(describe) ? route::describe : route::forward;
    }
    route operator()(const cql::grant_permission_statement& grant) const {
        return is_ours(grant.on) ? route::here : route::change_roles;
    }
    route operator()(const cql::revoke_permission_statement& revoke) const {
        return is_ours(revoke.on) ? route::here : route::change_roles;
    }
    route operator()(const cql::list_permissions_statement& list) const {
        return !list.on || is_ours(*list.on) ? route::list_permissions : route::forward;
    }
    template <typename Other>
    route operator()(const Other& statement) const {
        return of_other(statement);
    }

  private:
    template <typename Write>
    route of_write(const Write& write) const {
        return calls_ours(write, _schema, _keyspace) ? route::call_and_write : route::forward;
    }
    static route of_other(const cql::truncate_statement&) { return route::forward; }
    static route of_other(const cql::create_role_statement&) { return route::change_roles; }
    static route of_other(const cql::alter_role_statement&) { return route::change_roles; }
    static route of_other(const cql::drop_role_statement&) { return route::change_roles; }
    static route of_other(const cql::grant_role_statement&) { return route::change_roles; }
    static route of_other(const cql::revoke_role_statement&) { return route::change_roles; }
    static route of_other(const cql::add_identity_statement&) { return route::forward; }
    static route of_other(const cql::drop_identity_statement&) { return route::forward; }
    static route of_other(const cql::list_roles_statement&) { return route::forward; }
    static route of_other(const cql::list_superusers_statement&) { return route::forward; }
    template <typename Definition>
    static route of_other(const Definition&) {
        return route::change_schema;
    }

    [[nodiscard]] bool is_ours(const cql::resource& resource) const {
        return resource.kind == cql::resource_kind::function && has(resource.name);
    }
    [[nodiscard]] bool has(const cql::qualified_name& name) const {
        const auto keyspace =
            _schema.schema->find_keyspace(name.keyspace.empty() ? _keyspace : name.keyspace);
        return keyspace && (keyspace->functions().find(name.name) != nullptr ||
                            keyspace->aggregates().find(name.name) != nullptr);
    }

    const catalog::published& _schema;
    const std::string& _keyspace;
};

// What a statement names, and whether it was and is there.
class change_finder {
  public:
    change_finder(const schema::snapshot& before, const schema::snapshot& after,
                  const std::string& keyspace)
        : _before(before), _after(after), _keyspace(keyspace) {}

    using found = std::optional<schema::change>;

    found operator()(const cql::create_keyspace_statement& create) const {
        return of_keyspace(create.keyspace);
    }
    found operator()(const cql::alter_keyspace_statement& alter) const {
        return of_keyspace(alter.keyspace);
    }
    found operator()(const cql::drop_keyspace_statement& drop) const {
        return of_keyspace(drop.keyspace);
    }
    found operator()(const cql::create_table_statement& create) const {
        return of_table(create.table);
    }
    found operator()(const cql::create_table_like_statement& create) const {
        return of_table(create.table);
    }
    found operator()(const cql::alter_table_statement& alter) const {
        return of_table(alter.table, on_table::is_altered);
    }
    found operator()(const cql::drop_table_statement& drop) const { return of_table(drop.table); }
    found operator()(const cql::create_view_statement& create) const {
        return of_table(create.view);
    }
    found operator()(const cql::alter_view_statement& alter) const {
        return of_table(alter.view, on_table::is_altered);
    }
    found operator()(const cql::drop_view_statement& drop) const { return of_table(drop.view); }
    found operator()(const cql::create_index_statement& create) const {
        return of_table(create.table, on_table::is_altered);
    }
    found operator()(const cql::create_trigger_statement& create) const {
        return of_table(create.table, on_table::is_altered);
    }
    found operator()(const cql::drop_trigger_statement& drop) const {
        return of_table(drop.table, on_table::is_altered);
    }
    // Which table had the index is no longer known.
    found operator()(const cql::drop_index_statement& drop) const {
        return schema::change{kind::updated, target::keyspace, keyspace_of(drop.index), {}, {}};
    }
    found operator()(const cql::create_type_statement& create) const {
        return of_type(create.type);
    }
    found operator()(const cql::alter_type_statement& alter) const { return of_type(alter.type); }
    found operator()(const cql::drop_type_statement& drop) const { return of_type(drop.type); }
    // The cluster's own functions are not in the gateways' schema.
    found operator()(const cql::create_function_statement& create) const {
        return of_function(create.function);
    }
    found operator()(const cql::drop_function_statement& drop) const {
        return of_function(drop.function);
    }
    found operator()(const cql::create_aggregate_statement& create) const {
        return of_function(create.aggregate);
    }
    found operator()(const cql::drop_aggregate_statement& drop) const {
        return of_function(drop.aggregate);
    }
    template <typename Other>
    found operator()(const Other&) const {
        return std::nullopt;
    }

  private:
    enum class on_table : std::uint8_t { is_there_or_not, is_altered };

    [[nodiscard]] const std::string& keyspace_of(const cql::qualified_name& name) const {
        return name.keyspace.empty() ? _keyspace : name.keyspace;
    }
    static std::optional<kind> of(bool was, bool is, bool differs) {
        if (was && is) return differs ? std::optional(kind::updated) : std::nullopt;
        if (!was && !is) return std::nullopt;
        return is ? kind::created : kind::dropped;
    }
    [[nodiscard]] found of_keyspace(const std::string& name) const {
        const auto was = _before.find_keyspace(name);
        const auto is = _after.find_keyspace(name);
        const auto what = of(was != nullptr, is != nullptr, was != is);
        if (!what) return std::nullopt;
        return schema::change{*what, target::keyspace, name, {}, {}};
    }
    [[nodiscard]] found of_table(const cql::qualified_name& name,
                                 on_table how = on_table::is_there_or_not) const {
        const auto& keyspace = keyspace_of(name);
        const auto was = _before.find_table(keyspace, name.name);
        const auto is = _after.find_table(keyspace, name.name);
        const auto what =
            of(was != nullptr, is != nullptr, how == on_table::is_altered || was != is);
        if (!what) return std::nullopt;
        return schema::change{*what, target::table, keyspace, name.name, {}};
    }
    [[nodiscard]] found of_type(const cql::qualified_name& name) const {
        const auto& keyspace = keyspace_of(name);
        const auto find = [&](const schema::snapshot& in) -> types::type_ptr {
            const auto where = in.find_keyspace(keyspace);
            const auto* type = where ? where->user_types().find(name.name) : nullptr;
            return type == nullptr ? nullptr : *type;
        };
        const auto was = find(_before);
        const auto is = find(_after);
        const auto what = of(was != nullptr, is != nullptr, was != is);
        if (!what) return std::nullopt;
        return schema::change{*what, target::type, keyspace, name.name, {}};
    }
    [[nodiscard]] found of_function(const cql::qualified_name& name) const {
        return schema::change{kind::updated, target::keyspace, keyspace_of(name), {}, {}};
    }

    const schema::snapshot& _before;
    const schema::snapshot& _after;
    const std::string& _keyspace;
};

// The keyspace of what a statement changes, empty if it says none; nothing if it changes nothing in
// one.
template <typename Statement>
std::optional<std::string> changed_keyspace(const Statement& statement) {
    if constexpr (std::is_same_v<Statement, cql::select_statement> ||
                  std::is_same_v<Statement, cql::use_statement> ||
                  std::is_same_v<Statement, cql::describe_statement>) {
        return std::nullopt;
    } else if constexpr (requires { statement.keyspace; }) {
        return statement.keyspace;
    } else if constexpr (requires { statement.view.keyspace; }) {
        return statement.view.keyspace;
    } else if constexpr (requires { statement.table.keyspace; }) {
        return statement.table.keyspace;
    } else if constexpr (requires { statement.type.keyspace; }) {
        return statement.type.keyspace;
    } else if constexpr (requires { statement.index.keyspace; }) {
        return statement.index.keyspace;
    } else if constexpr (requires { statement.function.keyspace; }) {
        return statement.function.keyspace;
    } else if constexpr (requires { statement.aggregate.keyspace; }) {
        return statement.aggregate.keyspace;
    } else {
        return std::nullopt;
    }
}

bool adds_to_itself(const cql::assignment& assigned) {
    if (const auto* column = std::get_if<cql::assign_column>(&assigned)) {
        return column->value.as<cql::arithmetic>() != nullptr;
    }
    if (std::holds_alternative<cql::add_assign_column>(assigned)) return true;
    const auto* element = std::get_if<cql::assign_element>(&assigned);
    return element != nullptr && element->op.has_value();
}

bool writes_plain_values(const cql::statement& statement) {
    bool calls = false;
    visit(statement, [&](const cql::expression& each, place) {
        calls = calls || each.as<cql::function_call>() != nullptr;
        return !calls;
    });
    if (calls) return false;
    if (const auto* insert = std::get_if<cql::insert_statement>(&statement)) {
        return !insert->if_not_exists;
    }
    const auto* update = std::get_if<cql::update_statement>(&statement);
    return update != nullptr && std::holds_alternative<std::monostate>(update->condition) &&
           std::ranges::none_of(update->assignments, adds_to_itself);
}

}  // namespace

route route_of(const cql::statement& statement, const catalog::published& schema,
               const std::string& session_keyspace) {
    return std::visit(router(schema, session_keyspace), statement);
}

std::optional<schema::change> change_made(const cql::statement& statement,
                                          const schema::snapshot& before,
                                          const schema::snapshot& after,
                                          const std::string& session_keyspace) {
    return std::visit(change_finder(before, after, session_keyspace), statement);
}

status check_modifiable(const cql::statement& statement, const std::string& session_keyspace) {
    const auto is_own = [&](const auto& one) {
        const auto keyspace = changed_keyspace(one);
        return keyspace && (keyspace->empty() ? session_keyspace : *keyspace) == own_keyspace;
    };
    bool own = std::visit(is_own, statement);
    if (const auto* batch = std::get_if<cql::batch_statement>(&statement)) {
        own = std::ranges::any_of(batch->statements,
                                  [&](const auto& each) { return std::visit(is_own, each); });
    }
    if (!own) return {};
    return error(error_code::unauthorized,
                 fmt::format("{} keyspace is not user-modifiable.", own_keyspace));
}

status check_used_types(const cql::statement& statement, const catalog::published& schema,
                        const std::string& session_keyspace) {
    const auto* drop = std::get_if<cql::drop_type_statement>(&statement);
    if (drop == nullptr) return {};
    const auto keyspace = schema.schema->find_keyspace(
        drop->type.keyspace.empty() ? session_keyspace : drop->type.keyspace);
    if (!keyspace || !keyspace->user_types().contains(drop->type.name)) return {};
    const catalog::node_info node;
    const std::vector<std::string> languages;
    NACRE_CHECK(
        catalog::plan(*drop, catalog::change_environment{.schema = *schema.schema,
                                                         .session_keyspace = session_keyspace,
                                                         .node = node,
                                                         .languages = languages}));
    return {};
}

bool is_idempotent(const cql::statement& statement) {
    return std::holds_alternative<cql::select_statement>(statement) ||
           std::holds_alternative<cql::describe_statement>(statement) ||
           writes_plain_values(statement);
}

}  // namespace nacre::gateway
