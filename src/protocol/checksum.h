#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace nacre::protocol {

/// CRC-24 of a v5 segment header: the low `size` bytes of `data`, lowest first.
[[nodiscard]] std::uint32_t crc24(std::uint64_t data, std::size_t size);

/// CRC-32 (the polynomial of zlib) of a v5 segment payload, which begins with four fixed bytes
/// that are not sent. Fed in pieces: start with `crc32_start`, end with `crc32_value`.
inline constexpr std::uint32_t crc32_start = 0xbb88812c;
[[nodiscard]] std::uint32_t crc32_update(std::uint32_t state, bytes_view data);
[[nodiscard]] inline std::uint32_t crc32_value(std::uint32_t state) {
    return ~state;
}

}  // namespace nacre::protocol
