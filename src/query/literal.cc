#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/uuid.h"
#include "query/binder.h"
#include "types/decimal.h"

namespace nacre::query {

using cql::literal_kind;
using types::type_kind;

namespace {

// Which kinds of literal may stand for a native type, as Cassandra's grammar has it.
bool may_stand_for(literal_kind literal, type_kind wanted) {
    switch (literal) {
        case literal_kind::string:
            return wanted == type_kind::ascii || wanted == type_kind::text ||
                   wanted == type_kind::inet || wanted == type_kind::date ||
                   wanted == type_kind::time || wanted == type_kind::timestamp;
        case literal_kind::integer:
            switch (wanted) {
                case type_kind::bigint:
                case type_kind::counter:
                case type_kind::date:
                case type_kind::decimal:
                case type_kind::double_:
                case type_kind::duration:
                case type_kind::float_:
                case type_kind::int_:
                case type_kind::smallint:
                case type_kind::time:
                case type_kind::timestamp:
                case type_kind::tinyint:
                case type_kind::varint:
                    return true;
                default:
                    return false;
            }
        case literal_kind::floating:
            return wanted == type_kind::decimal || wanted == type_kind::double_ ||
                   wanted == type_kind::float_;
        case literal_kind::uuid:
            return wanted == type_kind::uuid || wanted == type_kind::timeuuid;
        case literal_kind::boolean:
            return wanted == type_kind::boolean;
        case literal_kind::blob:
            return wanted == type_kind::blob;
        case literal_kind::duration:
            return wanted == type_kind::duration;
        case literal_kind::null:
            return true;
    }
    return false;
}

/// Whether a double's shortest spelling means the very number of the text; what a double can't say
/// is a decimal, as in Cassandra.
bool is_double(std::string_view text) {
    const auto exact = types::parse_decimal(text);
    if (!exact) return true;  // NaN, Infinity
    const double value = types::to_double(*exact);
    return std::isfinite(value) && types::compare(*exact, types::decimal_of(value)) == 0;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c & 0x80) == 0; });
}

bool is_time_based(std::string_view text) {
    const auto id = uuid::parse(text);
    return id && id->version() == 1;
}

}  // namespace

function::fit literal_fit(const cql::literal& literal, const types::type& wanted) {
    if (literal.kind == literal_kind::null) return function::fit::weak;
    if (!may_stand_for(literal.kind, wanted.kind())) return function::fit::none;
    const auto preferred = literal_type(literal);
    return preferred && preferred->kind() == wanted.kind() ? function::fit::exact
                                                           : function::fit::weak;
}

types::type_ptr literal_type(const cql::literal& literal) {
    using types::type;
    switch (literal.kind) {
        case literal_kind::null:
            return nullptr;
        case literal_kind::boolean:
            return type::native(type_kind::boolean);
        case literal_kind::integer: {
            std::int64_t value = 0;
            const auto* end = literal.text.data() + literal.text.size();
            const auto [stop, failed] = std::from_chars(literal.text.data(), end, value);
            if (failed != std::errc() || stop != end) return type::native(type_kind::varint);
            const bool narrow = value == static_cast<std::int32_t>(value);
            return type::native(narrow ? type_kind::int_ : type_kind::bigint);
        }
        case literal_kind::floating:
            return type::native(is_double(literal.text) ? type_kind::double_ : type_kind::decimal);
        case literal_kind::string:
            return type::native(is_ascii(literal.text) ? type_kind::ascii : type_kind::text);
        case literal_kind::uuid:
            return type::native(is_time_based(literal.text) ? type_kind::timeuuid
                                                            : type_kind::uuid);
        case literal_kind::blob:
            return type::native(type_kind::blob);
        case literal_kind::duration:
            return type::native(type_kind::duration);
    }
    return nullptr;
}

}  // namespace nacre::query
