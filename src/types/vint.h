#pragma once

#include <cstdint>

#include "base/byte_reader.h"
#include "base/bytes.h"

/// The variable-length integers of the native protocol ([unsigned vint], [vint]): the number of
/// leading one bits in the first byte says how many bytes follow.
namespace nacre::types {

void append_unsigned_vint(bytes& out, std::uint64_t value);
/// Zig-zag encoded.
void append_vint(bytes& out, std::int64_t value);

[[nodiscard]] std::optional<std::uint64_t> take_unsigned_vint(byte_reader& in);
[[nodiscard]] std::optional<std::int64_t> take_vint(byte_reader& in);

}  // namespace nacre::types
