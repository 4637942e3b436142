#pragma once

#include <string>

#include "auth/principal.h"
#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::auth {

/// Whether somebody may change the schema so, or truncate a table. Says nothing about statements
/// that are wrong for other reasons, nor about those that are no change of the schema. The errors
/// are 0x2100 in Cassandra's words.
[[nodiscard]] status check_schema_access(const principal& who, const cql::statement& statement,
                                         const std::string& session_keyspace,
                                         const schema::snapshot& schema);

}  // namespace nacre::auth
