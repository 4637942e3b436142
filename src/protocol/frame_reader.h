#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/compression.h"
#include "protocol/frame.h"
#include "protocol/limits.h"
#include "protocol/segment.h"

namespace nacre::protocol {

/// Why a connection's bytes can no longer be cut into frames, and how to tell the peer. After it
/// the connection is of no more use.
struct broken_framing {
    error failure;
    std::int16_t stream = 0;
    /// The version byte for the answer: the connection's, or one that the peer may understand.
    std::uint8_t version = static_cast<std::uint8_t>(version_max);
};

/// Cuts the bytes of one connection into frames, whatever the sizes in which they arrive. One
/// connection, one shard. Memory is taken as bytes arrive, never on the word of a length field.
///
/// Begins with plain frames. `negotiated` fixes what STARTUP agreed on; from v5 on, what follows
/// is segments.
class frame_reader {
  public:
    /// `expected` is what comes in: a server reads requests.
    explicit frame_reader(direction expected) : _expected(expected) {}

    /// Room for at least `size` more bytes from the socket; then say how many came.
    [[nodiscard]] std::span<char> prepare(std::size_t size);
    void commit(std::size_t size);
    void append(bytes_view data);

    void negotiated(version v, compression how);

    /// From here on a longer body breaks the framing. Until it is called: frame_body_max_bytes.
    void limit_bodies(std::uint32_t bytes_max) { _body_max_bytes = bytes_max; }

    /// The next whole frame, or nothing until more bytes come.
    [[nodiscard]] std::expected<std::optional<frame>, broken_framing> next();

    /// Whether `next` or `prepare(size)` now has much to copy, to decompress or to free:
    /// milliseconds.
    [[nodiscard]] bool next_is_long() const;
    [[nodiscard]] bool prepare_is_long(std::size_t size) const;

    /// Bytes held for frames that are not complete yet.
    [[nodiscard]] std::uint64_t buffered_bytes() const;
    /// Nothing of a frame has come: a peer that leaves now leaves in order.
    [[nodiscard]] bool at_boundary() const { return buffered_bytes() == 0; }

  private:
    using next_frame = std::expected<std::optional<frame>, broken_framing>;

    [[nodiscard]] bytes_view unread() const {
        return bytes_view(_buffer).substr(_begin, _end - _begin);
    }
    [[nodiscard]] std::expected<std::optional<frame_header>, broken_framing> load_header(
        bytes_view data) const;
    [[nodiscard]] next_frame next_plain();
    [[nodiscard]] next_frame next_from_payload();
    /// Moves one segment's payload to `_payload`; false until a whole one is there.
    [[nodiscard]] std::expected<bool, broken_framing> take_segment();
    [[nodiscard]] broken_framing broken(error failure, std::int16_t stream = 0) const;

    direction _expected;
    std::optional<version> _version;
    compression _compression = compression::none;
    bool _segments = false;
    std::uint32_t _body_max_bytes = frame_body_max_bytes;

    // Bytes of the socket: [_begin, _end) of _buffer are unread, the rest is room.
    bytes _buffer;
    std::size_t _begin = 0;
    std::size_t _end = 0;
    // Payloads of segments, the part before _payload_begin consumed.
    bytes _payload;
    std::size_t _payload_begin = 0;
    bool _in_large_frame = false;
};

}  // namespace nacre::protocol
