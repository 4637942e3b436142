#include "function/cast.h"

#include <array>
#include <vector>

#include "function/builtins.h"
#include "function/column_function.h"
#include "function/numeric_column.h"
#include "function/time_conversion.h"
#include "types/value.h"

// CAST(x AS t) calls system.cast_as_t(x); there is an overload for every type that t takes.
namespace nacre::function {

using types::type;
using types::type_kind;

namespace {

constexpr std::array numeric_kinds = {type_kind::tinyint, type_kind::smallint, type_kind::int_,
                                      type_kind::bigint,  type_kind::counter,  type_kind::float_,
                                      type_kind::double_, type_kind::varint,   type_kind::decimal};

bool is_text(type_kind kind) {
    return kind == type_kind::text || kind == type_kind::ascii;
}

template <typename Native>
status cast_to_native(const call_batch& batch) {
    const auto& from = *batch.arguments[0];
    for (const std::uint32_t row : batch.rows) {
        if (is_absent(from, row)) {
            batch.result.append_null();
        } else {
            batch.result.append_native(native_at<Native>(from, row));
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
    const type_kind kind = from.type()->kind();
    if (to == type_kind::varint) {
        // Floating point goes by way of a bigint.
        if (kind == type_kind::float_ || kind == type_kind::double_) {
            return types::serialise_varint(types::varint(native_at<std::int64_t>(from, row)));
        }
        NACRE_TRY(const auto value, varint_at(from, row));
        return types::serialise_varint(value);
    }
    if (to == type_kind::decimal) {
        NACRE_TRY(const auto value, decimal_at(from, row));
        return types::serialise_decimal(value);
    }
    const bytes value = *from.serialised(row);
    if (is_text(to)) return unquoted(*from.type(), value);
    const std::int64_t milliseconds = milliseconds_of(kind, value);
    if (to == type_kind::date) return types::serialise_integer(date_of_milliseconds(milliseconds));
    return types::serialise_integer(milliseconds);
}

status cast_each(const call_batch& batch) {
    const auto& from = *batch.arguments[0];
    for (const std::uint32_t row : batch.rows) {
        if (is_absent(from, row)) {
            batch.result.append_null();
            continue;
        }
        NACRE_TRY(const auto value, cast_value(from, row, batch.result.type()->kind()));
        batch.result.append_serialised(value);
    }
    return {};
}

column_body body_for(type_kind to) {
    switch (to) {
        case type_kind::tinyint:
            return cast_to_native<std::int8_t>;
        case type_kind::smallint:
            return cast_to_native<std::int16_t>;
        case type_kind::int_:
            return cast_to_native<std::int32_t>;
        case type_kind::bigint:
            return cast_to_native<std::int64_t>;
        case type_kind::float_:
            return cast_to_native<float>;
        case type_kind::double_:
            return cast_to_native<double>;
        default:
            return cast_each;
    }
}

void add_cast(registry& functions, type_kind from, type_kind to) {
    const auto wanted = type::native(to);
    functions.add(make_builtin(cast_function_name(wanted->to_cql()), {type::native(from)}, wanted,
                               schema::null_input::returns_null, purity::pure, body_for(to)));
}

}  // namespace

std::string cast_function_name(std::string_view type_name) {
    return "cast_as_" + std::string(type_name);
}

void add_casts(registry& functions) {
    for (const auto to : numeric_kinds) {
        if (to == type_kind::counter) continue;
        for (const auto from : numeric_kinds) {
            if (from != to) add_cast(functions, from, to);
        }
    }
    for (const auto to : {type_kind::ascii, type_kind::text}) {
        for (const auto from : numeric_kinds) add_cast(functions, from, to);
        for (const auto from :
             {type_kind::boolean, type_kind::date, type_kind::inet, type_kind::time,
              type_kind::timestamp, type_kind::timeuuid, type_kind::uuid}) {
            add_cast(functions, from, to);
        }
    }
    add_cast(functions, type_kind::ascii, type_kind::text);
    add_cast(functions, type_kind::timeuuid, type_kind::date);
    add_cast(functions, type_kind::timestamp, type_kind::date);
    add_cast(functions, type_kind::timeuuid, type_kind::timestamp);
    add_cast(functions, type_kind::date, type_kind::timestamp);
}

}  // namespace nacre::function
