#include "types/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "types/floating_text.h"

namespace nacre::types {

namespace mp = boost::multiprecision;

namespace {

// Aligning 1e1000000000 with 1 would need a gigabyte of digits. Cassandra rounds sums to 10,000
// digits; past that many zeros we refuse rather than round.
constexpr std::int64_t shift_digits_max = 10'000;

constexpr std::int32_t quotient_digits_min = 32;
constexpr std::int32_t quotient_scale_max = 1000;

result<std::int32_t> checked_scale(std::int64_t scale) {
    if (scale < std::numeric_limits<std::int32_t>::min() ||
        scale > std::numeric_limits<std::int32_t>::max()) {
        return invalid("decimal out of range: its scale would be {}", scale);
    }
    return static_cast<std::int32_t>(scale);
}

result<varint> times_power_of_ten(const varint& value, std::int64_t digits) {
    if (value == 0 || digits == 0) return value;
    if (digits > shift_digits_max) {
        return invalid("decimal out of range: the result would have over {} digits",
                       shift_digits_max);
    }
    return varint(value * mp::pow(varint(10), static_cast<unsigned>(digits)));
}

struct aligned {
    varint left;
    varint right;
    std::int32_t scale;
};

result<aligned> align(const decimal& left, const decimal& right) {
    const std::int32_t scale = std::max(left.scale, right.scale);
    NACRE_TRY(auto l, times_power_of_ten(left.unscaled, std::int64_t{scale} - left.scale));
    NACRE_TRY(auto r, times_power_of_ten(right.unscaled, std::int64_t{scale} - right.scale));
    return aligned{std::move(l), std::move(r), scale};
}

}  // namespace

decimal load_decimal(bytes_view value) {
    if (value.size() < 4) return {};
    return {load_varint(value.substr(4)), load_big_endian<std::int32_t>(value.data())};
}

bytes serialise_decimal(const decimal& value) {
    bytes out = to_big_endian(value.scale);
    out += serialise_varint(value.unscaled);
    return out;
}

std::optional<decimal> parse_decimal(std::string_view text) {
    std::int64_t exponent = 0;
    if (const auto at = text.find_first_of("eE"); at != std::string_view::npos) {
        std::string_view digits = text.substr(at + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        if (digits.starts_with('+')) return std::nullopt;
        const auto* end = digits.data() + digits.size();
        const auto [stop, failed] = std::from_chars(digits.data(), end, exponent);
        if (failed != std::errc() || stop != end) return std::nullopt;
        if (exponent > 10'000'000'000 || exponent < -10'000'000'000) return std::nullopt;
        text = text.substr(0, at);
    }
    std::string digits(text);
    std::int64_t scale = -exponent;
    if (const auto point = digits.find('.'); point != std::string::npos) {
        scale += static_cast<std::int64_t>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    auto unscaled = parse_varint(digits);
    const auto narrow = checked_scale(scale);
    if (!unscaled || !narrow) return std::nullopt;
    return decimal{std::move(*unscaled), *narrow};
}

decimal decimal_of(double value) {
    return parse_decimal(double_to_text(value)).value_or(decimal{});
}

double to_double(const decimal& value) {
    const std::string text =
        value.unscaled.str() + "e" + std::to_string(-std::int64_t{value.scale});
    double number = 0;
    const auto* end = text.data() + text.size();
    const auto failed = std::from_chars(text.data(), end, number).ec;
    if (failed == std::errc::result_out_of_range) {
        const bool huge = precision(value.unscaled) - value.scale > 0;
        const double magnitude = huge ? std::numeric_limits<double>::infinity() : 0.0;
        return value.unscaled < 0 ? -magnitude : magnitude;
    }
    return number;
}

std::string to_text(const decimal& value) {
    std::string digits = varint(abs(value.unscaled)).str();
    const char* sign = value.unscaled < 0 ? "-" : "";
    if (value.scale == 0) return sign + digits;
    const std::int64_t exponent = static_cast<std::int64_t>(digits.size()) - 1 - value.scale;
    if (value.scale > 0 && exponent >= -6) {
        const auto fraction = static_cast<std::size_t>(value.scale);
        if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
        digits.insert(digits.size() - fraction, 1, '.');
        return sign + digits;
    }
    if (digits.size() > 1) digits.insert(1, 1, '.');
    if (exponent != 0) digits += fmt::format("E{:+}", exponent);
    return sign + digits;
}

std::int64_t precision(const varint& unscaled) {
    if (unscaled == 0) return 1;
    const varint magnitude = abs(unscaled);
    // log10(2) ≈ 0.30103 bounds the digits from below; at most one comparison corrects it.
    const auto bits = static_cast<std::int64_t>(mp::msb(magnitude));
    auto digits = static_cast<std::int64_t>(static_cast<double>(bits) * 0.30102999566398114) + 1;
    const auto power = mp::pow(varint(10), static_cast<unsigned>(digits));
    if (magnitude >= power) ++digits;
    return digits;
}

std::strong_ordering compare(const decimal& left, const decimal& right) {
    const int left_sign = left.unscaled.sign();
    const int right_sign = right.unscaled.sign();
    if (left_sign != right_sign || left_sign == 0) return left_sign <=> right_sign;
    const auto left_size = precision(left.unscaled) - left.scale;
    const auto right_size = precision(right.unscaled) - right.scale;
    if (left_size != right_size) {
        return left_sign > 0 ? left_size <=> right_size : right_size <=> left_size;
    }
    // Equal magnitudes: the scales differ by no more than the digits that are there.
    const std::int64_t shift = std::int64_t{left.scale} - right.scale;
    const varint ten = 10;
    const int order = shift >= 0
                          ? left.unscaled.compare(
                                varint(right.unscaled * mp::pow(ten, static_cast<unsigned>(shift))))
                          : varint(left.unscaled * mp::pow(ten, static_cast<unsigned>(-shift)))
                                .compare(right.unscaled);
    return order <=> 0;
}

result<decimal> add(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto both, align(left, right));
    return decimal{both.left + both.right, both.scale};
}

result<decimal> subtract(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto both, align(left, right));
    return decimal{both.left - both.right, both.scale};
}

result<decimal> multiply(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto scale, checked_scale(std::int64_t{left.scale} + right.scale));
    return decimal{left.unscaled * right.unscaled, scale};
}

