#include "base/identifier.h"
#include "base/uuid.h"
#include "types/compound_reader.h"
#include "types/decimal.h"
#include "types/duration.h"
#include "types/floating_text.h"
#include "types/inet.h"
#include "types/temporal.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::types {

namespace {

std::string quote(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        quoted.push_back(c);
        if (c == '\'') quoted.push_back(c);
    }
    quoted.push_back('\'');
    return quoted;
}

std::string element_literal(const type& t, const std::optional<bytes_view>& value) {
    return value ? to_cql_literal(t, *value) : "null";
}

std::string collection_literal(const type& t, bytes_view value) {
    const bool braces = t.kind() == type_kind::set || t.kind() == type_kind::map;
    std::string text = braces ? "{" : "[";
    collection_reader in(t, value);
    for (std::size_t i = 0; in.next(); ++i) {
        const bool is_map_value = t.kind() == type_kind::map && i % 2 == 1;
        if (i != 0) text += is_map_value ? ": " : ", ";
        text += element_literal(is_map_value ? *t.mapped() : *t.element(), in.current());
    }
    return text + (braces ? "}" : "]");
}

std::string fields_literal(const type& t, bytes_view value) {
    const bool is_user = t.kind() == type_kind::user;
    std::string text = is_user ? "{" : "(";
    field_reader in(value);
    for (std::size_t i = 0; i < t.parameters().size() && in.next(); ++i) {
        if (i != 0) text += ", ";
        if (is_user) text += quote_identifier(t.field_names()[i]) + ": ";
        text += element_literal(*t.parameters()[i], in.current());
    }
    return text + (is_user ? "}" : ")");
}

/// `value` is not empty.
std::string native_literal(type_kind kind, bytes_view value) {
    switch (kind) {
        case type_kind::boolean:
            return value[0] != 0 ? "true" : "false";
        case type_kind::tinyint:
            return fmt::to_string(load_big_endian<std::int8_t>(value.data()));
        case type_kind::smallint:
            return fmt::to_string(load_big_endian<std::int16_t>(value.data()));
        case type_kind::int_:
            return fmt::to_string(load_big_endian<std::int32_t>(value.data()));
        case type_kind::bigint:
        case type_kind::counter:
            return fmt::to_string(load_big_endian<std::int64_t>(value.data()));
        case type_kind::float_:
            return float_to_text(load_float(value));
        case type_kind::double_:
            return double_to_text(load_double(value));
        case type_kind::varint:
            return load_varint(value).str();
        case type_kind::decimal:
            return to_text(load_decimal(value));
        case type_kind::date:
            return quote(date_to_text(load_big_endian<std::uint32_t>(value.data())));
        case type_kind::time:
            return quote(time_to_text(load_big_endian<std::int64_t>(value.data())));
        case type_kind::timestamp:
            return quote(timestamp_to_text(load_big_endian<std::int64_t>(value.data())));
        case type_kind::uuid:
        case type_kind::timeuuid:
            return uuid::from_bytes(value).to_string();
        case type_kind::inet:
            return quote(inet_to_text(value));
        default: {
            const auto parsed = parse_serialised_duration(value);
            return parsed ? to_text(*parsed) : "null";
        }
    }
}

}  // namespace

std::string to_cql_literal(const type& t, bytes_view value) {
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
            return quote(value);
        case type_kind::blob:
            return "0x" + to_hex(value);
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::vector:
            return collection_literal(t, value);
        case type_kind::tuple:
        case type_kind::user:
            return fields_literal(t, value);
        // CQL has no literal for the empty value of the other types; like Cassandra's, ours is
        // null.
        default:
            return value.empty() ? "null" : native_literal(t.kind(), value);
    }
}

}  // namespace nacre::types
