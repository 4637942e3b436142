#include "server/metrics_endpoint.h"

#include <chrono>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace nacre::server {

namespace {

constexpr std::size_t request_max_bytes = 8 << 10;
constexpr std::chrono::seconds exchange_max{10};
constexpr std::uint64_t connections_max = 64;

enum class body_wish : std::uint8_t { send, omit };

std::string http_answer(std::string_view status_line, std::string_view content_type,
                        std::string_view body, body_wish wish) {
    auto answer = fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        status_line, content_type, body.size());
    if (wish == body_wish::send) answer.append(body);
    return answer;
}

std::string plain_answer(std::string_view status_line) {
    return http_answer(status_line, "text/plain", fmt::format("{}\n", status_line),
                       body_wish::send);
}

}  // namespace

std::string metrics_endpoint::respond(std::string_view request) const {
    const auto line = request.substr(0, request.find("\r\n"));
    const auto method_end = line.find(' ');
    const auto target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end <= method_end + 1 ||
        !line.substr(target_end + 1).starts_with("HTTP/1.")) {
        return plain_answer("400 Bad Request");
    }
    const auto method = line.substr(0, method_end);
    auto target = line.substr(method_end + 1, target_end - method_end - 1);
    target = target.substr(0, target.find('?'));
    if (method != "GET" && method != "HEAD") return plain_answer("405 Method Not Allowed");
    if (target != "/metrics") return plain_answer("404 Not Found");
    return http_answer("200 OK", "text/plain; version=0.0.4; charset=utf-8", _page(),
                       method == "GET" ? body_wish::send : body_wish::omit);
}

void metrics_endpoint::start() {
    _home.spawn(accept());
}

runtime::task<void> metrics_endpoint::accept() {
    const auto inside = _gate.enter();
    while (inside && !_gate.is_closing()) {
        boost::system::error_code failure;
        auto socket = co_await _acceptor.async_accept(
            boost::asio::redirect_error(boost::asio::use_awaitable, failure));
        if (failure == boost::asio::error::operation_aborted) break;
        if (failure) {
            boost::asio::steady_timer pause(_home.context(), std::chrono::milliseconds(100));
            co_await pause.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            continue;
        }
        if (_gate.inside() > connections_max) continue;
        if (auto served = _gate.enter()) {
            _home.spawn(serve(std::move(socket), std::move(*served)));
        }
    }
}

runtime::task<void> metrics_endpoint::serve(boost::asio::ip::tcp::socket socket,
                                            runtime::gate::holder inside) {
    (void)inside;
    // Shared with the timer's handler, which may be queued already when this frame ends.
    auto shared = std::make_shared<boost::asio::ip::tcp::socket>(std::move(socket));
    boost::asio::steady_timer limit(_home.context(), exchange_max);
    limit.async_wait([shared](const boost::system::error_code& cancelled) {
        boost::system::error_code ignored;
        if (!cancelled) shared->close(ignored);
    });
    std::string request;
    boost::system::error_code failure;
    co_await boost::asio::async_read_until(
        *shared, boost::asio::dynamic_buffer(request, request_max_bytes), "\r\n\r\n",
        boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    // not_found: the headers are longer than the limit.
    if (failure && failure != boost::asio::error::not_found) co_return;
    auto answer = plain_answer("431 Request Header Fields Too Large");
    if (!failure) answer = co_await _pages.run([this, &request] { return respond(request); });
    co_await boost::asio::async_write(
        *shared, boost::asio::buffer(answer),
        boost::asio::redirect_error(boost::asio::use_awaitable, failure));
    shared->shutdown(boost::asio::ip::tcp::socket::shutdown_both, failure);
}

runtime::task<void> metrics_endpoint::stop() {
    boost::system::error_code ignored;
    _acceptor.close(ignored);
    co_await _gate.close();
    _pages.stop();
}

}  // namespace nacre::server
