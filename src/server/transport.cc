#include "server/transport.h"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "runtime/stall_watch.h"

namespace nacre::server {

namespace {

namespace asio = boost::asio;

const runtime::fixed_name writing("network: answers are written");

/// The first byte of a TLS connection: a record of a handshake (RFC 8446, 5.1).
constexpr char tls_handshake_record = 22;

}  // namespace

runtime::task<bool> transport::open(const tls_identity& identity) {
    boost::system::error_code failure;
    if (identity.is_optional()) {
        char first = 0;
        co_await _socket.async_receive(asio::buffer(&first, 1), asio::ip::tcp::socket::message_peek,
                                       asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return false;
        if (first != tls_handshake_record) co_return true;
    }
    _encrypted.emplace(_socket, *identity.current());
    co_await _encrypted->async_handshake(asio::ssl::stream_base::server,
                                         asio::redirect_error(asio::use_awaitable, failure));
    if (!failure) co_return true;
    _metrics.tls_handshakes_failed.add(1);
    spdlog::debug("A client and the server did not agree on TLS: {}", failure.message());
    co_return false;
}

std::optional<tls_info> transport::encryption() {
    if (!_encrypted) return std::nullopt;
    const SSL* const session = _encrypted->native_handle();
    return tls_info{SSL_get_version(session), SSL_get_cipher_name(session)};
}

runtime::task<std::size_t> transport::read_some(asio::mutable_buffer into) {
    boost::system::error_code failure;
    std::size_t size = 0;
    if (_encrypted) {
        size = co_await _encrypted->async_read_some(
            asio::buffer(into), asio::redirect_error(asio::use_awaitable, failure));
    } else {
        size = co_await _socket.async_read_some(asio::buffer(into),
                                                asio::redirect_error(asio::use_awaitable, failure));
    }
    co_return failure ? 0 : size;
}

runtime::task<void> transport::end_encryption() {
    if (!_encrypted) co_return;
    boost::system::error_code failure;
    co_await _encrypted->async_shutdown(asio::redirect_error(asio::use_awaitable, failure));
}

void transport::use_version(protocol::version v) {
    _filling.use_version(v);
    _in_write.use_version(v);
}

void transport::negotiated(protocol::version v, protocol::compression how) {
    _filling.negotiated(v, how);
    // It frames nothing before the next flush, by when all it holds is out.
    _in_write.negotiated(v, how);
}

void transport::send(protocol::message m) {
    if (_broken) return;
    _filling_bytes += protocol::frame_header_bytes + m.body_bytes();
    _filling.add(std::move(m));
    schedule_flush();
}

void transport::send(std::shared_ptr<protocol::frame_writer> filled, std::uint64_t size) {
    if (_broken) return;
    _filling_bytes += size;
    _filling.add_finished(std::move(filled));
    schedule_flush();
}

void transport::send_raw(bytes_view raw) {
    if (_broken) return;
    _filling_bytes += raw.size();
    _filling.add_raw(raw);
    schedule_flush();
}

void transport::schedule_flush() {
    if (_flush_scheduled || _writing) return;
    _flush_scheduled = true;
    // Behind what else is ready on this loop, so that its answers share the write.
    asio::post(_socket.get_executor(), [self = shared_from_this()] { self->flush(); });
}

void transport::flush() {
    _flush_scheduled = false;
    if (_writing || _broken || _filling.empty()) return;
    std::swap(_filling, _in_write);
    _writing_bytes = std::exchange(_filling_bytes, 0);
    _writing = true;
    std::vector<asio::const_buffer> buffers;
    const runtime::turn_part timed(writing);
    const auto slices = _in_write.finish();
    buffers.reserve(slices.size());
    for (const auto slice : slices) buffers.emplace_back(slice.data(), slice.size());
    start_write(std::move(buffers));
}

void transport::start_write(std::vector<asio::const_buffer> buffers) {
    auto done = [self = shared_from_this()](const boost::system::error_code& failure,
                                            std::size_t size) { self->written(failure, size); };
    if (_encrypted) {
        asio::async_write(*_encrypted, std::move(buffers), std::move(done));
    } else {
        asio::async_write(_socket, std::move(buffers), std::move(done));
    }
}

void transport::written(const boost::system::error_code& failure, std::size_t size) {
    _writing = false;
    _writing_bytes = 0;
    _in_write.clear();
    _metrics.sent_bytes.add(size);
    if (failure) {
        _broken = true;
        _filling.clear();
        _filling_bytes = 0;
    } else if (!_filling.empty()) {
        flush();
    }
    if (_on_progress) _on_progress();
}

void transport::close() {
    _broken = true;
    _on_progress = nullptr;
    boost::system::error_code ignored;
    _socket.close(ignored);
}

}  // namespace nacre::server
