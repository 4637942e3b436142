#include "server/session.h"

#include <algorithm>
#include <exception>

#include <spdlog/spdlog.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "protocol/error_message.h"
#include "protocol/limits.h"
#include "runtime/shard.h"
#include "server/answer.h"

namespace nacre::server {

namespace {

using protocol::version;

const runtime::fixed_name reading("network: a request is read");

constexpr std::size_t read_bytes_min = 16 << 10;
constexpr std::size_t read_bytes_max = 256 << 10;
/// An answer that is larger is framed, with its checksums and compression, by another thread.
constexpr std::uint64_t framed_here_bytes_max = 64 << 10;
/// A request that is larger may name so many rows that its steps take longer than a turn may.
constexpr std::uint64_t answered_here_bytes_max = 32 << 10;
/// What a request takes besides its bytes, about.
constexpr std::uint64_t request_overhead_bytes = 2 << 10;
/// Strangers get no more memory than STARTUP and credentials take.
constexpr std::uint32_t body_before_login_max_bytes = 96 << 10;
constexpr const char* authenticator_name = "org.apache.cassandra.auth.PasswordAuthenticator";
/// How long a client may take to collect its last answers.
constexpr std::chrono::seconds linger_max{5};
/// How long the socket stays half-closed for a client that goes on sending.
constexpr std::chrono::seconds discard_max{1};

/// The bit of an event kind in session::_registered; none for an unknown word.
std::uint8_t event_bit(std::string_view type) {
    if (type == "TOPOLOGY_CHANGE") return 1;
    if (type == "STATUS_CHANGE") return 2;
    if (type == "SCHEMA_CHANGE") return 4;
    return 0;
}

/// Versions 1 and 2 had a shorter header; their clients are told in it why they are refused.
bytes error_of_old_version(std::uint8_t number, const error& failure) {
    const auto body = protocol::error_message(version::v3, failure).head;
    bytes out{static_cast<char>(number | 0x80), 0, 0, static_cast<char>(protocol::opcode::error)};
    append_big_endian(out, static_cast<std::uint32_t>(body.size()));
    return out + body;
}

/// Checks CQL_VERSION as Cassandra does: three numbers, the first at least 3.
status check_cql_version(std::string_view text) {
    const auto dot = text.find('.');
    const auto major = text.substr(0, dot);
    const auto is_number = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (dot == std::string_view::npos || !is_number(major)) {
        return protocol_error("Invalid version value: {}", text);
    }
    if (major.size() == 1 && major[0] < '3') {
        return protocol_error(
            "CQL version {} is not supported by the binary protocol "
            "(supported version are >= 3.0.0)",
            text);
    }
    return {};
}

result<protocol::compression> negotiated_compression(version v, const std::string& name) {
    const auto known = protocol::compression_by_name(name);
    if (!known) return protocol_error("Unknown compression algorithm: {}", name);
    if (*known == protocol::compression::snappy && v >= version::v5) {
        return protocol_error("Snappy compression is not supported in protocol V{}",
                              static_cast<int>(v));
    }
    return *known;
}

}  // namespace

session::session(boost::asio::ip::tcp::socket socket, query::engine& engine, auth::authority* roles,
                 const server_options& options, const server_parts& parts, shard_metrics& metrics)
    : _transport(std::make_shared<transport>(std::move(socket), metrics)),
      _engine(engine),
      _roles(roles),
      _options(options),
      _parts(parts),
      _metrics(metrics),
      _progress(_transport->socket().get_executor()),
      _startup(_transport->socket().get_executor()),
      _unsent(parts.memory) {
    if (_roles != nullptr && _roles->requires_login()) {
        _reader.limit_bodies(body_before_login_max_bytes);
    }
}

bool session::is_overloaded() const {
    if (_transport->waiting_bytes() > _options.response_bytes_waiting_max) return true;
    if (_requests_in_flight == 0) return false;
    return _requests_in_flight >= _options.requests_in_flight_max ||
           _request_bytes_in_flight >= _options.request_bytes_in_flight_max;
}

runtime::task<void> session::serve() {
    _transport->on_progress([this] {
        note_waiting();
        wake();
    });
    watch_startup();
    if (_parts.identity && !co_await _transport->open(*_parts.identity)) {
        abort();
        co_return;
    }
    while (!_ending) {
        co_await handle_buffered();
        if (_ending) break;
        if (is_overloaded() && !_transport->is_broken()) {
            co_await wait_for_progress(clock::time_point::max());
            continue;
        }
        const auto size = co_await read_some();
        if (size == 0) {
            if (!_ending) cancel_requests();
            break;
        }
        _metrics.received_bytes.add(size);
        _reader.commit(size);
    }
}

runtime::task<void> session::finish() {
    while (_requests_in_flight != 0) co_await wait_for_progress(clock::time_point::max());
    co_await linger();
    _transport->close();
}

runtime::task<void> session::handle_buffered() {
    struct one_request {
        protocol::frame_header header;
        std::uint64_t body_bytes;
        result<protocol::request> decoded;
    };
    using next_request = std::expected<std::optional<one_request>, protocol::broken_framing>;
    const auto take = [this]() -> next_request {
        const runtime::turn_part timed(reading);
        auto next = _reader.next();
        if (!next) return std::unexpected(std::move(next.error()));
        if (!*next) return std::nullopt;
        return one_request{(*next)->header, (*next)->body.size(), protocol::decode_request(**next)};
    };
    while (!_ending && !is_overloaded()) {
        auto next = _reader.next_is_long() ? co_await _parts.framing.run(take) : take();
        if (!next) {
            tell_broken(next.error());
            _ending = true;
            co_return;
        }
        if (!*next) co_return;
        handle((*next)->header, (*next)->body_bytes, std::move((*next)->decoded));
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
}

runtime::task<std::size_t> session::read_some() {
    const auto prepare = [this] { return _reader.prepare(read_bytes_min); };
    const auto room =
        _reader.prepare_is_long(read_bytes_min) ? co_await _parts.framing.run(prepare) : prepare();
    co_return co_await _transport->read_some(
        boost::asio::buffer(room.data(), std::min(room.size(), read_bytes_max)));
}

void session::watch_startup() {
    _startup.expires_after(std::chrono::milliseconds(_options.startup_timeout_ms));
    _startup.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self || self->_stage == stage::ready) return;
        spdlog::debug("{} has not begun in time", self->client_address());
        self->abort();
    });
}

