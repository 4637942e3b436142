#pragma once

#include <memory>

#include "cluster/client.h"
#include "cluster/figures.h"
#include "gateway/authority.h"
#include "gateway/cluster_catalog.h"

namespace prometheus {
class Collectable;
}

namespace nacre {

/// A gateway's figures for the metrics page: what it asks of the cluster, and what it knows of it.
/// All outlive it; `roles` may be null.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_cluster_metrics(
    const cluster::client& cluster, const cluster::figures& counted,
    const gateway::cluster_catalog& schema, const gateway::cluster_authority* roles);

}  // namespace nacre
