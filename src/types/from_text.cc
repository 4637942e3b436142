#include <algorithm>
#include <charconv>

#include "base/uuid.h"
#include "types/decimal.h"
#include "types/duration.h"
#include "types/floating_text.h"
#include "types/inet.h"
#include "types/temporal.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::types {

namespace {

template <typename Integer>
result<bytes> integer_from(std::string_view text, std::string_view java_name) {
    std::string_view digits = text;
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    Integer value = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    if (failed != std::errc() || stop != end) {
        return invalid("Unable to make {} from '{}'", java_name, text);
    }
    return serialise_integer(value);
}

result<bytes> boolean_from(std::string_view text) {
    const auto is = [&](std::string_view word) {
        return std::ranges::equal(text, word, [](char a, char b) { return (a | 0x20) == b; });
    };
    if (text.empty() || is("false")) return serialise_boolean(false);
    if (is("true")) return serialise_boolean(true);
    return invalid("Unable to make boolean from '{}'", text);
}

result<bytes> blob_from(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    auto raw = from_hex(digits);
    if (!raw) return invalid("cannot parse '{}' as hex bytes", text);
    return *std::move(raw);
}

result<bytes> timeuuid_from(std::string_view text) {
    const auto id = uuid::parse(text);
    if (!id) return invalid("Unknown timeuuid representation: {}", text);
    if (id->version() != 1) return invalid("TimeUUID supports only version 1 UUIDs");
    return id->to_bytes();
}

result<bytes> text_from(const type& t, std::string_view text) {
    if (auto valid = validate(t, text); !valid) {
        if (t.kind() == type_kind::ascii)
            return invalid("Invalid ASCII character in string literal");
        return std::move(valid).error();
    }
    return bytes(text);
}

/// Types for which the empty text means the empty value.
result<bytes> from_non_empty(const type& t, std::string_view text) {
    switch (t.kind()) {
        case type_kind::tinyint:
            return integer_from<std::int8_t>(text, "byte");
        case type_kind::smallint:
            return integer_from<std::int16_t>(text, "short");
        case type_kind::int_:
            return integer_from<std::int32_t>(text, "int");
        case type_kind::bigint:
        case type_kind::counter:
            return integer_from<std::int64_t>(text, "long");
        case type_kind::varint: {
            NACRE_TRY(const auto value, parse_varint(text));
            return serialise_varint(value);
        }
        case type_kind::decimal: {
            NACRE_TRY(const auto value, parse_decimal(text));
            return serialise_decimal(value);
        }
        case type_kind::float_: {
            const auto value = parse_float(text);
            if (!value) return invalid("Unable to make float from '{}'", text);
            return serialise_float(*value);
        }
        case type_kind::double_: {
            const auto value = parse_double(text);
            if (!value) return invalid("Unable to make double from '{}'", text);
            return serialise_double(*value);
        }
        case type_kind::timestamp: {
            NACRE_TRY(const auto milliseconds, parse_timestamp(text));
            return serialise_integer(milliseconds);
        }
        case type_kind::uuid: {
            const auto id = uuid::parse(text);
            if (!id) return invalid("Unable to make UUID from '{}'", text);
            return id->to_bytes();
        }
        case type_kind::timeuuid:
            return timeuuid_from(text);
        case type_kind::inet: {
            auto address = parse_inet(text);
            if (!address) return invalid("Unable to make inet address from '{}'", text);
            return *std::move(address);
        }
        default:
            return invalid("{} has no text form", t.to_cql());
    }
}

}  // namespace

result<bytes> from_text(const type& t, std::string_view text) {
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
            return text_from(t, text);
        case type_kind::blob:
            return blob_from(text);
        case type_kind::boolean:
            return boolean_from(text);
        case type_kind::date: {
            NACRE_TRY(const auto stored, parse_date(text));
            return serialise_integer(stored);
        }
        case type_kind::time: {
            NACRE_TRY(const auto nanoseconds, parse_time(text));
            return serialise_integer(nanoseconds);
        }
        case type_kind::duration: {
            NACRE_TRY(const auto parsed, parse_duration(text));
            return serialise_duration(parsed);
        }
        default:
            break;
    }
    if (text.empty() && validate(t, text)) return bytes();
    return from_non_empty(t, text);
}

}  // namespace nacre::types
