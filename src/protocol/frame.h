#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "protocol/version.h"

namespace nacre::protocol {

enum class opcode : std::uint8_t {
    error = 0x00,
    startup = 0x01,
    ready = 0x02,
    authenticate = 0x03,
    options = 0x05,
    supported = 0x06,
    query = 0x07,
    result = 0x08,
    prepare = 0x09,
    execute = 0x0a,
    register_ = 0x0b,
    event = 0x0c,
    batch = 0x0d,
    auth_challenge = 0x0e,
    auth_response = 0x0f,
    auth_success = 0x10,
};
inline constexpr std::size_t opcode_count = 0x11;

/// The specification's name, "QUERY"; "UNKNOWN" for a number that is no opcode.
[[nodiscard]] std::string_view to_string(opcode op);

/// Bits of a frame's flags.
namespace frame_flag {
inline constexpr std::uint8_t compressed = 0x01;
inline constexpr std::uint8_t tracing = 0x02;
inline constexpr std::uint8_t custom_payload = 0x04;
inline constexpr std::uint8_t warning = 0x08;
inline constexpr std::uint8_t use_beta = 0x10;
}  // namespace frame_flag

enum class direction : std::uint8_t { request, response };

inline constexpr std::size_t frame_header_bytes = 9;

struct frame_header {
    protocol::version version = version_max;
    protocol::direction direction = direction::request;
    std::uint8_t flags = 0;
    std::int16_t stream = 0;
    opcode op = opcode::options;
    std::uint32_t body_bytes = 0;

    bool operator==(const frame_header&) const = default;
};

void append_frame_header(bytes& out, const frame_header& header);

/// A whole frame as it came, its body decompressed.
struct frame {
    frame_header header;
    bytes body;
};

/// An outgoing message before framing. The body is `head` followed by `tail`: the content of a
/// result's rows stays in the buffer that the executor filled.
struct message {
    opcode op = opcode::ready;
    std::uint8_t flags = 0;
    std::int16_t stream = 0;
    bytes head;
    bytes tail;

    [[nodiscard]] std::uint64_t body_bytes() const { return head.size() + tail.size(); }
};

/// Stream id of what the server sends unasked.
inline constexpr std::int16_t event_stream = -1;

}  // namespace nacre::protocol