runtime::task<void> session::wait_for_progress(clock::time_point until) {
    _progress.expires_at(until);
    boost::system::error_code cancelled;
    co_await _progress.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
}

void session::wake() {
    _progress.cancel();
}

runtime::task<void> session::linger() {
    auto until = clock::now() + linger_max;
    while (!_transport->is_idle() && !_transport->is_broken() && clock::now() < until) {
        co_await wait_for_progress(until);
    }
    if (_transport->is_broken() || !_transport->is_idle()) co_return;
    auto& socket = _transport->socket();
    boost::asio::steady_timer limit(socket.get_executor(), discard_max);
    limit.async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
        if (!cancelled) self->abort();
    });
    co_await _transport->end_encryption();
    boost::system::error_code ignored;
    socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    char sink[4096];
    for (;;) {
        boost::system::error_code failure;
        co_await socket.async_read_some(
            boost::asio::buffer(sink),
            boost::asio::redirect_error(boost::asio::use_awaitable, failure));
        if (failure) break;
    }
}

void session::handle(const protocol::frame_header& header, std::uint64_t body_bytes,
                     result<protocol::request> decoded) {
    const auto stream = header.stream;
    ++_requests;
    _metrics.count_request(header.op);
    if (_stage == stage::before_startup) {
        _version = header.version;
        _transport->use_version(_version);
        if (header.op != protocol::opcode::startup && header.op != protocol::opcode::options) {
            send_error(stream, protocol_error("Unexpected message {}, expecting STARTUP or OPTIONS",
                                              to_string(header.op)));
            return;
        }
    }
    if (_stage == stage::authenticating && header.op != protocol::opcode::auth_response) {
        send_error(stream, protocol_error("Unexpected message {}, expecting SASL_RESPONSE",
                                          to_string(header.op)));
        return;
    }
    if (!decoded) {
        send_error(stream, decoded.error());
        return;
    }
    if (std::holds_alternative<protocol::options_request>(*decoded)) {
        send(stream, supported_options());
    } else if (const auto* startup = std::get_if<protocol::startup_request>(&*decoded)) {
        handle_startup(stream, header.version, *startup);
    } else if (const auto* registered = std::get_if<protocol::register_request>(&*decoded)) {
        handle_register(stream, *registered);
    } else if (auto* response = std::get_if<protocol::auth_response_request>(&*decoded)) {
        handle_auth_response(stream, std::move(*response));
    } else {
        query::trace_ptr traced;
        if ((header.flags & protocol::frame_flag::tracing) != 0) {
            traced = begin_trace(*decoded, client_address());
        }
        start_answer(stream, body_bytes, std::move(*decoded), std::move(traced));
    }
}

