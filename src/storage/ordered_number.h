#pragma once

#include "base/bytes.h"
#include "storage/ordered_reader.h"

/// The bodies of ordered varints and decimals, whose values have no fixed size.
namespace nacre::storage {

/// `value` is two's complement of at least one byte.
void append_ordered_varint(bytes& out, bytes_view value);
[[nodiscard]] bool take_ordered_varint(ordered_reader& in, bytes& out);

/// `value` is a 4-byte scale and two's complement of at least one byte.
void append_ordered_decimal(bytes& out, bytes_view value);
[[nodiscard]] bool take_ordered_decimal(ordered_reader& in, bytes& out);

}  // namespace nacre::storage
