#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/client.h"
#include "gateway/authority.h"
#include "gateway/cluster_catalog.h"
#include "query/engine.h"

namespace nacre::gateway {

/// The engine of a gateway: forwards what the cluster can execute, evaluates functions among the
/// values of what it writes first, and leaves to `here` what calls functions for rows, makes them,
/// or reads the gateway's own tables.
///
/// A prepared statement's id is a digest of its keyspace and text, as everywhere in Nacre, so that
/// it is the same on every gateway and after a restart; a gateway that has not prepared it says so,
/// and drivers prepare it again.
///
/// Statements are executed as whom their session is: its client of the cluster, or `cluster` where
/// nobody logs in, which is if `roles` is null.
///
/// `shards`, `schema`, `here` and `roles` outlive it.
[[nodiscard]] std::unique_ptr<query::engine> make_gateway_engine(runtime::shard_group& shards,
                                                                 cluster_catalog& schema,
                                                                 cluster::client_ptr cluster,
                                                                 query::engine& here,
                                                                 cluster_authority* roles);

}  // namespace nacre::gateway
