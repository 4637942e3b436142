#include "function/cast.h"

#include <cmath>
#include <limits>
#include <variant>

#include "types/decimal.h"
#include "types/temporal.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::function {

using types::type_kind;

namespace {

bool is_number(type_kind kind) {
    switch (kind) {
        case type_kind::tinyint:
        case type_kind::smallint:
        case type_kind::int_:
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::float_:
        case type_kind::double_:
        case type_kind::varint:
        case type_kind::decimal:
            return true;
        default:
            return false;
    }
}

using number = std::variant<std::int64_t, double, types::varint, types::decimal>;

number load_number(type_kind kind, bytes_view value) {
    switch (kind) {
        case type_kind::tinyint:
            return std::int64_t{load_big_endian<std::int8_t>(value.data())};
        case type_kind::smallint:
            return std::int64_t{load_big_endian<std::int16_t>(value.data())};
        case type_kind::int_:
            return std::int64_t{load_big_endian<std::int32_t>(value.data())};
        case type_kind::float_:
            return double{types::load_float(value)};
        case type_kind::double_:
            return types::load_double(value);
        case type_kind::varint:
            return types::load_varint(value);
        case type_kind::decimal:
            return types::load_decimal(value);
        default:
            return load_big_endian<std::int64_t>(value.data());
    }
}

double to_double(const number& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    if (const auto* big = std::get_if<types::varint>(&value)) {
        return types::to_double(types::decimal{*big, 0});
    }
    return types::to_double(std::get<types::decimal>(value));
}

// Java's narrowing: NaN is 0, what is out of range is the nearest end.
template <typename Integer>
Integer saturate(double value) {
    if (std::isnan(value)) return 0;
    if (value >= static_cast<double>(std::numeric_limits<Integer>::max())) {
        return std::numeric_limits<Integer>::max();
    }
    if (value <= static_cast<double>(std::numeric_limits<Integer>::min())) {
        return std::numeric_limits<Integer>::min();
    }
    return static_cast<Integer>(value);
}

result<types::varint> to_varint(const number& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return types::varint(*whole);
    if (const auto* big = std::get_if<types::varint>(&value)) return *big;
    if (const auto* exact = std::get_if<types::decimal>(&value)) return types::truncate(*exact);
    const double real = std::get<double>(value);
    if (!std::isfinite(real)) return types::varint(saturate<std::int64_t>(real));
    return types::truncate(types::decimal_of(real));
}

result<types::decimal> to_decimal(const number& value) {
    if (const auto* exact = std::get_if<types::decimal>(&value)) return *exact;
    if (const auto* real = std::get_if<double>(&value)) {
        if (!std::isfinite(*real)) {
            return invalid("A {} cannot be converted to a decimal", *real);
        }
        return types::decimal_of(*real);
    }
    NACRE_TRY(auto whole, to_varint(value));
    return types::decimal{std::move(whole), 0};
}

// Integers of 64 bits or less wrap into each other; reals go through int (long for bigint).
result<std::int64_t> to_integer(const number& value, type_kind to) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    if (const auto* real = std::get_if<double>(&value)) {
        if (to == type_kind::bigint || to == type_kind::counter) {
            return saturate<std::int64_t>(*real);
        }
        return std::int64_t{saturate<std::int32_t>(*real)};
    }
    NACRE_TRY(const auto big, to_varint(value));
    return types::low_64_bits(big);
}

result<bytes> store_number(const number& value, type_kind to) {
    switch (to) {
        case type_kind::float_:
            return types::serialise_float(static_cast<float>(to_double(value)));
        case type_kind::double_:
            return types::serialise_double(to_double(value));
        case type_kind::varint: {
            NACRE_TRY(const auto whole, to_varint(value));
            return types::serialise_varint(whole);
        }
        case type_kind::decimal: {
            NACRE_TRY(const auto exact, to_decimal(value));
            return types::serialise_decimal(exact);
        }
        default:
            break;
    }
    NACRE_TRY(const auto whole, to_integer(value, to));
    switch (to) {
        case type_kind::tinyint:
            return to_big_endian(static_cast<std::int8_t>(whole));
        case type_kind::smallint:
            return to_big_endian(static_cast<std::int16_t>(whole));
        case type_kind::int_:
            return to_big_endian(static_cast<std::int32_t>(whole));
        default:
            return to_big_endian(whole);
    }
}

