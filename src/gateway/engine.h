#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/client.h"
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
/// `shards`, `schema`, `cluster` and `here` outlive it. `languages` are the names of those that the
/// gateway runs.
[[nodiscard]] std::unique_ptr<query::engine> make_gateway_engine(
    runtime::shard_group& shards, cluster_catalog& schema, cluster::client& cluster,
    query::engine& here, std::vector<std::string> languages);

}  // namespace nacre::gateway
