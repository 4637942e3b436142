#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::catalog {

/// Columns and rows of a DESCRIBE statement as Cassandra 4+ gives them to cqlsh: keyspace_name,
/// type, name and create_statement (not for listings); for DESCRIBE CLUSTER cluster, partitioner,
/// snitch.
struct description_rows {
    std::vector<std::string> column_names;  ///< all of type text
    /// Each is made when it is asked for, which takes time. They keep what they describe.
    std::vector<std::function<std::vector<std::string>()>> rows;
};

/// Executes DESCRIBE against a schema version. Errors are 0x2200 in Cassandra's words.
[[nodiscard]] result<description_rows> describe(const schema::snapshot& schema,
                                                const cql::describe_statement& statement,
                                                const std::string& session_keyspace,
                                                const std::string& cluster_name = "nacre");

enum class internals : bool { hidden, shown };

// The CREATE statements that DESCRIBE prints; each reads back as what it describes, except those of
// virtual keyspaces, which are comments.
[[nodiscard]] std::string create_statement(const schema::keyspace& keyspace);
[[nodiscard]] std::string create_statement(const schema::table& table, internals with,
                                           bool is_virtual = false);
[[nodiscard]] std::string create_statement(const types::type& user_type);
[[nodiscard]] std::string create_statement(const schema::function_definition& function);
[[nodiscard]] std::string create_statement(const schema::aggregate_definition& aggregate);

}  // namespace nacre::catalog
