#pragma once

#include <cstdint>

namespace nacre::protocol {

/// The longest frame body, compressed or not; a longer one breaks the connection.
inline constexpr std::uint32_t frame_body_max_bytes = 256u << 20;

/// The longest payload of a v5 segment: what its 17-bit length can say.
inline constexpr std::uint32_t segment_payload_max_bytes = (1u << 17) - 1;

/// Bodies below this are sent as they are although compression was negotiated.
inline constexpr std::uint32_t compression_min_bytes = 512;

/// How deep a type in result metadata may nest.
inline constexpr std::uint32_t type_nesting_max_levels = 64;

/// A [string] has a 16-bit length; longer text (an error message) is cut.
inline constexpr std::uint32_t string_max_bytes = 0xffff;

}  // namespace nacre::protocol
