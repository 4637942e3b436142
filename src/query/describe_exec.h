#pragma once

#include <string>

#include "catalog/catalog.h"
#include "catalog/describe.h"
#include "cql/ast.h"
#include "query/engine.h"

namespace nacre::query {

/// One page of a DESCRIBE against one schema version. Takes long if there is much to describe: not
/// for a shard. A page's state is good on every connection and after a restart, as long as the
/// schema is the same.
[[nodiscard]] result<rows_result> describe_page(const catalog::published& schema,
                                                const catalog::node_info& node,
                                                const cql::describe_statement& statement,
                                                const std::string& session_keyspace,
                                                const query_options& options);

/// The same of what was described; `version` tells it from what other schemas give.
[[nodiscard]] result<rows_result> description_page(const uuid& version,
                                                   const catalog::description_rows& described,
                                                   const query_options& options);

}  // namespace nacre::query
