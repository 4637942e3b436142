#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "nacre/varint.h"

namespace nacre {

/// A number of type decimal: unscaled * 10^-scale. Sums, differences and products are exact: the
/// scale of a sum is the larger one, of a product their sum. Comparison is by value: 1.0 == 1.00.
class decimal {
  public:
    /// Digits of a quotient.
    static constexpr std::uint32_t quotient_digits = 34;

    decimal() = default;
    decimal(varint unscaled, std::int32_t scale) : _unscaled(std::move(unscaled)), _scale(scale) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    decimal(T value) : _unscaled(value) {}                  // NOLINT: a number as any other
    decimal(varint value) : _unscaled(std::move(value)) {}  // NOLINT

    [[nodiscard]] const varint& unscaled() const { return _unscaled; }
    [[nodiscard]] std::int32_t scale() const { return _scale; }
    [[nodiscard]] int sign() const { return _unscaled.sign(); }

    /// "-12.50", "1.01E+5", or null.
    static std::optional<decimal> parse(std::string_view text);
    /// As CQL shows it: with an exponent where the scale is negative or zeros would lead.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] double to_double() const;

    /// With `scale` digits behind the point, rounded half to even.
    [[nodiscard]] decimal rounded(std::int32_t scale) const;
    /// Without zeros at the end of the digits.
    [[nodiscard]] decimal stripped() const;

    decimal operator-() const { return {-_unscaled, _scale}; }
    friend decimal operator+(const decimal& a, const decimal& b) {
        const auto scale = std::max(a._scale, b._scale);
        return {a.unscaled_at(scale) + b.unscaled_at(scale), scale};
    }
    friend decimal operator-(const decimal& a, const decimal& b) {
        const auto scale = std::max(a._scale, b._scale);
        return {a.unscaled_at(scale) - b.unscaled_at(scale), scale};
    }
    friend decimal operator*(const decimal& a, const decimal& b) {
        return {a._unscaled * b._unscaled, checked(std::int64_t{a._scale} + b._scale)};
    }
    /// Rounded to 34 digits, half to even; exact quotients have the least scale that is not below
    /// the difference of the scales. Division by zero fails.
    friend decimal operator/(const decimal& a, const decimal& b);
    decimal& operator+=(const decimal& other) { return *this = *this + other; }
    decimal& operator-=(const decimal& other) { return *this = *this - other; }
    decimal& operator*=(const decimal& other) { return *this = *this * other; }
    decimal& operator/=(const decimal& other) { return *this = *this / other; }

    friend bool operator==(const decimal& a, const decimal& b) { return (a <=> b) == 0; }
    friend std::weak_ordering operator<=>(const decimal& a, const decimal& b) {
        if (a.sign() != b.sign()) return a.sign() <=> b.sign();
        const auto scale = std::max(a._scale, b._scale);
        return a.unscaled_at(scale) <=> b.unscaled_at(scale);
    }

  private:
    // A scale as far from another as this would fill a guest's memory with zeros.
    static constexpr std::int64_t zeros_max = 100'000;

    static std::int32_t checked(std::int64_t scale) {
        if (scale != static_cast<std::int32_t>(scale)) fail("a decimal's scale is out of range");
        return static_cast<std::int32_t>(scale);
    }
    static varint power_of_ten(std::int64_t exponent) {
        if (exponent > zeros_max) fail("decimals are too far apart in scale");
        return pow(10, static_cast<std::uint32_t>(exponent));
    }
    [[nodiscard]] varint unscaled_at(std::int32_t scale) const {
        if (scale == _scale) return _unscaled;
        return _unscaled * power_of_ten(std::int64_t{scale} - _scale);
    }
    static std::int64_t digits_of(const varint& number) {
        return static_cast<std::int64_t>(number.to_string().size()) - (number.sign() < 0 ? 1 : 0);
    }
    static varint divided_half_even(const varint& a, const varint& b);

