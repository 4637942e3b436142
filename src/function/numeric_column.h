#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "data/column_vector.h"
#include "types/decimal.h"

/// Numbers of any numeric CQL type, read from columns for arithmetic.
namespace nacre::function {

[[nodiscard]] bool is_numeric(types::type_kind kind);
/// float, double, decimal: types that have fractions.
[[nodiscard]] bool has_fractions(types::type_kind kind);

/// Java's narrowing of floating point to integers, which Cassandra shows: fractions are cut, what
/// is out of range becomes the nearest limit of int (or long), NaN becomes 0; smaller types then
/// take the low bits.
template <typename Integer>
[[nodiscard]] inline Integer narrow_floating(double value) {
    using wide = std::conditional_t<sizeof(Integer) == 8, std::int64_t, std::int32_t>;
    if (std::isnan(value)) return 0;
    // The limit itself is not a double for 64 bits; the next power of two is.
    const double limit = std::ldexp(1.0, std::numeric_limits<wide>::digits);
    if (value >= limit) return static_cast<Integer>(std::numeric_limits<wide>::max());
    if (value < -limit) return static_cast<Integer>(std::numeric_limits<wide>::min());
    return static_cast<Integer>(static_cast<wide>(value));
}

/// Number to number as Java narrows and widens.
template <typename To, typename From>
[[nodiscard]] inline To convert_native(From value) {
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        return narrow_floating<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

/// The value of a numeric row that is not absent, converted to a native number. Varints and
/// decimals give their low 64 bits, or the nearest double.
template <typename To>
[[nodiscard]] To native_at(const data::column_vector& column, std::uint32_t row);

[[nodiscard]] std::int64_t low_bits_at(const data::column_vector& column, std::uint32_t row);
[[nodiscard]] double nearest_double_at(const data::column_vector& column, std::uint32_t row);

/// The same as numbers of any size. NaN and infinities are no decimals: 0x2200.
[[nodiscard]] result<types::decimal> decimal_at(const data::column_vector& column,
                                                std::uint32_t row);
/// Fractions are cut off.
[[nodiscard]] result<types::varint> varint_at(const data::column_vector& column, std::uint32_t row);

/// All of the column's values as native numbers; absent ones as zero. The type is
/// looked at once, not for every row.
template <typename To>
[[nodiscard]] std::vector<To> widen(const data::column_vector& column);

template <typename To>
To native_at(const data::column_vector& column, std::uint32_t row) {
    using enum types::physical_type;
    switch (column.physical()) {
        case int8:
            return convert_native<To>(column.native<std::int8_t>()[row]);
        case int16:
            return convert_native<To>(column.native<std::int16_t>()[row]);
        case int32:
            return convert_native<To>(column.native<std::int32_t>()[row]);
        case int64:
            return convert_native<To>(column.native<std::int64_t>()[row]);
        case float32:
            return convert_native<To>(column.native<float>()[row]);
        case float64:
            return convert_native<To>(column.native<double>()[row]);
        case serialised:
            break;
    }
    if constexpr (std::is_integral_v<To>) return static_cast<To>(low_bits_at(column, row));
    return static_cast<To>(nearest_double_at(column, row));
}

template <typename To>
std::vector<To> widen(const data::column_vector& column) {
    std::vector<To> out(column.size());
    const auto copy = [&](auto sample) {
        const auto values = column.native<decltype(sample)>();
        for (std::uint32_t row = 0; row < column.size(); ++row) {
            out[row] = convert_native<To>(values[row]);
        }
    };
    using enum types::physical_type;
    switch (column.physical()) {
        case int8:
            copy(std::int8_t{});
            break;
        case int16:
            copy(std::int16_t{});
            break;
        case int32:
            copy(std::int32_t{});
            break;
        case int64:
            copy(std::int64_t{});
            break;
        case float32:
            copy(float{});
            break;
        case float64:
            copy(double{});
            break;
        case serialised:
            for (std::uint32_t row = 0; row < column.size(); ++row) {
                if (!column.is_null(row)) out[row] = native_at<To>(column, row);
            }
    }
    return out;
}

}  // namespace nacre::function
