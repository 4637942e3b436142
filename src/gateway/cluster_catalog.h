#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "cluster/client.h"
#include "gateway/grants.h"
#include "protocol/response.h"

namespace nacre::gateway {

/// The schema of a gateway: keyspaces, types and tables are the cluster's, functions and aggregates
/// are those that all gateways share (function_store.h). One per process.
///
/// `execute` makes, replaces and drops functions and aggregates; all else is the cluster's to
/// execute, and is seen by `refresh`. What others change, in the cluster or through another
/// gateway, is seen within a second.
class cluster_catalog : public catalog::catalog {
  public:
    struct options {
        runtime::shard_group* shards = nullptr;
        cluster::client* cluster = nullptr;
        std::vector<std::shared_ptr<function::language>> languages;
        /// Of this gateway; the names of the cluster, the data centre and the release are read from
        /// the cluster where they are empty.
        nacre::catalog::node_info node;
        std::uint64_t functions_max = sandbox_limits().functions_max;
        /// A CQL map: the replication of the keyspace `nacre` when it is created. Empty: three
        /// copies in each data centre, or one a node where there are fewer.
        std::string replication;
        /// How old sources are that no function has any more when they are removed; looked for as
        /// often.
        std::chrono::seconds unused_source_age{3600};
    };

    /// Makes what has changed in the cluster visible on every shard, now. From any shard.
    virtual runtime::task<status> refresh() = 0;

    /// The cluster has dropped a keyspace: its functions go with it, so that none is there when one
    /// of that name is created again.
    virtual runtime::task<status> forget_keyspace(std::string name) = 0;

    /// What is granted on single functions, as `on_grants` was told last. On shard 0.
    [[nodiscard]] virtual function_grants_ptr grants() const = 0;
    /// Awaited on shard 0 whenever grants have changed, before a change of them is answered. Set
    /// before serving.
    virtual void on_grants(std::function<runtime::task<void>()> call) = 0;
    /// Changes what is granted by what `plan` finds for what is granted now; it is asked again if
    /// another gateway was faster. On shard 0.
    using grant_plan = std::function<result<std::vector<grant_change>>(const function_grants&)>;
    virtual runtime::task<status> change_grants(grant_plan plan) = 0;

    /// Whether these functions or aggregates are the gateways', for a name as a statement has it.
    [[nodiscard]] bool has_function(std::string_view keyspace, std::string_view name) const;

    /// How often the cluster's schema was read; from any thread.
    [[nodiscard]] virtual std::uint64_t schema_reads() const = 0;

    /// Gives the system tables that tell of gateways and their functions their rows.
    virtual void provide_tables(nacre::catalog::live_tables& tables) = 0;

    /// Called on shard 0 with the gateways that come and go. Set before serving.
    virtual void on_topology(std::function<void(protocol::event)> call) = 0;
    /// Tells the other gateways that this one serves now, until `stop`.
    virtual runtime::task<void> announce() = 0;
};

/// Reads everything, compiles the functions, and begins to watch. Runs on shard 0.
[[nodiscard]] runtime::task<result<std::unique_ptr<cluster_catalog>>> open(
    cluster_catalog::options options);

}  // namespace nacre::gateway