    varint _unscaled;
    std::int32_t _scale = 0;
};

inline varint decimal::divided_half_even(const varint& a, const varint& b) {
    auto quotient = a / b;
    const auto rest = a % b;
    if (rest.sign() == 0) return quotient;
    const auto distance = (rest.sign() < 0 ? -rest : rest) * 2;
    const auto order = distance <=> (b.sign() < 0 ? -b : b);
    const bool is_odd = (quotient % 2).sign() != 0;
    if (order > 0 || (order == 0 && is_odd)) quotient += a.sign() == b.sign() ? 1 : -1;
    return quotient;
}

inline decimal decimal::rounded(std::int32_t scale) const {
    if (scale >= _scale) return {unscaled_at(scale), scale};
    return {divided_half_even(_unscaled, power_of_ten(std::int64_t{_scale} - scale)), scale};
}

inline decimal decimal::stripped() const {
    if (sign() == 0) return {};
    auto made = *this;
    while ((made._unscaled % 10).sign() == 0) {
        made._unscaled /= 10;
        made._scale = checked(std::int64_t{made._scale} - 1);
    }
    return made;
}

inline decimal operator/(const decimal& a, const decimal& b) {
    if (b.sign() == 0) fail("division by zero");
    const auto preferred = std::int64_t{a._scale} - b._scale;
    if (a.sign() == 0) return {0, decimal::checked(preferred)};
    // So many zeros behind a's digits that the quotient has 34 or 35 digits.
    const auto zeros = decimal::quotient_digits + decimal::digits_of(b._unscaled) -
                       decimal::digits_of(a._unscaled);
    auto numerator = a._unscaled;
    auto denominator = b._unscaled;
    if (zeros > 0) numerator *= decimal::power_of_ten(zeros);
    if (zeros < 0) denominator *= decimal::power_of_ten(-zeros);
    auto scale = preferred + zeros;
    auto quotient = numerator / denominator;
    if (decimal::digits_of(quotient) > decimal::quotient_digits) {
        denominator *= 10;
        --scale;
    }
    const bool is_exact = (numerator % denominator).sign() == 0;
    quotient = decimal::divided_half_even(numerator, denominator);
    if (decimal::digits_of(quotient) > decimal::quotient_digits) {
        quotient /= 10;  // rounded up to a power of ten
        --scale;
    }
    while (is_exact && scale > preferred && (quotient % 10).sign() == 0) {
        quotient /= 10;
        --scale;
    }
    return {std::move(quotient), decimal::checked(scale)};
}

inline std::optional<decimal> decimal::parse(std::string_view text) {
    std::int64_t exponent = 0;
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        const auto written = varint::parse(text.substr(e + 1));
        if (!written || !written->to_int64()) return std::nullopt;
        exponent = *written->to_int64();
        text = text.substr(0, e);
    }
    std::string digits(text);
    std::int64_t scale = 0;
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        scale = static_cast<std::int64_t>(text.size() - point - 1);
        digits.erase(point, 1);
    }
    auto unscaled = varint::parse(digits);
    if (!unscaled || __builtin_sub_overflow(scale, exponent, &scale)) return std::nullopt;
    if (scale != static_cast<std::int32_t>(scale)) return std::nullopt;
    return decimal(std::move(*unscaled), static_cast<std::int32_t>(scale));
}

inline std::string decimal::to_string() const {
    auto digits = _unscaled.to_string();
    if (_scale == 0) return digits;
    const std::string sign = digits.front() == '-' ? "-" : "";
    digits.erase(0, sign.size());
    const auto size = static_cast<std::int64_t>(digits.size());
    const auto exponent = size - 1 - _scale;
    constexpr std::int64_t least_exponent = -6;
    if (_scale > 0 && exponent >= least_exponent) {
        if (_scale >= size) digits.insert(0, static_cast<std::size_t>(_scale - size + 1), '0');
        digits.insert(digits.size() - static_cast<std::size_t>(_scale), ".");
        return sign + digits;
    }
    if (size > 1) digits.insert(1, ".");
    if (exponent == 0) return sign + digits;
    return detail::text_of(sign, digits, "E", exponent > 0 ? "+" : "", exponent);
}

inline double decimal::to_double() const {
    double value = _unscaled.to_double();
    double power = 10;
    auto left = static_cast<std::uint32_t>(_scale < 0 ? 0 - std::int64_t{_scale} : _scale);
    double factor = 1;
    for (; left != 0; left >>= 1, power *= power) {
        if ((left & 1) != 0) factor *= power;
    }
    return _scale < 0 ? value * factor : value / factor;
}

namespace detail {

template <>
struct codec<decimal> : sized_codec {
    static constexpr std::uint32_t scale_bytes = 4;
    static constexpr bool empty_is_null = true;
    static constexpr void describe(constant_text& to) { to.add("decimal"); }
    static decimal read(const std::byte* at, std::uint32_t size) {
        return {varint::from_bytes(at + scale_bytes, size - scale_bytes),
                load_big_endian<std::int32_t>(at)};
    }
    static std::uint32_t size(const decimal& value) {
        return scale_bytes + value.unscaled().bytes_size();
    }
    static std::byte* write(std::byte* to, const decimal& value) {
        return value.unscaled().to_bytes(store_big_endian(to, value.scale()));
    }
};

}  // namespace detail

}  // namespace nacre
