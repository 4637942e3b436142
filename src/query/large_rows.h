#pragma once

#include "data/row_batch.h"
#include "query/select_exec.h"
#include "runtime/shard.h"

namespace nacre::query {

/// Whether a row has so many bytes that a step of the work on it may take longer than a turn.
[[nodiscard]] bool has_large_row(const data::row_batch& batch);

/// What `work` (a task of a result) makes: here, or if it is much on the loop for large requests.
/// `work` outlives the call, and so does what it borrows.
template <typename Work>
auto where_it_fits(const execution_context& context, bool is_much, Work& work) -> decltype(work()) {
    if (!is_much) co_return co_await work();
    co_return co_await runtime::invoke_on(context.shards->for_large_requests(),
                                          [&work] { return work(); });
}

/// The same for the work on a batch, which is much if a row is large.
template <typename Work>
auto where_it_fits(const execution_context& context, const data::row_batch& batch, Work& work)
    -> decltype(work()) {
    return where_it_fits(context, has_large_row(batch), work);
}

}  // namespace nacre::query
