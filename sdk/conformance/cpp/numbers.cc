#include <nacre/function.h>

#include <algorithm>
#include <cmath>
#include <limits>

NACRE_FUNCTION NACRE_DETERMINISTIC std::int64_t fib(std::int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

// Over whole columns.
NACRE_FUNCTION NACRE_DETERMINISTIC nacre::new_column<std::int64_t> sum_of_widths(
    nacre::column<std::int8_t> a, nacre::column<std::int16_t> b, nacre::column<std::int32_t> c,
    nacre::column<std::int64_t> d) {
    nacre::new_column<std::int64_t> sums(a.size());
    for (std::uint32_t row = 0; row < a.size(); ++row)
        sums[row] = d[row] + c[row] + b[row] + a[row];
    return sums;
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::int8_t clamped(std::int64_t v) {
    return static_cast<std::int8_t>(std::clamp<std::int64_t>(v, -128, 127));
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::int16_t high_half(std::int32_t v) {
    return static_cast<std::int16_t>(v >> 16);
}

NACRE_FUNCTION NACRE_DETERMINISTIC double hypotenuse(double a, double b) {
    return std::sqrt(a * a + b * b);
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::int32_t or_zero(std::optional<std::int32_t> v) {
    return v.value_or(0);
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::optional<bool> both(std::optional<bool> a,
                                                            std::optional<bool> b) {
    if (a == false || b == false) return false;
    if (!a || !b) return std::nullopt;
    return true;
}

NACRE_FUNCTION NACRE_DETERMINISTIC std::int64_t divided(std::int64_t a, std::int64_t b) {
    if (b == 0) nacre::fail("division by zero");
    return a / b;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::counter doubled(nacre::counter hits) {
    return {hits.value * 2};
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::varint difference(const nacre::varint& a,
                                                            const nacre::varint& b) {
    return a - b;
}

NACRE_FUNCTION NACRE_DETERMINISTIC nacre::decimal gross(const nacre::decimal& net,
                                                        const nacre::decimal& rate) {
    return net + net * rate;
}
