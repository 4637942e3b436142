#pragma once

#include "query/group_stream.h"
#include "query/ring_pieces.h"

namespace nacre::query {

/// What work on pieces of a scan needs besides the pieces. Shared by the shards, changed by none.
struct piece_work {
    const execution_context& context;
    const select_plan& plan;
    const query_options& options;
    /// Of the whole scan; each piece has token ranges of its own.
    const storage::scan_request& request;
    std::vector<ring_piece> pieces;
    /// What the calling shard has found so far.
    constant_values known;

    [[nodiscard]] storage::scan_request request_of(std::size_t piece) const;
};

/// Folds the pieces of a scan without GROUP BY on all shards, each from the initial state on, and
/// merges them into the open group of `into`, in the order of the ring: every partial state is
/// taken from its piece once and merged once. All aggregates can merge.
[[nodiscard]] runtime::task<status> merge_pieces(const piece_work& work, group_fold& into);

/// The groups of one piece, as they ended.
struct piece_groups {
    std::vector<data::row_batch> batches;
    std::uint64_t rows_read = 0;
    status outcome;
};

/// Folds the pieces of a scan with GROUP BY on all shards: groups never leave their partition, nor
/// partitions their piece. `limits` has how many groups are wanted of each piece at most. The
/// answers end with the first piece that failed.
[[nodiscard]] runtime::task<std::vector<piece_groups>> fold_pieces(const piece_work& work,
                                                                   const page_state& limits);

}  // namespace nacre::query