void session::handle_startup(std::int16_t stream, version v,
                             const protocol::startup_request& startup) {
    if (_stage != stage::before_startup) {
        send_error(stream, protocol_error("Unexpected message STARTUP, the connection is already "
                                          "initialized"));
        return;
    }
    const auto cql_version = startup.options.find("CQL_VERSION");
    if (cql_version == startup.options.end()) {
        send_error(stream, protocol_error("Missing value CQL_VERSION in STARTUP message"));
        return;
    }
    const auto version_checked = check_cql_version(cql_version->second);
    if (!version_checked) {
        send_error(stream, version_checked.error());
        return;
    }
    auto how = protocol::compression::none;
    if (const auto wanted = startup.options.find("COMPRESSION"); wanted != startup.options.end()) {
        const auto agreed = negotiated_compression(v, wanted->second);
        if (!agreed) {
            send_error(stream, agreed.error());
            return;
        }
        how = *agreed;
    }
    // STARTUP and its answer are plain frames in every version; what follows is as agreed.
    if (_roles != nullptr && _roles->requires_login()) {
        send(stream, protocol::authenticate_message(authenticator_name));
        _stage = stage::authenticating;
    } else {
        send(stream, protocol::ready_message());
        _stage = stage::ready;
    }
    _client_options = startup.options;
    _state.protocol_version = static_cast<std::uint8_t>(v);
    _transport->negotiated(v, how);
    _reader.negotiated(v, how);
}

void session::handle_auth_response(std::int16_t stream, protocol::auth_response_request response) {
    if (_stage != stage::authenticating || _logging_in) {
        send_error(stream, protocol_error("Unexpected message AUTH_RESPONSE, no authentication "
                                          "is going on"));
        return;
    }
    _logging_in = true;
    ++_requests_in_flight;
    runtime::this_shard().spawn(run_login(shared_from_this(), stream, std::move(response.token)));
}

runtime::task<void> session::run_login(std::shared_ptr<session> self, std::int16_t stream,
                                       optional_bytes token) {
    auto outcome = co_await self->_roles->log_in(std::move(token), self->client_address());
    self->_logging_in = false;
    if (outcome) {
        self->_login = *std::move(outcome);
        self->_state.identity = self->_login->identity;
        self->_stage = stage::ready;
        self->_reader.limit_bodies(protocol::frame_body_max_bytes);
        self->send(stream, protocol::auth_success_message());
    } else {
        self->send_error(stream, outcome.error());
    }
    --self->_requests_in_flight;
    self->wake();
}

void session::handle_register(std::int16_t stream, const protocol::register_request& request) {
    std::uint8_t bits = 0;
    for (auto type : request.event_types) {
        std::ranges::transform(type, type.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        });
        const auto bit = event_bit(type);
        if (bit == 0) {
            send_error(stream, protocol_error("Invalid value '{}' for Type", type));
            return;
        }
        bits |= bit;
    }
    _registered |= bits;
    send(stream, protocol::ready_message());
}

std::string session::client_address() {
    boost::system::error_code gone;
    const auto peer = _transport->socket().remote_endpoint(gone);
    return gone ? "0.0.0.0" : peer.address().to_string();
}

std::optional<client_info> session::client() const {
    boost::system::error_code gone;
    const auto peer = _transport->socket().remote_endpoint(gone);
    if (gone) return std::nullopt;
    auto tls = _transport->encryption().value_or(tls_info());
    return client_info{.address = peer.address().to_string(),
                       .port = peer.port(),
                       .options = _client_options,
                       .is_ready = _stage == stage::ready,
                       .role = _login ? _login->role : client_info().role,
                       .keyspace = _state.keyspace,
                       .tls_protocol = std::move(tls.protocol),
                       .tls_cipher_suite = std::move(tls.cipher_suite),
                       .protocol_version = static_cast<std::uint8_t>(_version),
                       .requests = _requests};
}

void session::start_answer(std::int16_t stream, std::uint64_t request_bytes,
                           protocol::request request, query::trace_ptr traced) {
    runtime::memory_account::share memory(_parts.memory);
    if (const auto fits = memory.resize(request_bytes + request_overhead_bytes); !fits) {
        send_error(stream, fits.error());
        return;
    }
    if (_roles != nullptr) _state.who = _roles->principal_of(_login ? &*_login : nullptr);
    ++_requests_in_flight;
    _metrics.requests_in_flight.add(1);
    _request_bytes_in_flight += request_bytes;
    auto until = std::make_shared<runtime::cancellation>(_options.request_timeout_ms);
    _cancellations.insert(until);
    runtime::this_shard().spawn(run_answer(shared_from_this(), stream, request_bytes,
                                           std::move(request), std::move(traced), std::move(until),
                                           std::move(memory), clock::now()));
}

