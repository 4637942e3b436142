#pragma once

#include "query/select_page.h"

namespace nacre::query {

/// Runs a SELECT that aggregates or groups: one row out of all rows, or one a group.
///
/// A scan of the ring begins on the calling shard. If there is much left after its first rows, the
/// rest is cut into pieces of the ring that all shards work on (parallel_groups.h, ordered_scan.h).
[[nodiscard]] runtime::task<result<rows_result>> select_groups(const execution_context& context,
                                                               const select_plan& plan,
                                                               const query_options& options,
                                                               evaluation& state, page_state page,
                                                               storage::scan_request request);

}  // namespace nacre::query
