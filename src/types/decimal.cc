#include "types/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "types/floating_text.h"

namespace nacre::types {

namespace mp = boost::multiprecision;

namespace {

constexpr std::int32_t quotient_digits_min = 32;
constexpr std::int32_t quotient_scale_max = 1000;

result<std::int32_t> checked_scale(std::int64_t scale) {
    if (scale < std::numeric_limits<std::int32_t>::min() ||
        scale > std::numeric_limits<std::int32_t>::max()) {
        return invalid("decimal out of range: its scale would be {}", scale);
    }
    return static_cast<std::int32_t>(scale);
}

varint power_of_ten(std::int64_t exponent) {
    return mp::pow(varint(10), static_cast<unsigned>(exponent));
}

result<decimal> checked(decimal value) {
    NACRE_CHECK(check_size(value.unscaled));
    return value;
}

/// The decimal logarithm of a magnitude that is not zero, to within 1e-10.
double log10_of(const varint& value) {
    long exponent = 0;
    const double mantissa = mpz_get_d_2exp(&exponent, value.backend().data());
    return std::log10(std::abs(mantissa)) + static_cast<double>(exponent) * std::log10(2.0);
}

/// Divides by ten as often as nothing is lost, at most so often; says how often. In steps that
/// double as long as they can be made, and halve then.
std::int64_t take_trailing_zeros(varint& value, std::int64_t count_max) {
    std::int64_t taken = 0;
    varint quotient;
    varint rest;
    const auto take = [&](std::int64_t zeros) {
        if (zeros > count_max - taken) return false;
        mp::divide_qr(value, power_of_ten(zeros), quotient, rest);
        if (rest != 0) return false;
        value.swap(quotient);
        taken += zeros;
        return true;
    };
    std::int64_t step = 1;
    while (take(step)) step *= 2;
    while ((step /= 2) != 0) take(step);
    return taken;
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

status check_shift(std::int64_t digits) {
    if (digits <= shift_digits_max) return {};
    return invalid("decimal out of range: the result would have over {} digits", shift_digits_max);
}

result<varint> times_power_of_ten(const varint& value, std::int64_t digits) {
    if (value == 0 || digits == 0) return value;
    NACRE_CHECK(check_shift(digits));
    return varint(value * power_of_ten(digits));
}

decimal load_decimal(bytes_view value) {
    if (value.size() < 4) return {};
    return {load_varint(value.substr(4)), load_big_endian<std::int32_t>(value.data())};
}

bytes serialise_decimal(const decimal& value) {
    bytes out = to_big_endian(value.scale);
    out += serialise_varint(value.unscaled);
    return out;
}

result<decimal> parse_decimal(std::string_view text) {
    const auto not_a_decimal = [text] {
        return invalid("unable to make BigDecimal from '{}'", text);
    };
    std::int64_t exponent = 0;
    std::string_view mantissa = text;
    if (const auto at = text.find_first_of("eE"); at != std::string_view::npos) {
        std::string_view digits = text.substr(at + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        if (digits.starts_with('+')) return not_a_decimal();
        const auto* end = digits.data() + digits.size();
        const auto [stop, failed] = std::from_chars(digits.data(), end, exponent);
        if (failed != std::errc() || stop != end) return not_a_decimal();
        if (exponent > 10'000'000'000 || exponent < -10'000'000'000) return not_a_decimal();
        mantissa = text.substr(0, at);
    }
    std::string digits(mantissa);
    std::int64_t scale = -exponent;
    if (const auto point = digits.find('.'); point != std::string::npos) {
        scale += static_cast<std::int64_t>(digits.size() - point - 1);
        digits.erase(point, 1);
    }
    auto unscaled = parse_varint(digits);
    // Not of a text that is no number at all.
    if (!unscaled && digits.size() > number_digits_max) return std::move(unscaled).error();
    const auto narrow = checked_scale(scale);
    if (!unscaled || !narrow) return not_a_decimal();
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
    const double logarithm = log10_of(magnitude);
    const auto below = static_cast<std::int64_t>(std::floor(logarithm - 1e-9));
    const auto above = static_cast<std::int64_t>(std::floor(logarithm + 1e-9));
    // Next to a power of ten the logarithm can't tell on which side.
    if (below == above || magnitude >= power_of_ten(above)) return above + 1;
    return above;
}

std::strong_ordering compare(const decimal& left, const decimal& right) {
    const int left_sign = left.unscaled.sign();
    const int right_sign = right.unscaled.sign();
    if (left_sign != right_sign || left_sign == 0) return left_sign <=> right_sign;
    if (left.scale == right.scale) return left.unscaled.compare(right.unscaled) <=> 0;
    // The scales, 32 bits, leave the difference of the sums correct to a millionth.
    const double left_size = log10_of(left.unscaled) - left.scale;
    const double right_size = log10_of(right.unscaled) - right.scale;
    if (std::abs(left_size - right_size) > 1e-5) {
        return (left_size < right_size) == (left_sign > 0) ? std::strong_ordering::less
                                                           : std::strong_ordering::greater;
    }
    // Equal magnitudes: the scales differ by no more than the digits that are there.
    const std::int64_t shift = std::int64_t{left.scale} - right.scale;
    const int order = shift >= 0
                          ? left.unscaled.compare(varint(right.unscaled * power_of_ten(shift)))
                          : varint(left.unscaled * power_of_ten(-shift)).compare(right.unscaled);
    return order <=> 0;
}

result<decimal> add(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto both, align(left, right));
    return checked({both.left + both.right, both.scale});
}

result<decimal> subtract(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto both, align(left, right));
    return checked({both.left - both.right, both.scale});
}

result<decimal> multiply(const decimal& left, const decimal& right) {
    NACRE_TRY(const auto scale, checked_scale(std::int64_t{left.scale} + right.scale));
    return checked({left.unscaled * right.unscaled, scale});
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
    return checked(strip_trailing_zeros({divide_rounded(numerator, denominator, rounding::half_up),
                                         static_cast<std::int32_t>(scale)}));
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
    if (quotient != 0) quotient_scale -= take_trailing_zeros(quotient, quotient_scale - preferred);
    const std::int64_t scale = std::max<std::int64_t>(left.scale, quotient_scale + right.scale);
    return with_scale({std::move(rest), both.scale}, static_cast<std::int32_t>(scale),
                      rounding::half_even);
}

result<decimal> with_scale(const decimal& value, std::int32_t scale, rounding mode) {
    const std::int64_t shift = std::int64_t{scale} - value.scale;
    if (shift >= 0) {
        NACRE_TRY(auto unscaled, times_power_of_ten(value.unscaled, shift));
        return checked({std::move(unscaled), scale});
    }
    // All digits fall away when the shift passes them; the power need not be made.
    if (-shift > precision(value.unscaled)) return decimal{0, scale};
    return decimal{divide_rounded(value.unscaled, power_of_ten(-shift), mode), scale};
}

result<varint> truncate(const decimal& value) {
    if (value.scale <= 0) {
        NACRE_TRY(auto whole, times_power_of_ten(value.unscaled, -std::int64_t{value.scale}));
        NACRE_CHECK(check_size(whole));
        return whole;
    }
    if (value.scale > precision(value.unscaled)) return varint(0);
    return varint(value.unscaled / power_of_ten(value.scale));
}

decimal strip_trailing_zeros(decimal value) {
    if (value.unscaled == 0) return {};
    const std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
    const auto taken = take_trailing_zeros(value.unscaled, value.scale - lowest);
    value.scale = static_cast<std::int32_t>(value.scale - taken);
    return value;
}

}  // namespace nacre::types
