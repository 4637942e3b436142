#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "auth/authority.h"
#include "auth/fair_turns.h"
#include "auth/keyed_digest.h"
#include "cluster/client.h"
#include "runtime/single_flight.h"

namespace nacre::gateway {

/// Lets clients in whom the cluster lets in, and keeps what they act through: for each user and
/// password one client of the cluster, which all connections with the same credentials share.
/// Passwords are known again by a digest; only the driver has them in clear, to reconnect.
///
/// The cluster is asked about a login unless it said yes to the same credentials a moment ago.
/// Attempts at the same time with the same credentials are one. A few are made at once, others wait
/// in a short line in which every client address has its turn. One shard.
class logins {
  public:
    struct options {
        cluster::client_ptr cluster;  ///< the service account's
        /// How many users at most; with another password one is another.
        std::uint32_t users_max = 256;
        /// How long what a user acts through is kept when no connection uses it.
        std::chrono::milliseconds idle{60'000};
        /// How long the cluster's yes holds.
        std::chrono::milliseconds validity{2'000};
    };
    explicit logins(options given) : _options(std::move(given)) {}

    /// `token` is SASL PLAIN's. The error is bad_credentials in the cluster's words, `overloaded`,
    /// or that no node can be reached.
    [[nodiscard]] runtime::task<result<auth::login>> enter(optional_bytes token,
                                                           std::string address);

    /// Roles that have connections.
    [[nodiscard]] std::set<std::string> active() const;
    /// Closes what nobody has used for long enough.
    void close_idle();
    /// Turns away all that wait, and all that come.
    void stop() { _turns.close(); }

    /// How many users' clients are open; from any thread.
    [[nodiscard]] std::uint64_t open() const { return _open.load(std::memory_order_relaxed); }

    static constexpr std::size_t at_once_max = 4;
    static constexpr std::size_t waiting_max = 512;
    static constexpr std::size_t waiting_per_source_max = 32;

  private:
    using clock = std::chrono::steady_clock;
    using key = std::pair<std::string, bytes>;  ///< the role, and a digest of the password

    struct user {
        cluster::client_ptr acts_through;
        clock::time_point checked_at;
        clock::time_point used_at;
    };

    [[nodiscard]] runtime::task<result<cluster::client_ptr>> client_for(const key& who,
                                                                        std::string password,
                                                                        std::string address);
    [[nodiscard]] runtime::task<result<cluster::client_ptr>> check(const key& who,
                                                                   const std::string& password,
                                                                   std::string address);
    [[nodiscard]] status make_room();
    /// The credentials are wrong by now. Connections that are open stay, as they do at a node.
    void forget(const key& who);

    const options _options;
    const auth::keyed_digest _digests;
    auth::fair_turns _turns{{waiting_max, waiting_per_source_max, at_once_max}};
    std::map<key, user> _users;
    /// What connections still act through though its credentials are wrong by now, by role.
    std::vector<std::pair<std::string, std::weak_ptr<cluster::client>>> _left;
    runtime::single_flight<key, result<cluster::client_ptr>> _running;
    runtime::accounts _accounts;
    std::atomic<std::uint64_t> _open{0};
};

}  // namespace nacre::gateway
