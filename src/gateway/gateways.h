#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "cluster/client.h"

namespace nacre::gateway {

/// A gateway that serves, as drivers see it: a node.
struct peer {
    uuid host_id;
    bytes address;  ///< 4 or 16 octets
    std::int32_t port = 9042;
    std::string data_center;
    std::string rack;
    std::string release_version;
    uuid schema_version;
};

/// How long a gateway that says nothing more is still told to clients.
inline constexpr std::int32_t gateway_ttl_seconds = 10;

/// Says in nacre.gateways that this one serves, with which version of the schema; holds for
/// gateway_ttl_seconds.
[[nodiscard]] runtime::task<status> announce(cluster::client& cluster,
                                             const catalog::node_info& node, uuid schema_version);
/// Takes it back.
[[nodiscard]] runtime::task<status> withdraw(cluster::client& cluster,
                                             const catalog::node_info& node);
/// All others that serve, by their ids.
[[nodiscard]] runtime::task<result<std::vector<peer>>> read_peers(cluster::client& cluster,
                                                                  const catalog::node_info& node);

/// The token by which drivers place a gateway on their ring. Any will do: each gateway reaches all
/// data. Spread by host, so that drivers spread theirs.
[[nodiscard]] std::string token_of(const uuid& host_id);

/// Rows of system.local, system.peers and system.peers_v2.
[[nodiscard]] catalog::live_row local_row(const catalog::node_info& node,
                                          const uuid& schema_version);
[[nodiscard]] catalog::live_row peers_row(const peer& from);
[[nodiscard]] catalog::live_row peers_v2_row(const peer& from);

}  // namespace nacre::gateway
