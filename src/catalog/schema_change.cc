#include "catalog/schema_change.h"

#include <algorithm>
#include <array>

#include "catalog/keyspace_options.h"

namespace nacre::catalog {

namespace {

struct dispatch {
    const change_environment& environment;

    template <typename Statement>
    result<planned_change> operator()(const Statement& statement) const {
        if constexpr (requires(const change_environment& e) { plan(statement, e); }) {
            return plan(statement, environment);
        } else {
            // Roles and permissions, which a client without a login has nothing to do with.
            return error(error_code::unauthorized,
                         "You have to be logged in and not anonymous to perform this request");
        }
    }
    result<planned_change> operator()(const cql::create_index_statement&) const {
        return invalid("Secondary indexes are not supported");
    }
    result<planned_change> operator()(const cql::create_view_statement&) const {
        return invalid("Materialized views are not supported");
    }
    result<planned_change> operator()(const cql::create_trigger_statement&) const {
        return invalid("Triggers are not supported");
    }
    result<planned_change> operator()(const cql::drop_index_statement& drop) const {
        if (drop.if_exists) return planned_change();
        NACRE_TRY(const auto place, place_of_function(drop.index, environment));
        return invalid("Index '{}.{}' doesn't exist'", place.keyspace_name, drop.index.name);
    }
    result<planned_change> operator()(const cql::drop_view_statement& drop) const {
        return absent(drop.if_exists, "Materialized view", drop.view);
    }
    result<planned_change> operator()(const cql::alter_view_statement& alter) const {
        return absent(alter.if_exists, "Materialized view", alter.view);
    }
    result<planned_change> operator()(const cql::drop_trigger_statement& drop) const {
        if (drop.if_exists) return planned_change();
        NACRE_TRY(const auto keyspace, keyspace_of(drop.table, environment));
        return invalid("Trigger '{}' on '{}.{}' doesn't exist", drop.name, keyspace,
                       drop.table.name);
    }

    /// Something of a kind that no keyspace has.
    result<planned_change> absent(bool if_exists, std::string_view what,
                                  const cql::qualified_name& name) const {
        if (if_exists) return planned_change();
        NACRE_TRY(const auto keyspace, keyspace_of(name, environment));
        return invalid("{} '{}.{}' doesn't exist", what, keyspace, name.name);
    }
};

}  // namespace

result<planned_change> plan_change(const cql::statement& statement,
                                   const change_environment& environment) {
    return std::visit(dispatch{environment}, statement);
}

result<std::string> keyspace_of(const cql::qualified_name& name,
                                const change_environment& environment) {
    if (!name.keyspace.empty()) return name.keyspace;
    if (!environment.session_keyspace.empty()) return environment.session_keyspace;
    return invalid(
        "No keyspace has been specified. USE a keyspace, or explicitly specify "
        "keyspace.tablename");
}

status check_modifiable(const std::string& keyspace, change_verb verb, std::string_view resource) {
    if (!is_system_keyspace(keyspace)) return {};
    if (is_replicated_system_keyspace(keyspace)) {
        constexpr std::array<std::string_view, 3> verbs = {"CREATE", "ALTER", "DROP"};
        return error(
            error_code::unauthorized,
            fmt::format("Cannot {} <{}>", verbs[static_cast<std::size_t>(verb)], resource));
    }
    return error(error_code::unauthorized,
                 fmt::format("{} keyspace is not user-modifiable.", keyspace));
}

result<change_place> place_of_table(const cql::qualified_name& table, change_verb verb,
                                    const change_environment& environment) {
    NACRE_TRY(auto name, keyspace_of(table, environment));
    const auto resource = verb == change_verb::create
                              ? "all tables in " + name
                              : fmt::format("table {}.{}", name, table.name);
    NACRE_CHECK(check_modifiable(name, verb, resource));
    auto keyspace = environment.schema.find_keyspace(name);
    return change_place{std::move(name), std::move(keyspace)};
}

result<change_place> place_of_type(const cql::qualified_name& type, change_verb verb,
                                   const change_environment& environment) {
    NACRE_TRY(auto name, keyspace_of(type, environment));
    NACRE_CHECK(check_modifiable(name, verb, "all tables in " + name));
    auto keyspace = environment.schema.find_keyspace(name);
    return change_place{std::move(name), std::move(keyspace)};
}

result<change_place> place_of_function(const cql::qualified_name& function,
                                       const change_environment& environment) {
    NACRE_TRY(auto name, keyspace_of(function, environment));
    if (is_system_keyspace(name)) {
        return invalid("System keyspace '{}' is not user-modifiable", name);
    }
    auto keyspace = environment.schema.find_keyspace(name);
    return change_place{std::move(name), std::move(keyspace)};
}

error keyspace_missing(const std::string& keyspace) {
    return invalid("Keyspace '{}' doesn't exist", keyspace);
}

schema::snapshot_ptr with_keyspace(const schema::snapshot& schema, schema::keyspace keyspace) {
    auto next = std::make_shared<schema::snapshot>(schema);
    auto name = keyspace.name;
    next->keyspaces.insert_or_assign(std::move(name),
                                     std::make_shared<const schema::keyspace>(std::move(keyspace)));
    return next;
}

std::vector<types::type_ptr> state_arguments(const schema::aggregate_definition& aggregate) {
    std::vector<types::type_ptr> arguments{aggregate.state_type};
    arguments.insert(arguments.end(), aggregate.argument_types.begin(),
                     aggregate.argument_types.end());
    return arguments;
}

}  // namespace nacre::catalog
