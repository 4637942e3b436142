#pragma once

#include <memory>
#include <unordered_map>

#include <boost/asio/ip/tcp.hpp>

#include "protocol/response.h"
#include "query/engine.h"
#include "runtime/gate.h"
#include "runtime/shard.h"
#include "server/server.h"
#include "server/session.h"
#include "server/shard_metrics.h"

namespace nacre::server {

/// The connections that live on one shard. All but `metrics` on that shard only.
class connections {
  public:
    /// `roles` may be null: nobody has to log in. `parts` runs what would hold up the shard; all
    /// outlive the connections.
    connections(runtime::shard& home, query::engine& engine, auth::authority* roles,
                const server_options& options, const server_parts& parts)
        : _home(home), _engine(engine), _roles(roles), _options(options), _parts(parts) {}

    [[nodiscard]] runtime::shard& home() { return _home; }
    [[nodiscard]] const shard_metrics& metrics() const { return _metrics; }

    /// Serves a socket that was accepted for this shard; closes it when stopping.
    void adopt(boost::asio::ip::tcp::socket socket);
    void notify(const protocol::event& e);
    [[nodiscard]] runtime::task<std::vector<client_info>> clients() const;
    /// Ends when all connections have; after the grace period those left are cut off.
    runtime::task<void> stop();

  private:
    runtime::task<void> serve(std::shared_ptr<session> served, runtime::gate::holder inside);

    runtime::shard& _home;
    query::engine& _engine;
    auth::authority* const _roles;
    const server_options& _options;
    const server_parts _parts;
    shard_metrics _metrics;
    std::unordered_map<session*, std::shared_ptr<session>> _sessions;
    runtime::gate _gate;
};

}  // namespace nacre::server
