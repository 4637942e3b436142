#pragma once

#include "query/parallel_groups.h"

namespace nacre::query {

/// Folds the rows of the pieces into the stream's group, in the order of the ring, for aggregates
/// that can't merge. Other shards read ahead: they scan and filter pieces and hand over batches of
/// rows, a bounded number of them; the calling shard folds them, and reads ahead itself while
/// nothing is there to fold.
[[nodiscard]] runtime::task<status> fold_in_order(const piece_work& work, group_stream& into);

}  // namespace nacre::query
