#include "types/floating_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace nacre::types {

namespace {

template <typename Float>
std::string to_text(Float value) {
    if (std::isnan(value)) return "NaN";
    const std::string sign = std::signbit(value) ? "-" : "";
    if (std::isinf(value)) return sign + "Infinity";
    value = std::abs(value);
    if (value == 0) return sign + "0.0";
    char buffer[512];
    const bool plain = value >= Float(1e-3) && value < Float(1e7);
    const auto form = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, form).ptr;
    std::string text(buffer, end);
    if (plain) return sign + text + (text.find('.') == std::string::npos ? ".0" : "");

    const auto at = text.find('e');
    std::string mantissa = text.substr(0, at);
    if (mantissa.find('.') == std::string::npos) mantissa += ".0";
    return fmt::format("{}{}E{}", sign, mantissa, std::stoi(text.substr(at + 1)));
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
    return std::ranges::equal(a, lower, [](char x, char y) { return (x | 0x20) == y; });
}

template <typename Float>
std::optional<Float> parse(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const Float sign = negative ? Float(-1) : Float(1);
    if (equals_ignoring_case(text, "nan")) return std::numeric_limits<Float>::quiet_NaN();
    if (equals_ignoring_case(text, "infinity")) {
        return sign * std::numeric_limits<Float>::infinity();
    }
    const bool starts_as_number =
        !text.empty() && ((text[0] >= '0' && text[0] <= '9') || text[0] == '.');
    if (!starts_as_number) return std::nullopt;
    Float value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, value);
    if (stop != end || failed == std::errc::invalid_argument) return std::nullopt;
    if (failed == std::errc::result_out_of_range) {
        // from_chars does not say in which direction; the exponent of a valid text does.
        const auto exponent = text.find_first_of("eE");
        const bool tiny = exponent == std::string_view::npos
                              ? text.find_first_of("123456789") > text.find('.')
                              : text.substr(exponent + 1).starts_with('-');
        value = tiny ? Float(0) : std::numeric_limits<Float>::infinity();
    }
    return sign * value;
}

}  // namespace

std::string float_to_text(float value) {
    return to_text(value);
}
std::string double_to_text(double value) {
    return to_text(value);
}

std::optional<float> parse_float(std::string_view text) {
    return parse<float>(text);
}
std::optional<double> parse_double(std::string_view text) {
    return parse<double>(text);
}

}  // namespace nacre::types
