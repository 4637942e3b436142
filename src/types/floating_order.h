#pragma once

#include <cmath>
#include <compare>

namespace nacre::types {

/// The order of CQL's float and double (Java's compare): -0.0 before 0.0, and NaN, which equals
/// itself whatever its bits, after everything.
template <typename Float>
[[nodiscard]] inline std::strong_ordering compare_floating(Float left, Float right) {
    if (left < right) return std::strong_ordering::less;
    if (left > right) return std::strong_ordering::greater;
    if (std::isnan(left) || std::isnan(right)) return std::isnan(left) <=> std::isnan(right);
    return std::signbit(right) <=> std::signbit(left);
}

}  // namespace nacre::types
