#pragma once

#include <compare>
#include <cstddef>
#include <string_view>

#include <boost/multiprecision/gmp.hpp>

#include "base/bytes.h"
#include "base/result.h"

/// CQL's varint: an integer of any size, serialised as big-endian two's complement.
namespace nacre::types {

// Without expression templates: `auto x = a * b` holds a number, not references to temporaries.
// GMP, since texts of long numbers take quadratic time with Boost's own integers.
using varint =
    boost::multiprecision::number<boost::multiprecision::gmp_int, boost::multiprecision::et_off>;

/// The longest varint, and the longest unscaled part of a decimal, in serialised bytes, and how
/// many digits it has: a number's text and the product of two then take less than a millisecond.
inline constexpr std::size_t number_bytes_max = 16 << 10;
inline constexpr std::size_t number_digits_max = 39'457;

/// An empty value reads as zero.
[[nodiscard]] varint load_varint(bytes_view value);
/// The shortest two's complement form; zero is one byte.
[[nodiscard]] bytes serialise_varint(const varint& value);
/// 0x2200 if the number, or the serialised one, is longer than number_bytes_max.
[[nodiscard]] status check_size(const varint& value);
[[nodiscard]] status check_size(bytes_view value);

/// Digits with an optional sign, nothing else. Errors are 0x2200: no such text, or too long.
[[nodiscard]] result<varint> parse_varint(std::string_view text);
/// Of decimal digits, at least one, however many: leading zeros may be among them.
[[nodiscard]] varint varint_of_digits(std::string_view digits);
/// The low 64 bits, as Java's BigInteger.longValue() narrows.
[[nodiscard]] std::int64_t low_64_bits(const varint& value);

/// Numeric order of two serialised varints, without making numbers of them.
[[nodiscard]] std::strong_ordering compare_varints(bytes_view left, bytes_view right);

}  // namespace nacre::types
