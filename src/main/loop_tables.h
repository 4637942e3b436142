#pragma once

#include "catalog/live_tables.h"
#include "runtime/shard.h"

namespace nacre {

/// Gives system_views.event_loops, scheduling_groups and stalls their rows: what the shards' loops
/// do, and what held them up. Both outlive the last read.
void provide_loop_tables(catalog::live_tables& tables, runtime::shard_group& shards);

}  // namespace nacre