// The value's CQL text without the quotes of a literal.
bytes to_plain_text(const types::type& from, bytes_view value) {
    if (from.kind() == type_kind::text || from.kind() == type_kind::ascii) return bytes(value);
    auto literal = types::to_cql_literal(from, value);
    if (literal.size() >= 2 && literal.front() == '\'' && literal.back() == '\'') {
        literal = literal.substr(1, literal.size() - 2);
    }
    return literal;
}

std::int64_t milliseconds_of(type_kind from, bytes_view value) {
    constexpr std::int64_t gregorian_offset_100ns = 0x01b21dd213814000;
    if (from == type_kind::timestamp) return load_big_endian<std::int64_t>(value.data());
    if (from == type_kind::date) {
        const auto days = std::int64_t{load_big_endian<std::uint32_t>(value.data())};
        return (days - types::date_epoch_offset_days) * types::milliseconds_per_day;
    }
    const auto low = std::int64_t{load_big_endian<std::uint32_t>(value.data())};
    const auto middle = std::int64_t{load_big_endian<std::uint16_t>(value.data() + 4)};
    const auto high = std::int64_t{load_big_endian<std::uint16_t>(value.data() + 6)} & 0x0fff;
    return ((high << 48 | middle << 32 | low) - gregorian_offset_100ns) / 10'000;
}

bool is_text(type_kind kind) {
    return kind == type_kind::text || kind == type_kind::ascii;
}

bool is_moment(type_kind kind) {
    return kind == type_kind::timestamp || kind == type_kind::date || kind == type_kind::timeuuid;
}

bytes store_moment(std::int64_t milliseconds, type_kind to) {
    if (to == type_kind::timestamp) return to_big_endian(milliseconds);
    auto days = milliseconds / types::milliseconds_per_day;
    if (milliseconds % types::milliseconds_per_day < 0) --days;
    return to_big_endian(static_cast<std::uint32_t>(days + types::date_epoch_offset_days));
}

result<bytes> cast_value(const types::type& from, const types::type& to, bytes_view value) {
    if (is_text(to.kind())) return to_plain_text(from, value);
    if (is_moment(from.kind())) {
        return store_moment(milliseconds_of(from.kind(), value), to.kind());
    }
    return store_number(load_number(from.kind(), value), to.kind());
}

}  // namespace

bool can_cast(const types::type& from, const types::type& to) {
    if (is_number(from.kind()) && is_number(to.kind())) return to.kind() != type_kind::counter;
    if (is_moment(from.kind()) &&
        (to.kind() == type_kind::timestamp || to.kind() == type_kind::date)) {
        return true;
    }
    if (!is_text(to.kind())) return false;
    switch (from.kind()) {
        case type_kind::ascii:
        case type_kind::text:
        case type_kind::boolean:
        case type_kind::inet:
        case type_kind::time:
        case type_kind::timestamp:
        case type_kind::date:
        case type_kind::timeuuid:
        case type_kind::uuid:
            return true;
        default:
            return is_number(from.kind());
    }
}

status evaluate_cast(const data::column_vector& values, std::uint32_t rows,
                     data::column_vector& out) {
    for (std::uint32_t row = 0; row < rows; ++row) {
        const auto value = values.serialised(row);
        if (!value || (value->empty() && !is_text(values.type()->kind()))) {
            out.append_null();
            continue;
        }
        NACRE_TRY(const auto converted, cast_value(*values.type(), *out.type(), *value));
        out.append_serialised(converted);
    }
    return {};
}

}  // namespace nacre::function
