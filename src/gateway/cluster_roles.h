#pragma once

#include <optional>
#include <string>

#include "auth/role.h"
#include "cluster/client.h"
#include "cluster/statement_book.h"

namespace nacre::gateway {

/// The roles of the cluster, read one at a time from where it keeps them: `system_auth`, in newer
/// releases of ScyllaDB `system`. One shard; `cluster`, the service account's, outlives it.
class cluster_roles {
  public:
    explicit cluster_roles(cluster::client& cluster) : _cluster(cluster) {}

    /// Finds out where they are and whether the cluster looks at permissions at all. The error says
    /// what the service account, `account`, must be granted.
    [[nodiscard]] runtime::task<status> open(const std::string& account);

    /// Whether the cluster has an authorizer.
    [[nodiscard]] bool checks_permissions() const { return _checks_permissions; }

    /// A role as it is now, without a password, and of what it was granted only what gateways
    /// judge themselves (auth::principal::is_judged_here); none if there is no such role.
    [[nodiscard]] runtime::task<result<std::optional<auth::role>>> read(std::string name);

  private:
    [[nodiscard]] runtime::task<status> read_grants(auth::role& into);

    cluster::client& _cluster;
    cluster::statement_book _statements{_cluster};
    std::string _keyspace;
    bool _checks_permissions = true;
};

}  // namespace nacre::gateway
