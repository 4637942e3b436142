#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/function_source.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

/// What a DDL statement means for a schema: pure functions from one snapshot to the next, which
/// validate everything that needs no compiler and no disk. Errors have Cassandra's words and codes.
namespace nacre::catalog {

/// What a statement is judged against. Borrowed for the call.
struct change_environment {
    const schema::snapshot& schema;
    const std::string& session_keyspace;
    const node_info& node;
    /// Names that LANGUAGE accepts.
    const std::vector<std::string>& languages;
    /// Storage id for the table that the statement creates, if it creates one.
    std::uint32_t next_storage_id = 0;
    /// How many functions the server may have.
    std::uint64_t functions_max = UINT64_MAX;
    /// Of CREATE FUNCTION: what stands behind AS.
    const function_source* source = nullptr;
    /// Of CREATE FUNCTION: what the statement meant when it was planned before. If it means that
    /// still, it is used again, with the code that was made of it.
    schema::function_ptr compiled = nullptr;
    /// Of CREATE FUNCTION: only what is to be compiled is wanted, without the next snapshot.
    bool defines_only = false;
};

struct planned_change {
    schema::snapshot_ptr next;  ///< null: nothing changes in the schema, or it was not wanted
    std::optional<schema::change> change;
    std::vector<schema::table_ptr> dropped_tables;
    schema::table_ptr truncated;            ///< TRUNCATE
    schema::function_ptr created_function;  ///< must compile for the statement to succeed
    std::vector<std::string> warnings;
    bool used_storage_id = false;
};

/// `next` has the old version; whoever publishes it gives it a new one.
[[nodiscard]] result<planned_change> plan_change(const cql::statement& statement,
                                                 const change_environment& environment);

// One a statement. Keyspaces and tables:
result<planned_change> plan(const cql::create_keyspace_statement&, const change_environment&);
result<planned_change> plan(const cql::alter_keyspace_statement&, const change_environment&);
result<planned_change> plan(const cql::drop_keyspace_statement&, const change_environment&);
result<planned_change> plan(const cql::create_table_statement&, const change_environment&);
result<planned_change> plan(const cql::create_table_like_statement&, const change_environment&);
result<planned_change> plan(const cql::alter_table_statement&, const change_environment&);
result<planned_change> plan(const cql::drop_table_statement&, const change_environment&);
result<planned_change> plan(const cql::truncate_statement&, const change_environment&);
// Types:
result<planned_change> plan(const cql::create_type_statement&, const change_environment&);
result<planned_change> plan(const cql::alter_type_statement&, const change_environment&);
result<planned_change> plan(const cql::drop_type_statement&, const change_environment&);
// Functions and aggregates:
result<planned_change> plan(const cql::create_function_statement&, const change_environment&);
result<planned_change> plan(const cql::drop_function_statement&, const change_environment&);
result<planned_change> plan(const cql::create_aggregate_statement&, const change_environment&);
result<planned_change> plan(const cql::drop_aggregate_statement&, const change_environment&);

// What they share.

/// The keyspace that a statement names or the session uses.
[[nodiscard]] result<std::string> keyspace_of(const cql::qualified_name& name,
                                              const change_environment& environment);
/// What a statement does to something in a keyspace.
enum class change_verb : std::uint8_t { create, alter, drop };

/// The keyspace that a statement on a table, a type or a function works in. System keyspaces are
/// refused here: before it is known what is in them, and so whatever IF EXISTS says.
struct change_place {
    std::string keyspace_name;
    schema::keyspace_ptr keyspace;  ///< null if there is no such keyspace
};
[[nodiscard]] result<change_place> place_of_table(const cql::qualified_name& table,
                                                  change_verb verb,
                                                  const change_environment& environment);
[[nodiscard]] result<change_place> place_of_type(const cql::qualified_name& type, change_verb verb,
                                                 const change_environment& environment);
[[nodiscard]] result<change_place> place_of_function(const cql::qualified_name& function,
                                                     const change_environment& environment);

/// 0x2100 if the keyspace is the system's, which then is told with `resource`, the words for what
/// is changed, where the system's keyspace is one that administrators may know.
[[nodiscard]] status check_modifiable(const std::string& keyspace, change_verb verb,
                                      std::string_view resource);
[[nodiscard]] error keyspace_missing(const std::string& keyspace);
/// The schema with a keyspace added or replaced.
[[nodiscard]] schema::snapshot_ptr with_keyspace(const schema::snapshot& schema,
                                                 schema::keyspace keyspace);

/// See check_size.
[[nodiscard]] status check_argument_sizes(const schema::function_definition& function);

/// The argument types of an aggregate's state function.
[[nodiscard]] std::vector<types::type_ptr> state_arguments(
    const schema::aggregate_definition& aggregate);

}  // namespace nacre::catalog
