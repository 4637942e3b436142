#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "auth/authority.h"
#include "gateway/cluster_catalog.h"

namespace nacre::gateway {

/// Who clients are and what they may do with functions, where the cluster knows them: logins are
/// the cluster's to accept, roles and what is granted to them are read from it, and only grants on
/// single functions of the gateways are kept by the gateways (grants.h). What clients may do with
/// their data the cluster judges itself, since each acts through its own client of it.
///
/// A role is read when somebody logs in as it and again and again while somebody is, so that a
/// change past this gateway is known here soon; `reload` makes one known that went through it.
class cluster_authority : public auth::authority {
  public:
    struct options {
        runtime::shard_group* shards = nullptr;
        cluster::client_ptr cluster;  ///< the service account's
        std::string account;          ///< its name
        cluster_catalog* schema = nullptr;
        std::uint32_t users_max = 256;
        std::chrono::milliseconds user_idle{60'000};
        std::chrono::milliseconds validity{2'000};  ///< of what is known of logins and roles
    };

    /// The rows of LIST PERMISSIONS that the cluster does not know. From any shard.
    [[nodiscard]] virtual runtime::task<result<auth::listing>> list_own(
        const cql::list_permissions_statement& statement, std::string session_keyspace) = 0;
    /// A role was dropped: what it was granted on functions goes with it. From any shard.
    virtual runtime::task<status> forget_role(std::string name) = 0;
    /// Users that the cluster is used as; from any thread.
    [[nodiscard]] virtual std::uint64_t users() const = 0;
};

/// Whether the cluster refuses who does not exist: where it lets everybody in under any name, a
/// name says nothing. On shard 0.
[[nodiscard]] runtime::task<status> check_logs_in(cluster::client_ptr cluster);

/// The error: roles that the service account can't read. On shard 0.
[[nodiscard]] runtime::task<result<std::unique_ptr<cluster_authority>>> open_authority(
    cluster_authority::options options);

}  // namespace nacre::gateway
