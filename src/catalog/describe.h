#pragma once

#include <optional>
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
    std::vector<std::vector<std::optional<std::string>>> rows;
};

/// Executes DESCRIBE against a schema version. Errors are 0x2200 in Cassandra's words.
[[nodiscard]] result<description_rows> describe(const schema::snapshot& schema,
                                                const cql::describe_statement& statement,
                                                const std::string& session_keyspace);

}  // namespace nacre::catalog
