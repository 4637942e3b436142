#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Text forms of float and double as CQL has them: NaN, Infinity, -Infinity, and otherwise the
/// shortest digits that read back as the same number, with a point or an exponent ("1.0",
/// "1.0E10").
namespace nacre::types {

[[nodiscard]] std::string float_to_text(float value);
[[nodiscard]] std::string double_to_text(double value);

/// Too large a number becomes infinite, too small a one zero. Absent if `text` is no number.
[[nodiscard]] std::optional<float> parse_float(std::string_view text);
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

}  // namespace nacre::types
