#include "server/server.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <sstream>

#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/gate.h"
#include "server/answer.h"
#include "server/collector.h"
#include "server/connections.h"
#include "server/metrics_endpoint.h"

namespace nacre::server {

namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::seconds identity_check_interval{10};

/// Opens a listening socket; `where` gets the real port.
result<tcp::acceptor> listen_on(boost::asio::io_context& context, endpoint& where,
                                std::string_view purpose) {
    boost::system::error_code failure;
    const auto refused = [&] {
        const auto* const hint =
            failure == boost::asio::error::address_in_use ? " (does another server run here?)" : "";
        return server_error("can't listen on {} for {}: {}{}", where.to_string(), purpose,
                            failure.message(), hint);
    };
    tcp::resolver resolver(context);
    const auto found =
        resolver.resolve(where.host, std::to_string(where.port), tcp::resolver::passive, failure);
    if (failure) return refused();
    const tcp::endpoint address = *found.begin();
    tcp::acceptor acceptor(context);
    acceptor.open(address.protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(address, failure);
    if (!failure) acceptor.listen(tcp::acceptor::max_listen_connections, failure);
    if (failure) return refused();
    where.port = acceptor.local_endpoint(failure).port();
    if (failure) return refused();
    return acceptor;
}

class tcp_server final : public server {
  public:
    tcp_server(runtime::shard_group& shards, query::engine& engine, catalog::catalog& schema,
               server_options options, auth::authority* roles)
        : _shards(shards),
          _engine(engine),
          _options(std::move(options)),
          _identity_check(shards.at(0).context()),
          _memory(_options.memory ? _options.memory
                                  : std::make_shared<runtime::memory_account>(
                                        _options.request_memory_bytes_max)) {
        for (std::uint32_t id = 0; id < shards.size(); ++id) {
            _connections->push_back(std::make_unique<connections>(
                shards.at(id), engine, roles, _options,
                server_parts{_elsewhere, shards.for_large_requests(), *_memory, _identity}));
        }
        // The catalog may outlive this server: what it calls must not own or need it.
        schema.on_change([weak = std::weak_ptr(_connections)](const schema::change& change) {
            const auto all = weak.lock();
            if (!all) return;
            (*all)[runtime::this_shard().id()]->notify(to_protocol(change));
        });
    }

    status start() override {
        auto& home = _shards.at(0);
        if (_options.tls.mode != tls_mode::off) {
            NACRE_TRY(_identity, tls_identity::load(_options.tls));
        }
        NACRE_TRY(auto acceptor, listen_on(home.context(), _options.listen, "CQL clients"));
        NACRE_TRY(auto metrics, listen_on(home.context(), _options.metrics, "metrics"));
        std::vector<const shard_metrics*> figures;
        for (const auto& each : *_connections) figures.push_back(&each->metrics());
        auto own = std::make_shared<collector>(_shards, _engine, *_memory, std::move(figures));
        _endpoint.emplace(home, std::move(metrics),
                          [own, others = _options.collectables] { return page(*own, others); });
        _acceptor.emplace(std::move(acceptor));
        _endpoint->start();
        home.spawn(accept());
        if (_identity) home.spawn(watch_identity());
        return {};
    }

    const endpoint& listening() const override { return _options.listen; }
    const endpoint& metrics_listening() const override { return _options.metrics; }

    void publish(protocol::event e) override {
        auto shared = std::make_shared<const protocol::event>(std::move(e));
        for (const auto& each : *_connections) {
            // Owned by the handler, so that it may run after this server is gone.
            boost::asio::post(each->home().context(), [all = _connections, one = each.get(),
                                                       shared] { one->notify(*shared); });
        }
    }

    runtime::task<std::vector<client_info>> clients() override {
        std::vector<client_info> all;
        for (const auto& each : *_connections) {
            auto* const one = each.get();
            auto some = co_await runtime::invoke_on(one->home(), [one] { return one->clients(); });
            std::ranges::move(some, std::back_inserter(all));
        }
        co_return all;
    }

    std::vector<shard_requests> requests() const override {
        std::vector<shard_requests> all;
        for (const auto& each : *_connections) {
            const auto& figures = each->metrics();
            auto& one = all.emplace_back();
            one.in_flight = figures.requests_in_flight.value();
            for (std::size_t i = 0; i < duration_histogram::bucket_count; ++i) {
                one.answered += figures.request_durations.bucket(i);
            }
        }
        return all;
    }

    runtime::task<void> stop() override {
        if (_acceptor) {
            boost::system::error_code ignored;
            _acceptor->close(ignored);
        }
        _identity_check.cancel();
        co_await _accepting.close();
        for (const auto& each : *_connections) {
            auto* const one = each.get();
            co_await runtime::invoke_on(one->home(), [one] { return one->stop(); });
        }
        if (_endpoint) co_await _endpoint->stop();
    }

  private:
    static std::string page(const collector& own,
                            const std::vector<std::shared_ptr<prometheus::Collectable>>& others) {
        auto families = own.Collect();
        for (const auto& each : others) {
            for (auto& family : each->Collect()) families.push_back(std::move(family));
        }
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families);
        return std::move(out).str();
    }

    [[nodiscard]] std::uint64_t open_connections() const {
        std::uint64_t open = 0;
        for (const auto& each : *_connections) open += each->metrics().connections_open.value();
        return open;
    }

    runtime::task<void> accept() {
        const auto inside = _accepting.enter();
        std::uint32_t next = 0;
        while (inside && !_accepting.is_closing()) {
            auto* const target = (*_connections)[next].get();
            boost::system::error_code failure;
            tcp::socket socket(target->home().context());
            co_await _acceptor->async_accept(
                socket, boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (failure == boost::asio::error::operation_aborted) break;
            if (failure == boost::asio::error::connection_aborted) continue;
            if (failure) {
                // Out of file descriptors, most likely: others will be given back.
                spdlog::warn("Can't accept a connection: {}", failure.message());
                boost::asio::steady_timer pause(_shards.at(0).context(),
                                                std::chrono::milliseconds(100));
                co_await pause.async_wait(
                    boost::asio::redirect_error(boost::asio::use_awaitable, failure));
                continue;
            }
            if (open_connections() >= _options.connections_max) {
                spdlog::warn("Refused a connection: {} are open", _options.connections_max);
                continue;
            }
            next = (next + 1) % _shards.size();
            boost::asio::post(target->home().context(),
                              [all = _connections, target, socket = std::move(socket)]() mutable {
                                  target->adopt(std::move(socket));
                              });
        }
    }

    /// Certificates are renewed while servers run.
    runtime::task<void> watch_identity() {
        const auto inside = _accepting.enter();
        while (inside && !_accepting.is_closing()) {
            boost::system::error_code cancelled;
            _identity_check.expires_after(identity_check_interval);
            co_await _identity_check.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
            if (cancelled) break;
            const auto refreshed = co_await _elsewhere.run([this] { return _identity->refresh(); });
            if (!refreshed) {
                spdlog::error("The certificate before is kept: {}", refreshed.error().message());
            }
        }
    }

    runtime::shard_group& _shards;
    query::engine& _engine;
    server_options _options;
    std::unique_ptr<tls_identity> _identity;
    boost::asio::steady_timer _identity_check;
    const std::shared_ptr<runtime::memory_account> _memory;
    /// Reads large requests and frames large answers.
    runtime::blocking_pool _elsewhere{2, runtime::blocking_pool::priority::normal};
    using all_connections = std::vector<std::unique_ptr<connections>>;
    std::shared_ptr<all_connections> _connections = std::make_shared<all_connections>();
    std::optional<tcp::acceptor> _acceptor;
    std::optional<metrics_endpoint> _endpoint;
    runtime::gate _accepting;
};

}  // namespace

std::unique_ptr<server> make_server(runtime::shard_group& shards, query::engine& engine,
                                    catalog::catalog& schema, server_options options,
                                    auth::authority* roles) {
    return std::make_unique<tcp_server>(shards, engine, schema, std::move(options), roles);
}

}  // namespace nacre::server
