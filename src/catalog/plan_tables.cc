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
    if (name.size() > keyspace_name_length_max) {
        return invalid(
            "Keyspace name must not be more than {} characters long (got {} characters "
            "for \"{}\")",
            keyspace_name_length_max, name.size(), name);
    }
    return {};
}

/// The keyspace that a new table goes to; null if IF NOT EXISTS finds it there.
result<schema::keyspace_ptr> keyspace_of_new_table(const cql::qualified_name& table,
                                                   bool if_not_exists,
                                                   const change_environment& environment) {
    NACRE_TRY(const auto place, place_of_table(table, change_verb::create, environment));
    if (!place.keyspace) return keyspace_missing(place.keyspace_name);
    if (!place.keyspace->tables().contains(table.name)) return place.keyspace;
    if (if_not_exists) return schema::keyspace_ptr();
    return error(error_code::already_exists,
                 fmt::format("Cannot add already existing table \"{}\" to keyspace \"{}\"",
                             table.name, place.keyspace_name),
                 already_exists_fields{place.keyspace_name, table.name});
}

/// Two tables of one id would be one table to the clients. Only a statement that says which id it
/// wants can find it taken.
status check_unused_id(const uuid& id, const table_identity& given,
                       const schema::snapshot& schema) {
    if (id == given.id) return {};
    for (const auto& [keyspace_name, keyspace] : schema.keyspaces) {
        for (const auto& [name, table] : keyspace->tables()) {
            if (table->id() != id) continue;
            return invalid("The id {} belongs to the table {}.{}", id.to_string(), keyspace_name,
                           name);
        }
    }
    return {};
}

result<planned_change> with_new_table(const schema::keyspace& keyspace,
                                      const schema::table_ptr& table, const table_identity& given,
                                      const change_environment& environment) {
    NACRE_CHECK(check_unused_id(table->id(), given, environment.schema));
    planned_change planned;
    auto next = keyspace;
    next.put(table);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = table_change(kind::created, keyspace.name, table->name());
    planned.used_storage_id = true;
    return planned;
}

table_identity new_identity(const change_environment& environment) {
    return {uuid::time_based(), environment.next_storage_id};
}

/// A table that a statement changes, in a keyspace that it may change; null if there is none and
/// IF EXISTS allows that.
result<schema::table_ptr> existing_table(const cql::qualified_name& table, change_verb verb,
                                         bool if_exists, const change_environment& environment) {
    NACRE_TRY(const auto place, place_of_table(table, verb, environment));
    auto found = environment.schema.find_table(place.keyspace_name, table.name);
    if (!found && !if_exists) {
        return invalid("Table '{}.{}' doesn't exist", place.keyspace_name, table.name);
    }
    return found;
}

/// The keyspace that a statement alters or drops; null if there is none and IF EXISTS allows that.
result<schema::keyspace_ptr> existing_keyspace(const std::string& name, bool if_exists,
                                               const change_environment& environment) {
    auto found = environment.schema.find_keyspace(name);
    if (!found && !if_exists) return keyspace_missing(name);
    return found;
}

bool same_properties(const schema::keyspace& left, const schema::keyspace& right) {
    return left.replication == right.replication && left.durable_writes == right.durable_writes;
}

}  // namespace

