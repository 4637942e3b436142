#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

#include "base/bytes.h"

/// CQL's varint: an integer of any size, serialised as big-endian two's complement.
namespace nacre::types {

// Without expression templates: `auto x = a * b` holds a number, not references to temporaries.
using varint = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                             boost::multiprecision::et_off>;

/// An empty value reads as zero.
[[nodiscard]] varint load_varint(bytes_view value);
/// The shortest two's complement form; zero is one byte.
[[nodiscard]] bytes serialise_varint(const varint& value);
/// Digits with an optional sign, nothing else.
[[nodiscard]] std::optional<varint> parse_varint(std::string_view text);
/// The low 64 bits, as Java's BigInteger.longValue() narrows.
[[nodiscard]] std::int64_t low_64_bits(const varint& value);

/// Numeric order of two serialised varints, without making numbers of them.
[[nodiscard]] std::strong_ordering compare_varints(bytes_view left, bytes_view right);

}  // namespace nacre::types
