#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/multiprecision/cpp_dec_float.hpp>

#include "function/builtins.h"
#include "function/column_function.h"
#include "function/numeric_column.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::decimal;
using types::type;
using types::type_kind;

enum class math : std::uint8_t { abs, exp, log, log10, round };

struct named_math {
    const char* name;
    math which;
};
constexpr std::array all_math = {
    named_math{"abs", math::abs},     named_math{"exp", math::exp},
    named_math{"log", math::log},     named_math{"log10", math::log10},
    named_math{"round", math::round},
};

// Java's NaN has the sign that the processor gives it.
double negative_nan_where_undefined(double argument, double value) {
    if (!std::isnan(value) || std::isnan(argument)) return value;
    return -std::numeric_limits<double>::quiet_NaN();
}

double compute_double(math which, double v) {
    switch (which) {
        case math::abs:
            return std::abs(v);
        case math::exp:
            return std::exp(v);
        case math::log:
            return negative_nan_where_undefined(v, std::log(v));
        case math::log10:
            return negative_nan_where_undefined(v, std::log10(v));
        case math::round:
            break;
    }
    // Halves go up, towards positive infinity, as Java's Math.round has them.
    if (std::isnan(v)) return 0;
    return static_cast<double>(narrow_floating<std::int64_t>(std::floor(v + 0.5)));
}

float compute_float(math which, float v) {
    if (which != math::round) return static_cast<float>(compute_double(which, v));
    if (std::isnan(v)) return 0;
    return static_cast<float>(narrow_floating<std::int32_t>(std::floor(double{v} + 0.5)));
}

template <typename Integer>
Integer compute_integer(math which, Integer v) {
    if (which == math::round) return v;
    if (which == math::abs) {
        return v < 0 ? static_cast<Integer>(-static_cast<std::uint64_t>(v)) : v;
    }
    return narrow_floating<Integer>(compute_double(which, static_cast<double>(v)));
}

// exp and log of numbers of any size have as many digits as those, and 32 at least, as Cassandra's.
using wide_float = boost::multiprecision::cpp_dec_float_100;
constexpr std::int64_t shown_digits_min = 32;
constexpr std::int64_t shown_digits_max = 95;

result<decimal> compute_wide(math which, const decimal& v) {
    if (which != math::exp && v.unscaled <= 0) {
        return invalid("{} of number zero or less", which == math::log ? "Natural log" : "Log10");
    }
    const wide_float x(types::to_text(v));
    wide_float y;
    switch (which) {
        case math::exp:
            y = exp(x);
            break;
        case math::log:
            y = log(x);
            break;
        default:
            y = log10(x);
    }
    if (!isfinite(y)) return invalid("number out of range");
    const auto digits =
        std::clamp(types::precision(v.unscaled), shown_digits_min, shown_digits_max);
    const auto parsed = types::parse_decimal(
        y.str(static_cast<std::streamsize>(digits - 1), std::ios_base::scientific));
    if (!parsed) return invalid("number out of range");
    // Cassandra shows these few exact results as integers, and all others with every digit.
    const bool exact =
        y == 0 || (which == math::exp && x == 0) || (which == math::log10 && (x == 10 || x == 100));
    return exact ? types::strip_trailing_zeros(*parsed) : *parsed;
}

result<optional_bytes> compute_big(math which, type_kind kind, bytes_view value) {
    const bool whole = kind == type_kind::varint;
    decimal v = whole ? decimal{types::load_varint(value), 0} : types::load_decimal(value);
    if (which == math::abs) {
        v.unscaled = abs(v.unscaled);
    } else if (which == math::round) {
        NACRE_TRY(v, types::with_scale(v, 0, types::rounding::half_up));
    } else {
        NACRE_TRY(v, compute_wide(which, v));
    }
    if (!whole) return optional_bytes(types::serialise_decimal(v));
    NACRE_TRY(const auto integer, types::truncate(v));
    return optional_bytes(types::serialise_varint(integer));
}

template <typename Integer>
column_body integer_body(math which) {
    return each_native<Integer>([which](Integer v) { return compute_integer(which, v); });
}

column_body body_of(math which, type_kind kind) {
    switch (kind) {
        case type_kind::tinyint:
            return integer_body<std::int8_t>(which);
        case type_kind::smallint:
            return integer_body<std::int16_t>(which);
        case type_kind::int_:
            return integer_body<std::int32_t>(which);
        case type_kind::bigint:
        case type_kind::counter:
            return integer_body<std::int64_t>(which);
        case type_kind::float_:
            return each_native<float>([which](float v) { return compute_float(which, v); });
        case type_kind::double_:
            return each_native<double>([which](double v) { return compute_double(which, v); });
        default:
            return each_serialised(
                [which, kind](bytes_view value) { return compute_big(which, kind, value); });
    }
}

}  // namespace

void add_math_functions(registry& functions) {
    for (const auto& [name, which] : all_math) {
        for (const auto kind : {type_kind::tinyint, type_kind::smallint, type_kind::int_,
                                type_kind::bigint, type_kind::counter, type_kind::varint,
                                type_kind::float_, type_kind::double_, type_kind::decimal}) {
            const auto t = type::native(kind);
            functions.add(make_builtin(name, {t}, t, schema::null_input::returns_null, purity::pure,
                                       body_of(which, kind)));
        }
    }
}

}  // namespace nacre::function