result<planned_change> plan(const cql::create_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    if (is_system_keyspace(name) && !is_replicated_system_keyspace(name)) {
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
    planned.warnings = replication_warnings(keyspace, nullptr, environment.node.data_center);
    planned.next = with_keyspace(environment.schema, std::move(keyspace));
    planned.change = keyspace_change(kind::created, name);
    return planned;
}

result<planned_change> plan(const cql::alter_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    if (!is_replicated_system_keyspace(name)) {
        NACRE_CHECK(check_modifiable(name, change_verb::alter, ""));
    }
    NACRE_TRY(const auto current, existing_keyspace(name, statement.if_exists, environment));
    if (!current) return planned_change();
    NACRE_TRY(auto keyspace,
              apply_properties(*current, statement.properties, environment.node.data_center));
    planned_change planned;
    planned.warnings = replication_warnings(keyspace, current.get(), environment.node.data_center);
    if (same_properties(keyspace, *current)) return planned;
    planned.next = with_keyspace(environment.schema, std::move(keyspace));
    planned.change = keyspace_change(kind::updated, name);
    return planned;
}

result<planned_change> plan(const cql::drop_keyspace_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.keyspace;
    NACRE_CHECK(check_modifiable(name, change_verb::drop, "keyspace " + name));
    NACRE_TRY(const auto current, existing_keyspace(name, statement.if_exists, environment));
    if (!current) return planned_change();
    planned_change planned;
    auto next = std::make_shared<schema::snapshot>(environment.schema);
    next->keyspaces.erase(name);
    planned.next = std::move(next);
    planned.change = keyspace_change(kind::dropped, name);
    for (const auto& [table_name, table] : current->tables())
        planned.dropped_tables.push_back(table);
    return planned;
}

result<planned_change> plan(const cql::create_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto keyspace,
              keyspace_of_new_table(statement.table, statement.if_not_exists, environment));
    if (!keyspace) return planned_change();
    const auto given = new_identity(environment);
    NACRE_TRY(const auto table,
              define_table(statement, keyspace->name, keyspace->user_types(), given));
    return with_new_table(*keyspace, table, given, environment);
}

namespace {

bool has_user_type(const types::type& type) {
    return type.kind() == types::type_kind::user ||
           std::ranges::any_of(type.parameters(),
                               [](const auto& part) { return has_user_type(*part); });
}

}  // namespace

result<planned_change> plan(const cql::create_table_like_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto keyspace,
              keyspace_of_new_table(statement.table, statement.if_not_exists, environment));
    if (!keyspace) return planned_change();
    NACRE_TRY(const auto source_keyspace, keyspace_of(statement.source, environment));
    const auto source = environment.schema.find_table(source_keyspace, statement.source.name);
    if (!source) {
        return invalid("Table '{}.{}' doesn't exist", source_keyspace, statement.source.name);
    }
    if (source_keyspace != keyspace->name) {
        for (const auto& column : source->columns()) {
            if (!has_user_type(*column.type)) continue;
            return invalid(
                "Cannot copy table '{}.{}' to another keyspace: column {} is of type {}, which "
                "belongs to its keyspace",
                source_keyspace, source->name(), column.name, column.type->to_cql());
        }
    }
    const auto given = new_identity(environment);
    NACRE_TRY(const auto table, define_table_like(statement, keyspace->name, *source, given));
    return with_new_table(*keyspace, table, given, environment);
}

result<planned_change> plan(const cql::alter_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto current, existing_table(statement.table, change_verb::alter,
                                                 statement.if_exists, environment));
    if (!current) return planned_change();
    const auto keyspace = environment.schema.find_keyspace(current->keyspace());
    NACRE_TRY(const auto table, alter_table(statement, current, keyspace->user_types()));
    planned_change planned;
    if (table == current) return planned;
    auto next = *keyspace;
    next.put(table);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = table_change(kind::updated, keyspace->name, table->name());
    return planned;
}

result<planned_change> plan(const cql::drop_table_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto current,
              existing_table(statement.table, change_verb::drop, statement.if_exists, environment));
    if (!current) return planned_change();
    planned_change planned;
    auto next = *environment.schema.find_keyspace(current->keyspace());
    next.remove_table(current->name());
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
    if (environment.schema.find_keyspace(keyspace)->is_virtual) {
        return invalid("Truncation is not supported by table {}.{}", keyspace,
                       statement.table.name);
    }
    if (!is_replicated_system_keyspace(keyspace)) {
        NACRE_CHECK(check_modifiable(keyspace, change_verb::alter, ""));
    }
    return planned;
}

}  // namespace nacre::catalog
