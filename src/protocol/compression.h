#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::protocol {

enum class compression : std::uint8_t { none, lz4, snappy };

/// By the name that STARTUP uses ("lz4", "snappy", either case).
[[nodiscard]] std::optional<compression> compression_by_name(std::string_view name);

/// A frame body as v3 and v4 compress it: LZ4 behind its size in four bytes, or Snappy. Appends
/// to `out`.
void append_compressed_body(bytes& out, compression how, bytes_view body);
/// The reverse. A body that claims more than frame_body_max_bytes, or more than its size could
/// hold, is refused before memory is taken for it.
[[nodiscard]] result<bytes> decompress_body(compression how, bytes_view compressed);

/// LZ4 blocks without a length, as v5 segments hold them.
void append_lz4_block(bytes& out, bytes_view data);
/// Appends exactly `size` bytes to `out`, or fails.
[[nodiscard]] status append_lz4_decompressed(bytes& out, bytes_view block, std::uint32_t size);

}  // namespace nacre::protocol
