#include "catalog/keyspace_options.h"
#include "catalog/schema_change.h"
#include "catalog/table_definition.h"

namespace nacre::catalog {

namespace {

using kind = schema::change::kind;
using target = schema::change::target;

schema::change keyspace_change(kind what, const std::string& keyspace) {
    return {what, target::keyspace, keyspace, {}, {}};
}
schema::change table_change(kind what, const std::string& keyspace, const std::string& table) {
    return {what, target::table, keyspace, table, {}};
}

status check_keyspace_name(const std::string& name) {
    if (!is_plain_name(name)) {
        return invalid(
            "Keyspace name must not be empty and must contain alphanumeric or "
            "underscore characters only (got \"{}\")",
            name);
    }
    if (name.size() > name_length_max) {
        return invalid(
            "Keyspace name must not be more than {} characters long (got {} characters "
            "for \"{}\")",
            name_length_max, name.size(), name);
    }
    return {};
}

/// Where a new table goes, or nothing to do because IF NOT EXISTS finds it there.
struct new_table_place {
    schema::keyspace_ptr keyspace;
    bool exists = false;
};

result<new_table_place> place_of_new_table(const cql::qualified_name& table, bool if_not_exists,
                                           const change_environment& environment) {
    NACRE_TRY(const auto name, keyspace_of(table, environment));
    NACRE_CHECK(check_modifiable(name));
    new_table_place place{environment.schema.find_keyspace(name), false};
    if (!place.keyspace) return keyspace_missing(name);
    place.exists = place.keyspace->tables.contains(table.name);
    if (place.exists && !if_not_exists) {
        return error(error_code::already_exists,
                     fmt::format("Cannot add already existing table \"{}\" to keyspace \"{}\"",
                                 table.name, name),
                     already_exists_fields{name, table.name});
    }
    return place;
}

planned_change with_new_table(const schema::keyspace& keyspace, const schema::table_ptr& table,
                              const change_environment& environment) {
    planned_change planned;
    auto next = keyspace;
    next.tables.emplace(table->name(), table);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = table_change(kind::created, keyspace.name, table->name());
    planned.used_storage_id = true;
    return planned;
}

table_identity new_identity(const change_environment& environment) {
    return {uuid::time_based(), environment.next_storage_id};
}

/// A table that a statement changes, in a keyspace that it may change.
result<schema::table_ptr> existing_table(const cql::qualified_name& table, bool if_exists,
                                         const change_environment& environment) {
    NACRE_TRY(const auto keyspace, keyspace_of(table, environment));
    NACRE_CHECK(check_modifiable(keyspace));
    auto found = environment.schema.find_table(keyspace, table.name);
    if (!found && !if_exists) return invalid("Table '{}.{}' doesn't exist", keyspace, table.name);
    return found;
}

}  // namespace

result<planned_change> plan(const cql::create_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    if (is_system_keyspace(name)) {
        return invalid("System keyspace '{}' is not user-modifiable", name);
    }
    NACRE_CHECK(check_keyspace_name(name));
    if (environment.schema.find_keyspace(name)) {
        if (statement.if_not_exists) return planned_change();
        return error(error_code::already_exists,
                     fmt::format("Cannot add existing keyspace \"{}\"", name),
                     already_exists_fields{name, ""});
    }
    schema::keyspace keyspace;
    keyspace.name = name;
    NACRE_TRY(keyspace, apply_properties(std::move(keyspace), statement.properties,
                                         environment.node.data_center));
    planned_change planned;
    planned.next = with_keyspace(environment.schema, std::move(keyspace));
    planned.change = keyspace_change(kind::created, name);
    return planned;
}

result<planned_change> plan(const cql::alter_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    NACRE_CHECK(check_modifiable(name));
    const auto current = environment.schema.find_keyspace(name);
    if (!current) {
        if (statement.if_exists) return planned_change();
        return keyspace_missing(name);
    }
    NACRE_TRY(auto keyspace,
              apply_properties(*current, statement.properties, environment.node.data_center));
    planned_change planned;
    planned.next = with_keyspace(environment.schema, std::move(keyspace));
    planned.change = keyspace_change(kind::updated, name);
    return planned;
}

result<planned_change> plan(const cql::drop_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    NACRE_CHECK(check_modifiable(name));
    const auto current = environment.schema.find_keyspace(name);
    if (!current) {
        if (statement.if_exists) return planned_change();
        return keyspace_missing(name);
    }
    planned_change planned;
    auto next = std::make_shared<schema::snapshot>(environment.schema);
    next->keyspaces.erase(name);
    planned.next = std::move(next);
    planned.change = keyspace_change(kind::dropped, name);
    for (const auto& [table_name, table] : current->tables) planned.dropped_tables.push_back(table);
    return planned;
}

result<planned_change> plan(const cql::create_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto place,
              place_of_new_table(statement.table, statement.if_not_exists, environment));
    if (place.exists) return planned_change();
    NACRE_TRY(const auto table,
              define_table(statement, place.keyspace->name, place.keyspace->user_types,
                           new_identity(environment)));
    return with_new_table(*place.keyspace, table, environment);
}

result<planned_change> plan(const cql::create_table_like_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto place,
              place_of_new_table(statement.table, statement.if_not_exists, environment));
    if (place.exists) return planned_change();
    NACRE_TRY(const auto source_keyspace, keyspace_of(statement.source, environment));
    const auto source = environment.schema.find_table(source_keyspace, statement.source.name);
    if (!source) {
        return invalid("Table '{}.{}' doesn't exist", source_keyspace, statement.source.name);
    }
    if (source_keyspace != place.keyspace->name &&
        !environment.schema.find_keyspace(source_keyspace)->user_types.empty()) {
        return invalid("Cannot copy a table from keyspace {}, which has user types",
                       source_keyspace);
    }
    NACRE_TRY(const auto table, define_table_like(statement, place.keyspace->name, *source,
                                                  new_identity(environment)));
    return with_new_table(*place.keyspace, table, environment);
}

result<planned_change> plan(const cql::alter_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto current,
              existing_table(statement.table, statement.if_exists, environment));
    if (!current) return planned_change();
    const auto keyspace = environment.schema.find_keyspace(current->keyspace());
    NACRE_TRY(const auto table, alter_table(statement, current, keyspace->user_types));
    planned_change planned;
    if (table == current) return planned;
    auto next = *keyspace;
    next.tables.insert_or_assign(table->name(), table);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = table_change(kind::updated, keyspace->name, table->name());
    return planned;
}

result<planned_change> plan(const cql::drop_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto current,
              existing_table(statement.table, statement.if_exists, environment));
    if (!current) return planned_change();
    planned_change planned;
    auto next = *environment.schema.find_keyspace(current->keyspace());
    next.tables.erase(current->name());
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = table_change(kind::dropped, current->keyspace(), current->name());
    planned.dropped_tables.push_back(current);
    return planned;
}

result<planned_change> plan(const cql::truncate_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto keyspace, keyspace_of(statement.table, environment));
    if (!environment.schema.find_keyspace(keyspace)) {
        return invalid("keyspace {} does not exist", keyspace);
    }
    planned_change planned;
    planned.truncated = environment.schema.find_table(keyspace, statement.table.name);
    if (!planned.truncated) return invalid("table {} does not exist", statement.table.name);
    NACRE_CHECK(check_modifiable(keyspace));
    return planned;
}

}  // namespace nacre::catalog
