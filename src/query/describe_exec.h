#pragma once

#include <string>

#include "catalog/catalog.h"
#include "cql/ast.h"
#include "query/engine.h"

namespace nacre::query {

/// Runs a DESCRIBE against one schema version and gives one page. A page's state is good on every
/// connection and after a restart, as long as the schema is the same. What is borrowed outlives the
/// call.
[[nodiscard]] runtime::task<result<rows_result>> execute_describe(
    const catalog::published_ptr& schema, const catalog::node_info& node,
    const cql::describe_statement& statement, const std::string& session_keyspace,
    const query_options& options);

}  // namespace nacre::query
