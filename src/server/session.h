#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "protocol/frame_reader.h"
#include "protocol/request.h"
#include "protocol/response.h"
#include "query/engine.h"
#include "runtime/blocking_pool.h"
#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "server/answer.h"
#include "server/server.h"
#include "server/shard_metrics.h"
#include "server/transport.h"

namespace nacre::server {

/// What a connection shares with all others of the server.
struct server_parts {
    runtime::blocking_pool& framing;  ///< reads, frames and checks what is long
    runtime::shard& large_requests;   ///< answers requests that are
    runtime::memory_account& memory;  ///< of requests in flight and answers that wait to be sent
    /// Null: clients do not speak TLS. Holds one from `server::start` on.
    const std::unique_ptr<tls_identity>& identity;
};

/// One client's connection, on the shard that it was dealt to: negotiates, lets the client log in
/// if it has to, reads frames, runs requests side by side, answers each as it ends. Requests keep
/// the session alive.
///
/// Survives any bytes: what can't be cut into frames is answered by a protocol error and the
/// connection closed, a malformed message is answered on its stream.
class session : public std::enable_shared_from_this<session> {
  public:
    /// `roles` may be null: nobody has to log in.
    session(boost::asio::ip::tcp::socket socket, query::engine& engine, auth::authority* roles,
            const server_options& options, const server_parts& parts, shard_metrics& metrics);

    /// Agrees on TLS, reads requests until the client leaves, breaks the framing or `begin_stop`.
    runtime::task<void> serve();
    /// After serve(): ends when every request is answered and the socket closed.
    runtime::task<void> finish();

    /// Sends the event if the client registered for its kind.
    void notify(const protocol::event& e);

    /// Who is at the other end; nothing if it has gone.
    [[nodiscard]] std::optional<client_info> client() const;

    /// Reads nothing more; what is in flight is still answered.
    void begin_stop();
    /// Closes the socket, answered or not.
    void abort();

  private:
    using clock = std::chrono::steady_clock;
    enum class stage : std::uint8_t { before_startup, authenticating, ready };

    [[nodiscard]] bool is_overloaded() const;
    /// Handles the frames that are there, up to the limits.
    runtime::task<void> handle_buffered();
    void handle(const protocol::frame_header& header, std::uint64_t body_bytes,
                result<protocol::request> decoded);
    void handle_startup(std::int16_t stream, protocol::version v,
                        const protocol::startup_request& startup);
    void handle_auth_response(std::int16_t stream, protocol::auth_response_request response);
    static runtime::task<void> run_login(std::shared_ptr<session> self, std::int16_t stream,
                                         optional_bytes token);
    void handle_register(std::int16_t stream, const protocol::register_request& request);
    [[nodiscard]] std::string client_address();
    void start_answer(std::int16_t stream, std::uint64_t request_bytes, protocol::request request,
                      query::trace_ptr traced);
    static runtime::task<void> run_answer(std::shared_ptr<session> self, std::int16_t stream,
                                          std::uint64_t request_bytes, protocol::request request,
                                          query::trace_ptr traced,
                                          std::shared_ptr<runtime::cancellation> until,
                                          runtime::memory_account::share memory,
                                          clock::time_point began);
    /// What the engine says to a request, here or, if it is large, on the loop for those.
    runtime::task<result<protocol::message>> answer_where_it_fits(std::uint64_t request_bytes,
                                                                  protocol::request request,
                                                                  answer_context context);
    /// Sends an answer, framing it elsewhere if that takes long.
    runtime::task<void> send_answer(std::int16_t stream, protocol::message m);
    void note_waiting() { _unsent.set(_transport->waiting_bytes()); }
    /// Ends the work of all requests: nobody waits for their answers.
    void cancel_requests();
    void tell_broken(const protocol::broken_framing& broken);

    void send(std::int16_t stream, protocol::message m);
    void send_error(std::int16_t stream, const error& failure);

    /// Closes the connection of a client that has not begun in time.
    void watch_startup();
    runtime::task<std::size_t> read_some();
    /// Until a request ended, a write ended, the timer or `abort`.
    runtime::task<void> wait_for_progress(clock::time_point until);
    void wake();
    /// Lets the client have the last answers: closing with unread input would discard them.
    runtime::task<void> linger();

    std::shared_ptr<transport> _transport;
    query::engine& _engine;
    auth::authority* const _roles;
    const server_options& _options;
    const server_parts _parts;
    shard_metrics& _metrics;

    protocol::frame_reader _reader{protocol::direction::request};
    stage _stage = stage::before_startup;
    protocol::version _version = protocol::version_max;
    query::session_state _state;
    std::optional<auth::login> _login;
    bool _logging_in = false;
    std::uint8_t _registered = 0;  // one bit per kind of event

    std::map<std::string, std::string> _client_options;
    std::uint64_t _requests = 0;

    /// Of the requests in flight.
    std::set<std::shared_ptr<runtime::cancellation>> _cancellations;
    std::uint32_t _requests_in_flight = 0;
    std::uint64_t _request_bytes_in_flight = 0;
    bool _ending = false;
    boost::asio::steady_timer _progress;
    boost::asio::steady_timer _startup;
    runtime::memory_account::share _unsent;  ///< answers that wait for the client
};

}  // namespace nacre::server
