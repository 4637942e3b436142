#pragma once

#include <atomic>
#include <cstdint>

#include "query/engine.h"
#include "query/select_plan.h"
#include "storage/table_store.h"

namespace nacre::query {

/// What executing a plan needs from the process.
struct execution_context {
    runtime::shard_group* shards = nullptr;
    storage::table_store* store = nullptr;
    /// Counts rows that scans gave, for the metrics page; by every shard, once a batch.
    std::atomic<std::uint64_t>* rows_read = nullptr;
};

/// Runs a SELECT on the calling shard (parts of it on others) and gives one page. `plan` and
/// `options` outlive the call.
[[nodiscard]] runtime::task<result<rows_result>> execute_select(const execution_context& context,
                                                                const select_plan& plan,
                                                                const query_options& options);

}  // namespace nacre::query
