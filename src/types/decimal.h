#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "types/varint.h"

namespace nacre::types {

/// CQL's decimal: unscaled × 10^-scale. Value type. Two decimals of equal value may differ in
/// scale, which is kept and shown. Arithmetic is Cassandra's: exact where the result is finite,
/// division to at least 32 significant digits.
struct decimal {
    varint unscaled;
    std::int32_t scale = 0;
};

/// How many zeros arithmetic may append to a number so that its scale becomes another one's, and
/// more than that is refused: aligning 1e1000000000 with 1 would need a gigabyte of digits.
/// Cassandra rounds sums to as many digits instead.
inline constexpr std::int64_t shift_digits_max = 10'000;

/// An empty value reads as zero. `value` is valid: empty, or four bytes of scale and a varint.
[[nodiscard]] decimal load_decimal(bytes_view value);
[[nodiscard]] bytes serialise_decimal(const decimal& value);

/// "-12.50", "1e10", "1.5E-3". Errors are 0x2200: no such number, a scale that leaves 32 bits, too
/// many digits.
[[nodiscard]] result<decimal> parse_decimal(std::string_view text);
/// Shortest decimal text that reads back as the same double; `value` is finite.
[[nodiscard]] decimal decimal_of(double value);
/// The nearest double, infinite when out of range.
[[nodiscard]] double to_double(const decimal& value);
/// Plain digits, or scientific when the exponent is far out: as Java's BigDecimal shows itself.
[[nodiscard]] std::string to_text(const decimal& value);

/// How many digits the unscaled value has; zero has one.
[[nodiscard]] std::int64_t precision(const varint& unscaled);

/// Numeric order: scale does not matter. Only numbers that are nearly equal have to be made as long
/// as one another to be compared.
[[nodiscard]] std::strong_ordering compare(const decimal& left, const decimal& right);

/// Errors are 0x2200: a result that is too long (check_size), or more than shift_digits_max on the
/// way to it; division by zero.
[[nodiscard]] result<decimal> add(const decimal& left, const decimal& right);
[[nodiscard]] result<decimal> subtract(const decimal& left, const decimal& right);
[[nodiscard]] result<decimal> multiply(const decimal& left, const decimal& right);
[[nodiscard]] result<decimal> divide(const decimal& left, const decimal& right);
[[nodiscard]] result<decimal> remainder(const decimal& left, const decimal& right);

enum class rounding : std::uint8_t { half_up, half_even };
/// numerator / denominator (not zero) rounded to an integer.
[[nodiscard]] varint divide_rounded(const varint& numerator, const varint& denominator,
                                    rounding mode);
/// The value with exactly this scale.
[[nodiscard]] result<decimal> with_scale(const decimal& value, std::int32_t scale, rounding mode);
/// The integer part, rounded towards zero.
[[nodiscard]] result<varint> truncate(const decimal& value);
/// The error of what needs more zeros than shift_digits_max.
[[nodiscard]] status check_shift(std::int64_t digits);
/// value × 10^digits, which are at most shift_digits_max unless the value is zero.
[[nodiscard]] result<varint> times_power_of_ten(const varint& value, std::int64_t digits);
/// The same value with the smallest possible scale.
[[nodiscard]] decimal strip_trailing_zeros(decimal value);

}  // namespace nacre::types
