#include "client/transport.h"

#include <functional>
#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

namespace nacre::client {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using milliseconds = std::chrono::milliseconds;

class socket_transport : public transport {
  public:
    explicit socket_transport(endpoint where) : _where(std::move(where)) {}

    status connect() {
        tcp::resolver resolver(_loop);
        error_code failure;
        const auto found = resolver.resolve(_where.host, std::to_string(_where.port), failure);
        if (failure) return failed("can't find", failure);
        failure = wait(_where.connect_timeout, [&](auto done) {
            asio::async_connect(_socket, found, [done](error_code why, auto&&) { done(why, 0); });
        });
        if (failure) return failed("can't connect to", failure);
        _socket.set_option(tcp::no_delay(true), failure);
        return {};
    }

    status write(bytes_view data) override {
        const auto failure = wait(_where.request_timeout, [&](auto done) {
            asio::async_write(_socket, asio::buffer(data.data(), data.size()), done);
        });
        return failure ? status(failed("can't send to", failure)) : status();
    }

    result<std::size_t> read(std::span<char> room) override {
        const auto failure = wait(_where.request_timeout, [&](auto done) {
            _socket.async_read_some(asio::buffer(room.data(), room.size()), done);
        });
        if (failure) return failed("no answer from", failure);
        return _transferred;
    }

  protected:
    using handler = std::function<void(error_code, std::size_t)>;

    // Starts an operation and waits for its end, which a timeout brings about by closing the
    // socket.
    error_code wait(milliseconds allowed, const std::function<void(handler)>& start) {
        std::optional<error_code> outcome;
        start([&](error_code why, std::size_t transferred) {
            outcome = why;
            _transferred = transferred;
        });
        _loop.restart();
        _loop.run_for(allowed);
        if (outcome) return *outcome;
        error_code ignored;
        _socket.close(ignored);
        _loop.run();
        return asio::error::timed_out;
    }

    [[nodiscard]] error failed(std::string_view what, const error_code& why) const {
        const auto text = why == asio::error::eof ? "it closed the connection" : why.message();
        return {nacre::error_code::unavailable,
                fmt::format("{} {}: {}", what, _where.to_string(), text)};
    }

    endpoint _where;
    asio::io_context _loop{1};
    tcp::socket _socket{_loop};
    std::size_t _transferred = 0;
};

class tls_transport final : public socket_transport {
  public:
    using socket_transport::socket_transport;

    status connect_encrypted() {
        NACRE_CHECK(prepare());
        NACRE_CHECK(connect());
        _stream.emplace(_socket, _context);
        // What the server's certificate is chosen by.
        SSL_set_tlsext_host_name(_stream->native_handle(), _where.host.c_str());
        if (_where.tls->is_verified) {
            error_code failure;
            _stream->set_verify_mode(asio::ssl::verify_peer, failure);
            _stream->set_verify_callback(asio::ssl::host_name_verification(_where.host), failure);
        }
        const auto failure = wait(_where.connect_timeout, [&](auto done) {
            _stream->async_handshake(asio::ssl::stream_base::client,
                                     [done](error_code why) { done(why, 0); });
        });
        if (failure) return failed("no TLS with", failure);
        return {};
    }

    status write(bytes_view data) override {
        const auto failure = wait(_where.request_timeout, [&](auto done) {
            asio::async_write(*_stream, asio::buffer(data.data(), data.size()), done);
        });
        return failure ? status(failed("can't send to", failure)) : status();
    }

    result<std::size_t> read(std::span<char> room) override {
        const auto failure = wait(_where.request_timeout, [&](auto done) {
            _stream->async_read_some(asio::buffer(room.data(), room.size()), done);
        });
        if (failure) return failed("no answer from", failure);
        return _transferred;
    }

  private:
    status prepare() {
        const auto& tls = *_where.tls;
        error_code failure;
        const auto unusable = [&](std::string_view what, const std::string& file) {
            return invalid("the {} {} can't be used: {}", what, file, failure.message());
        };
        if (tls.ca_file.empty()) {
            _context.set_default_verify_paths(failure);
        } else if (_context.load_verify_file(tls.ca_file, failure)) {
            return unusable("certificate authority", tls.ca_file);
        }
        if (tls.certificate_file.empty()) return {};
        if (_context.use_certificate_chain_file(tls.certificate_file, failure)) {
            return unusable("certificate", tls.certificate_file);
        }
        const auto& key = tls.key_file.empty() ? tls.certificate_file : tls.key_file;
        if (_context.use_private_key_file(key, asio::ssl::context::pem, failure)) {
            return unusable("key", key);
        }
        return {};
    }

    asio::ssl::context _context{asio::ssl::context::tls_client};
    std::optional<asio::ssl::stream<tcp::socket&>> _stream;
};

}  // namespace

result<std::unique_ptr<transport>> connect_transport(const endpoint& where) {
    if (where.tls) {
        auto made = std::make_unique<tls_transport>(where);
        NACRE_CHECK(made->connect_encrypted());
        return made;
    }
    auto made = std::make_unique<socket_transport>(where);
    NACRE_CHECK(made->connect());
    return made;
}

}  // namespace nacre::client
