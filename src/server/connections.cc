#include "server/connections.h"

#include <exception>
#include <vector>

#include <spdlog/spdlog.h>
#include <boost/asio/steady_timer.hpp>

namespace nacre::server {

void connections::adopt(boost::asio::ip::tcp::socket socket) {
    auto inside = _gate.enter();
    if (!inside) return;
    boost::system::error_code ignored;
    socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    auto served =
        std::make_shared<session>(std::move(socket), _engine, _roles, _options, _parts, _metrics);
    _sessions.emplace(served.get(), served);
    _metrics.connections_open.add(1);
    _metrics.connections_opened.add(1);
    _home.spawn(serve(std::move(served), std::move(*inside)));
}

runtime::task<void> connections::serve(std::shared_ptr<session> served,
                                       runtime::gate::holder inside) {
    (void)inside;
    try {
        co_await served->serve();
    } catch (const std::exception& bug) {
        spdlog::error("A connection failed by a bug: {}", bug.what());
        served->abort();
    }
    co_await served->finish();
    _sessions.erase(served.get());
    _metrics.connections_open.subtract(1);
}

void connections::notify(const protocol::event& e) {
    for (const auto& [each, owner] : _sessions) each->notify(e);
}

runtime::task<std::vector<client_info>> connections::clients() const {
    std::vector<client_info> all;
    for (const auto& [each, owner] : _sessions) {
        if (auto known = each->client()) all.push_back(std::move(*known));
    }
    co_return all;
}

runtime::task<void> connections::stop() {
    for (const auto& [each, owner] : _sessions) each->begin_stop();
    boost::asio::steady_timer grace(_home.context(), _options.stop_grace_ms);
    std::vector<std::weak_ptr<session>> left;
    for (const auto& [each, owner] : _sessions) left.push_back(owner);
    grace.async_wait([left = std::move(left)](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        for (const auto& each : left) {
            if (const auto alive = each.lock()) alive->abort();
        }
    });
    co_await _gate.close();
}

}  // namespace nacre::server
