#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::protocol {

/// Whether a v5 connection's segments may be compressed, which changes their header.
enum class segment_format : std::uint8_t { plain, lz4 };

/// Header of a v5 segment (specification, section 2.2): lengths, and whether the payload is whole
/// frames or a piece of one.
struct segment_header {
    std::uint32_t payload_bytes = 0;
    /// LZ4 format: what the payload becomes, or 0 if this one is not compressed. Plain format: 0.
    std::uint32_t uncompressed_bytes = 0;
    bool self_contained = true;

    bool operator==(const segment_header&) const = default;
};

/// With its checksum.
[[nodiscard]] constexpr std::size_t segment_header_bytes(segment_format format) {
    return format == segment_format::lz4 ? 8 : 6;
}
inline constexpr std::size_t segment_trailer_bytes = 4;

/// Writes segment_header_bytes(format) at `out`.
void store_segment_header(char* out, segment_format format, const segment_header& header);
/// `in` has at least segment_header_bytes(format); a wrong checksum is a protocol error.
[[nodiscard]] result<segment_header> load_segment_header(bytes_view in, segment_format format);
/// Appends the payload checksum, given the state of crc32_update.
void append_segment_trailer(bytes& out, std::uint32_t crc32_state);

}  // namespace nacre::protocol
