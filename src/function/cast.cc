#include "function/cast.h"

#include "function/column_function.h"
#include "function/numeric_column.h"
#include "function/time_conversion.h"
#include "types/value.h"

namespace nacre::function {

using types::type_kind;

namespace {

bool is_text(type_kind kind) {
    return kind == type_kind::text || kind == type_kind::ascii;
}

bool is_time_cast(type_kind from, type_kind to) {
    using enum type_kind;
    switch (to) {
        case timestamp:
            return from == timeuuid || from == date;
        case date:
            return from == timeuuid || from == timestamp;
        default:
            return false;
    }
}

template <typename Native>
status cast_to_native(const data::column_vector& from, std::uint32_t rows,
                      data::column_vector& out) {
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (is_absent(from, row)) {
            out.append_null();
        } else {
            out.append_native(native_at<Native>(from, row));
        }
    }
    return {};
}

std::string unquoted(const types::type& t, bytes_view value) {
    if (is_text(t.kind())) return std::string(value);
    std::string literal = types::to_cql_literal(t, value);
    // The quoted literals are those of times and addresses, which hold no quotes themselves.
    if (literal.starts_with('\'')) literal = literal.substr(1, literal.size() - 2);
    return literal;
}

result<bytes> cast_value(const data::column_vector& from, std::uint32_t row, type_kind to) {
    if (to == type_kind::varint) {
        NACRE_TRY(const auto value, varint_at(from, row));
        return types::serialise_varint(value);
    }
    if (to == type_kind::decimal) {
        NACRE_TRY(const auto value, decimal_at(from, row));
        return types::serialise_decimal(value);
    }
    const bytes value = *from.serialised(row);
    if (is_text(to)) return unquoted(*from.type(), value);
    const std::int64_t milliseconds = milliseconds_of(from.type()->kind(), value);
    if (to == type_kind::date) return types::serialise_integer(date_of_milliseconds(milliseconds));
    return types::serialise_integer(milliseconds);
}

status cast_each(const data::column_vector& from, std::uint32_t rows, data::column_vector& out) {
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (is_absent(from, row)) {
            out.append_null();
            continue;
        }
        NACRE_TRY(const auto value, cast_value(from, row, out.type()->kind()));
        out.append_serialised(value);
    }
    return {};
}

}  // namespace

bool can_cast(const types::type& from, const types::type& to) {
    if (from.same_values(to)) return true;
    if (is_numeric(from.kind()) && is_numeric(to.kind())) return to.kind() != type_kind::counter;
    if (is_text(to.kind())) {
        // Plain ascii is text; text is not ascii, and raw bytes are neither.
        if (to.kind() == type_kind::ascii && from.kind() == type_kind::text) return false;
        return from.parameters().empty() && from.kind() != type_kind::blob;
    }
    return is_time_cast(from.kind(), to.kind());
}

status evaluate_cast(const data::column_vector& from, std::uint32_t rows,
                     data::column_vector& out) {
    out.reserve(out.size() + rows);
    if (is_numeric(from.type()->kind())) {
        switch (out.type()->kind()) {
            case type_kind::tinyint:
                return cast_to_native<std::int8_t>(from, rows, out);
            case type_kind::smallint:
                return cast_to_native<std::int16_t>(from, rows, out);
            case type_kind::int_:
                return cast_to_native<std::int32_t>(from, rows, out);
            case type_kind::bigint:
                return cast_to_native<std::int64_t>(from, rows, out);
            case type_kind::float_:
                return cast_to_native<float>(from, rows, out);
            case type_kind::double_:
                return cast_to_native<double>(from, rows, out);
            default:
                break;
        }
    }
    if (from.type()->same_values(*out.type())) {
        for (std::uint32_t row = 0; row < rows; ++row) out.append_from(from, row);
        return {};
    }
    return cast_each(from, rows, out);
}

}  // namespace nacre::function
