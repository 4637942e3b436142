#pragma once

#include <compare>
#include <cstdint>
#include <optional>
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

/// An empty value reads as zero. `value` is valid: empty, or four bytes of scale and a varint.
[[nodiscard]] decimal load_decimal(bytes_view value);
[[nodiscard]] bytes serialise_decimal(const decimal& value);

/// "-12.50", "1e10", "1.5E-3"; absent if it is no such number or its scale leaves 32 bits.
[[nodiscard]] std::optional<decimal> parse_decimal(std::string_view text);
/// Shortest decimal text that reads back as the same double; `value` is finite.
[[nodiscard]] decimal decimal_of(double value);
/// The nearest double, infinite when out of range.
[[nodiscard]] double to_double(const decimal& value);
/// Plain digits, or scientific when the exponent is far out: as Java's BigDecimal shows itself.
[[nodiscard]] std::string to_text(const decimal& value);

/// How many digits the unscaled value has; zero has one.
[[nodiscard]] std::int64_t precision(const varint& unscaled);

/// Numeric order: scale does not matter. Costs nothing extra for far-apart exponents.
[[nodiscard]] std::strong_ordering compare(const decimal& left, const decimal& right);

/// Errors are 0x2200: a result whose digits would not fit reasonable memory, division by zero.
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
/// The same value with the smallest possible scale.
[[nodiscard]] decimal strip_trailing_zeros(decimal value);

}  // namespace nacre::types
