#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "auth/authority.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "protocol/response.h"
#include "query/engine.h"
#include "runtime/blocking_pool.h"
#include "runtime/memory_account.h"
#include "runtime/shard.h"
#include "runtime/task.h"
#include "server/tls.h"

namespace prometheus {
class Collectable;
}

namespace nacre::server {

/// An address to listen on: a host name or an IP address, and a port; port 0 takes any free one.
struct endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;

    /// "HOST:PORT" or "[IPV6]:PORT".
    [[nodiscard]] static result<endpoint> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// What clients may take.
struct client_limits {
    /// How long a client may take to begin: TLS, STARTUP, and the login where there is one.
    std::uint32_t startup_timeout_ms = 30'000;
    std::uint32_t connections_max = 20'000;  ///< further ones are closed at once
    /// Past these, a connection is not read from until some of it is done.
    std::uint32_t requests_in_flight_max = 1024;              ///< per connection
    std::uint64_t request_bytes_in_flight_max = 64ull << 20;  ///< per connection
    std::uint64_t response_bytes_waiting_max = 16ull << 20;   ///< per connection
    /// What requests in flight and answers that wait to be sent may take, all together.
    std::uint64_t request_memory_bytes_max = 1ull << 30;
};

struct server_options : client_limits {
    endpoint listen{"127.0.0.1", 9042};
    endpoint metrics{"127.0.0.1", 9180};
    /// What GET /metrics shows besides the server's own figures. Collect() is called by a thread
    /// of the metrics page.
    std::vector<std::shared_ptr<prometheus::Collectable>> collectables;

    /// Where requests and answers are counted besides what others count there; null: by themselves,
    /// up to request_memory_bytes_max.
    std::shared_ptr<runtime::memory_account> memory;
    tls_settings tls;  ///< how clients reach it

    std::chrono::milliseconds stop_grace_ms{5'000};  ///< then sockets are closed on open answers
    /// How long a request may take; then its work ends and it is answered with a timeout.
    std::chrono::milliseconds request_timeout_ms{60'000};
};

/// A connected client.
struct client_info {
    std::string address;
    std::uint16_t port = 0;
    std::map<std::string, std::string> options;  ///< what it said in STARTUP
    bool is_ready = false;                       ///< STARTUP is done, and the login
    std::string role = "anonymous";              ///< as which it has logged in
    std::string keyspace;                        ///< of the last USE; may be empty
    std::string tls_protocol;                    ///< empty: not encrypted
    std::string tls_cipher_suite;
    std::uint8_t protocol_version = 0;
    std::uint64_t requests = 0;
};

/// The requests of one shard's connections.
struct shard_requests {
    std::uint64_t in_flight = 0;
    std::uint64_t answered = 0;
};

/// The CQL native protocol and the metrics page over TCP. One per process. Connections are accepted
/// on shard 0 and dealt to the shards in turn; each lives on its shard.
class server {
  public:
    virtual ~server() = default;

    /// Binds both ports and begins to serve. Call once, from outside the shards. The error says
    /// which address could not be had, or which file can't be used, and why.
    [[nodiscard]] virtual status start() = 0;
    /// Where it listens, after start(): the real ports.
    [[nodiscard]] virtual const endpoint& listening() const = 0;
    [[nodiscard]] virtual const endpoint& metrics_listening() const = 0;

    /// Tells every connection that registered for this kind of event; from any thread. Schema
    /// changes of the catalog are told without it.
    virtual void publish(protocol::event e) = 0;

    /// Everybody who is connected, on every shard.
    [[nodiscard]] virtual runtime::task<std::vector<client_info>> clients() = 0;
    /// By shard; from any thread.
    [[nodiscard]] virtual std::vector<shard_requests> requests() const = 0;

    /// Accepts nothing more, lets requests in flight be answered, closes; on shard 0. After it the
    /// engine and the catalog are not used any more. Idempotent.
    virtual runtime::task<void> stop() = 0;
};

/// `shards`, `engine`, `schema` and `roles` outlive the server's stop(). Without `roles`, which may
/// be null, nobody has to log in.
[[nodiscard]] std::unique_ptr<server> make_server(runtime::shard_group& shards,
                                                  query::engine& engine, catalog::catalog& schema,
                                                  server_options options,
                                                  auth::authority* roles = nullptr);

}  // namespace nacre::server