runtime::task<void> session::run_answer(std::shared_ptr<session> self, std::int16_t stream,
                                        std::uint64_t request_bytes, protocol::request request,
                                        query::trace_ptr traced,
                                        std::shared_ptr<runtime::cancellation> until,
                                        runtime::memory_account::share memory,
                                        clock::time_point began) {
    std::optional<result<protocol::message>> answered;
    co_await runtime::enter({runtime::scheduling_group::points, nullptr,
                             self->_login ? self->_login->account : nullptr});
    try {
        answered.emplace(co_await self->answer_where_it_fits(request_bytes, std::move(request),
                                                             {traced, until, &memory}));
        // Written first, so that a client that looks finds it.
        if (traced) co_await self->_engine.keep(*traced);
    } catch (const std::exception& bug) {
        spdlog::error("A request failed by a bug: {}", bug.what());
        answered.emplace(server_error("Internal error: {}", bug.what()));
    }
    if (!*answered) {
        self->_metrics.count_error(answered->error().code());
        auto failed = protocol::error_message(self->_version, answered->error());
        if (traced) protocol::add_tracing_id(failed, traced->id());
        self->send(stream, std::move(failed));
    } else if ((*answered)->body_bytes() > protocol::frame_body_max_bytes) {
        self->send_error(stream, invalid("The result of {} bytes is longer than a frame may be; "
                                         "ask for smaller pages",
                                         (*answered)->body_bytes()));
    } else {
        if (traced) protocol::add_tracing_id(**answered, traced->id());
        co_await self->send_answer(stream, std::move(**answered));
    }
    self->_metrics.request_durations.record(clock::now() - began);
    self->_cancellations.erase(until);
    --self->_requests_in_flight;
    self->_metrics.requests_in_flight.subtract(1);
    self->_request_bytes_in_flight -= request_bytes;
    self->wake();
}

runtime::task<result<protocol::message>> session::answer_where_it_fits(std::uint64_t request_bytes,
                                                                       protocol::request request,
                                                                       answer_context context) {
    if (request_bytes <= answered_here_bytes_max) {
        co_return co_await answer(_engine, _state, _version, std::move(request), context);
    }
    // Its session's state is this shard's: it works on a copy.
    auto state = _state;
    const auto keyspace = state.keyspace;
    auto there = [this, &state, asked = std::move(request), &context]() mutable {
        // What is known of a client belongs to a loop.
        if (_roles != nullptr) state.who = _roles->principal_of(_login ? &*_login : nullptr);
        // Destroyed there as well: that too takes its time.
        return answer(_engine, state, _version, std::move(asked), context);
    };
    auto answered = co_await runtime::invoke_on(_parts.large_requests, std::move(there));
    if (state.keyspace != keyspace) _state.keyspace = std::move(state.keyspace);
    co_return answered;
}

void session::tell_broken(const protocol::broken_framing& broken) {
    _metrics.connections_broken.add(1);
    const auto known = protocol::known_version(broken.version);
    if (!known) {
        _metrics.count_error(broken.failure.code());
        _transport->send_raw(error_of_old_version(broken.version, broken.failure));
        return;
    }
    if (_stage == stage::before_startup) {
        _version = *known;
        _transport->use_version(*known);
    }
    send_error(broken.stream, broken.failure);
}

void session::notify(const protocol::event& e) {
    if (_ending || (_registered & event_bit(protocol::event_type(e))) == 0) return;
    // A client that does not read does not make the server keep events for it without end.
    if (_transport->waiting_bytes() > 2 * _options.response_bytes_waiting_max) return;
    _transport->send(protocol::event_message(_version, e));
}

void session::send(std::int16_t stream, protocol::message m) {
    m.stream = stream;
    _transport->send(std::move(m));
    note_waiting();
}

runtime::task<void> session::send_answer(std::int16_t stream, protocol::message m) {
    const auto size = m.body_bytes();
    if (size <= framed_here_bytes_max) {
        send(stream, std::move(m));
        co_return;
    }
    m.stream = stream;
    // Freed elsewhere too, when it has been sent.
    const auto free_elsewhere = [&pool = _parts.framing](protocol::frame_writer* sent) {
        pool.post([owned = std::unique_ptr<protocol::frame_writer>(sent)] {});
    };
    const std::shared_ptr<protocol::frame_writer> writer(
        new protocol::frame_writer(_transport->another_writer()), free_elsewhere);
    co_await _parts.framing.run([&writer, &m] {
        writer->add(std::move(m));
        (void)writer->finish();
    });
    _transport->send(writer, size);
    note_waiting();
}

void session::send_error(std::int16_t stream, const error& failure) {
    _metrics.count_error(failure.code());
    send(stream, protocol::error_message(_version, failure));
}

void session::begin_stop() {
    _ending = true;
    boost::system::error_code ignored;
    // Ends the read that is waiting; writes go on.
    _transport->socket().shutdown(boost::asio::ip::tcp::socket::shutdown_receive, ignored);
    wake();
}

void session::cancel_requests() {
    for (const auto& each : _cancellations) each->cancel();
}

void session::abort() {
    _ending = true;
    cancel_requests();
    _transport->close();
    wake();
}

}  // namespace nacre::server
