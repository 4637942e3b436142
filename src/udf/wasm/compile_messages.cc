#include "udf/wasm/compile_messages.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>

#include <poll.h>
#include <sys/socket.h>

#include "base/byte_reader.h"

namespace nacre::udf::wasm {

namespace {

// Far above any module; a larger size is a broken stream.
constexpr std::uint64_t message_bytes_max = 1ull << 30;

void append_block(bytes& out, bytes_view block) {
    append_varint(out, block.size());
    out += block;
}

std::optional<bytes_view> take_block(byte_reader& in) {
    const auto size = in.take_varint();
    return size ? in.take(*size) : std::nullopt;
}

bool wait_for(int socket, short what, std::int64_t deadline_ms) {
    for (;;) {
        int wait = -1;
        if (deadline_ms != no_deadline) {
            const auto left = deadline_ms - monotonic_ms();
            if (left <= 0) return false;
            wait = static_cast<int>(std::min<std::int64_t>(left, INT_MAX));
        }
        pollfd one{.fd = socket, .events = what, .revents = 0};
        const int ready = poll(&one, 1, wait);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

bool send_all(int socket, bytes_view data, std::int64_t deadline_ms) {
    while (!data.empty()) {
        if (!wait_for(socket, POLLOUT, deadline_ms)) return false;
        const auto sent = send(socket, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (sent > 0) data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool receive_all(int socket, char* to, std::size_t size, std::int64_t deadline_ms) {
    while (size > 0) {
        if (!wait_for(socket, POLLIN, deadline_ms)) return false;
        const auto got = recv(socket, to, size, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) return false;
        if (got < 0) continue;
        to += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

std::int64_t monotonic_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

bytes encode(const compile_request& request) {
    bytes message;
    append_block(message, request.key);
    append_block(message, request.target);
    message += request.source;
    return message;
}

std::optional<compile_request> decode(bytes_view message) {
    byte_reader in(message);
    const auto key = take_block(in);
    const auto target = key ? take_block(in) : std::nullopt;
    if (!target) return std::nullopt;
    return compile_request{
        .key = std::string(*key), .target = std::string(*target), .source = in.rest()};
}

bool send_message(int socket, bytes_view message, std::int64_t deadline_ms) {
    return send_all(socket, to_big_endian<std::uint64_t>(message.size()), deadline_ms) &&
           send_all(socket, message, deadline_ms);
}

std::optional<bytes> receive_message(int socket, std::int64_t deadline_ms) {
    std::array<char, sizeof(std::uint64_t)> head{};
    if (!receive_all(socket, head.data(), head.size(), deadline_ms)) return std::nullopt;
    const auto size = load_big_endian<std::uint64_t>(head.data());
    if (size > message_bytes_max) return std::nullopt;
    bytes message(size, '\0');
    if (!receive_all(socket, message.data(), message.size(), deadline_ms)) return std::nullopt;
    return message;
}

}  // namespace nacre::udf::wasm