varint divide_rounded(const varint& numerator, const varint& denominator, rounding mode) {
    varint quotient;
    varint rest;
    mp::divide_qr(numerator, denominator, quotient, rest);
    const varint twice = abs(rest) * 2;
    const int half = twice.compare(varint(abs(denominator)));
    const bool away =
        half > 0 ||
        (half == 0 && (mode == rounding::half_up || mp::bit_test(varint(abs(quotient)), 0)));
    if (away) quotient += numerator.sign() * denominator.sign();
    return quotient;
}

result<decimal> divide(const decimal& left, const decimal& right) {
    if (right.unscaled == 0) return invalid("BigInteger divide by zero");
    const std::int64_t first_digit =
        (precision(left.unscaled) - left.scale) - (precision(right.unscaled) - right.scale);
    std::int64_t scale = quotient_digits_min - first_digit;
    scale = std::max({scale, std::int64_t{left.scale}, std::int64_t{right.scale},
                      std::int64_t{quotient_digits_min}});
    scale = std::min(scale, std::int64_t{quotient_scale_max});
    // left / right × 10^scale, with all powers of ten on one side of the fraction.
    const std::int64_t shift = scale - left.scale + right.scale;
    varint numerator = left.unscaled;
    varint denominator = right.unscaled;
    if (shift >= 0) {
        NACRE_TRY(numerator, times_power_of_ten(numerator, shift));
    } else {
        NACRE_TRY(denominator, times_power_of_ten(denominator, -shift));
    }
    return strip_trailing_zeros({divide_rounded(numerator, denominator, rounding::half_up),
                                 static_cast<std::int32_t>(scale)});
}

result<decimal> remainder(const decimal& left, const decimal& right) {
    if (right.unscaled == 0) {
        return invalid("{}", left.unscaled == 0 ? "Division undefined" : "Division by zero");
    }
    NACRE_TRY(const auto both, align(left, right));
    // The scale is that of Java's left - right * quotient, whose integral quotient has as few zeros
    // as the scales of both ask for.
    varint quotient;
    varint rest;
    mp::divide_qr(both.left, both.right, quotient, rest);
    const std::int64_t preferred = std::int64_t{left.scale} - right.scale;
    std::int64_t quotient_scale = std::max<std::int64_t>(preferred, 0);
    if (quotient == 0) quotient_scale = preferred;
    while (quotient_scale > preferred && quotient % 10 == 0) {
        quotient /= 10;
        --quotient_scale;
    }
    const std::int64_t scale = std::max<std::int64_t>(left.scale, quotient_scale + right.scale);
    return with_scale({std::move(rest), both.scale}, static_cast<std::int32_t>(scale),
                      rounding::half_even);
}

result<decimal> with_scale(const decimal& value, std::int32_t scale, rounding mode) {
    const std::int64_t shift = std::int64_t{scale} - value.scale;
    if (shift >= 0) {
        NACRE_TRY(auto unscaled, times_power_of_ten(value.unscaled, shift));
        return decimal{std::move(unscaled), scale};
    }
    // All digits fall away when the shift passes them; the power need not be made.
    if (-shift > precision(value.unscaled)) return decimal{0, scale};
    const auto power = mp::pow(varint(10), static_cast<unsigned>(-shift));
    return decimal{divide_rounded(value.unscaled, power, mode), scale};
}

result<varint> truncate(const decimal& value) {
    if (value.scale <= 0) return times_power_of_ten(value.unscaled, -std::int64_t{value.scale});
    if (value.scale > precision(value.unscaled)) return varint(0);
    return varint(value.unscaled / mp::pow(varint(10), static_cast<unsigned>(value.scale)));
}

decimal strip_trailing_zeros(decimal value) {
    if (value.unscaled == 0) return {};
    varint quotient;
    varint rest;
    while (value.scale > std::numeric_limits<std::int32_t>::min()) {
        mp::divide_qr(value.unscaled, varint(10), quotient, rest);
        if (rest != 0) break;
        value.unscaled.swap(quotient);
        --value.scale;
    }
    return value;
}

}  // namespace nacre::types
