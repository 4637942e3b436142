#pragma once

#include "catalog/catalog.h"
#include "query/engine.h"

namespace nacre::query {

/// On whose behalf an aggregate is made; both may be null.
struct aggregate_maker {
    const auth::principal* who = nullptr;
    catalog::change_companion* companion = nullptr;
};

/// Executes CREATE AGGREGATE: operators and calls in its INITCOND are evaluated first, once and for
/// all; afterwards, unless `law_check_ms_max` is 0 or the statement's WITH says otherwise, the
/// REDUCEFUNC is tried on samples for that long at most. What it breaks is a warning, never an
/// error.
[[nodiscard]] runtime::task<result<catalog::ddl_outcome>> create_aggregate(
    catalog::catalog& schema, const cql::create_aggregate_statement& statement,
    const std::string& session_keyspace, const query_options& options,
    std::uint32_t law_check_ms_max, const aggregate_maker& maker);

}  // namespace nacre::query
