#pragma once

#include <memory>

#include "cluster/client.h"
#include "runtime/shard.h"
#include "storage/table_store.h"

namespace nacre::cluster {

/// A table_store whose rows are in a cluster. It reads: a scan becomes statements of CQL, a few at
/// once, whose pages are decoded into batches in the order in which an embedded store has them,
/// read at the consistency that the request says. It does not write, since mutations can't be told
/// in CQL; statements that write are forwarded instead.
///
/// A scan sees rows as they are when their page is read, not as they were when it was opened. It is
/// executed by its request's `reader`, which is a client and has to be there; `cluster` only
/// prepares. All outlive it.
[[nodiscard]] std::unique_ptr<storage::table_store> make_remote_store(runtime::shard_group& shards,
                                                                      client& cluster,
                                                                      cluster::figures& counted);

}  // namespace nacre::cluster
