#include <cmath>

#include "base/uuid.h"
#include "types/compound_reader.h"
#include "types/duration.h"
#include "types/inet.h"
#include "types/json.h"
#include "types/temporal.h"
#include "types/value.h"

namespace nacre::types {

namespace {

std::string list_to_json(const type& t, bytes_view value) {
    std::string text = "[";
    collection_reader in(t, value);
    while (in.next()) {
        if (text.size() > 1) text += ", ";
        text += to_json(*t.element(), in.current());
    }
    return text + "]";
}

std::string map_to_json(const type& t, bytes_view value) {
    std::string text = "{";
    collection_reader in(t, value);
    for (std::size_t i = 0; in.next(); ++i) {
        if (i % 2 == 1) {
            text += ": " + to_json(*t.mapped(), in.current());
            continue;
        }
        if (i != 0) text += ", ";
        const std::string key = to_json(*t.key(), in.current());
        text += key.starts_with('"') ? key : quote_json(key);
    }
    return text + "}";
}

std::string fields_to_json(const type& t, bytes_view value) {
    const bool named = t.kind() == type_kind::user;
    std::string text = named ? "{" : "[";
    field_reader in(value);
    for (std::size_t i = 0; i < t.parameters().size(); ++i) {
        if (i != 0) text += ", ";
        if (named) text += quote_json(json_name(t.field_names()[i])) + ": ";
        // Fields that were added to the type later are not there.
        text += in.next() ? to_json(*t.parameters()[i], in.current()) : "null";
    }
    return text + (named ? "}" : "]");
}

std::string native_to_json(const type& t, bytes_view value) {
    switch (t.kind()) {
        case type_kind::float_:
            if (!std::isfinite(load_float(value))) return "null";
            break;
        case type_kind::double_:
            if (!std::isfinite(load_double(value))) return "null";
            break;
        case type_kind::timestamp: {
            std::string text = timestamp_to_text(load_big_endian<std::int64_t>(value.data()));
            text[text.find('T')] = ' ';
            return "\"" + text + "\"";
        }
        case type_kind::duration: {
            const auto parsed = parse_serialised_duration(value);
            const bool is_zero = parsed && *parsed == duration{};
            return is_zero ? "\"\"" : "\"" + to_cql_literal(t, value) + "\"";
        }
        case type_kind::uuid:
        case type_kind::timeuuid:
            return "\"" + to_cql_literal(t, value) + "\"";
        default:
            break;
    }
    std::string literal = to_cql_literal(t, value);
    // The quoted literals are those of times and addresses, which hold no quotes themselves.
    if (!literal.starts_with('\'')) return literal;
    literal.front() = literal.back() = '"';
    return literal;
}

}  // namespace

std::string quote_json(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                quoted += "\\\"";
                break;
            case '\\':
                quoted += "\\\\";
                break;
            case '\b':
                quoted += "\\b";
                break;
            case '\f':
                quoted += "\\f";
                break;
            case '\n':
                quoted += "\\n";
                break;
            case '\r':
                quoted += "\\r";
                break;
            case '\t':
                quoted += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    quoted += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
                } else {
                    quoted.push_back(c);
                }
        }
    }
    return quoted + "\"";
}

std::string to_json(const type& t, const std::optional<bytes_view>& value) {
    if (!value) return "null";
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
            return quote_json(*value);
        case type_kind::blob:
            return "\"0x" + to_hex(*value) + "\"";
        case type_kind::list:
        case type_kind::set:
        case type_kind::vector:
            return list_to_json(t, *value);
        case type_kind::map:
            return map_to_json(t, *value);
        case type_kind::tuple:
        case type_kind::user:
            return fields_to_json(t, *value);
        default:
            return value->empty() ? "\"\"" : native_to_json(t, *value);
    }
}

}  // namespace nacre::types
