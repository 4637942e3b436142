#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "types/floating_text.h"
#include "types/json.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::types {

namespace {

/// An integer's value if 64 bits hold it.
std::optional<std::int64_t> as_int64(const json_value& document) {
    const auto* integer = std::get_if<json_value::integer>(&document.content);
    if (integer == nullptr) return std::nullopt;
    std::int64_t value = 0;
    const auto* end = integer->digits.data() + integer->digits.size();
    const auto [stop, failed] = std::from_chars(integer->digits.data(), end, value);
    if (failed != std::errc() || stop != end) return std::nullopt;
    return value;
}

bool is_int32(std::int64_t value) {
    return static_cast<std::int32_t>(value) == value;
}

/// The names by which Cassandra's errors know the kinds of JSON values.
struct kind_name {
    const json_value& document;
    std::string_view operator()(std::monostate) const { return "null"; }
    std::string_view operator()(bool) const { return "Boolean"; }
    std::string_view operator()(const json_value::integer&) const {
        const auto value = as_int64(document);
        if (!value) return "BigInteger";
        return is_int32(*value) ? "Integer" : "Long";
    }
    std::string_view operator()(double) const { return "Double"; }
    std::string_view operator()(const std::string&) const { return "String"; }
    std::string_view operator()(const json_value::array&) const { return "ArrayList"; }
    std::string_view operator()(const json_value::object&) const { return "LinkedHashMap"; }
};

error unexpected(std::string_view wanted, const json_value& found) {
    return invalid("Expected {}, but got a {}: {}", wanted,
                   std::visit(kind_name{found}, found.content), to_error_text(found));
}

bool is_number(const json_value& document) {
    return std::holds_alternative<json_value::integer>(document.content) ||
           std::holds_alternative<double>(document.content);
}

/// What Cassandra says that it expected of the types that a string alone stands for.
std::string_view wanted_string(type_kind kind) {
    switch (kind) {
        case type_kind::ascii:
            return "an ascii string";
        case type_kind::text:
            return "a UTF-8 string";
        case type_kind::date:
            return "a string representation of a date value";
        case type_kind::time:
            return "a string representation of a time value";
        case type_kind::duration:
            return "a string representation of a duration";
        case type_kind::inet:
            return "a string representation of an inet value";
        case type_kind::uuid:
            return "a string representation of a uuid";
        default:
            return "a string representation of a timeuuid";
    }
}

result<bytes> number_from(const type& t, const json_value& document) {
    const auto value = as_int64(document);
    switch (t.kind()) {
        case type_kind::tinyint:
        case type_kind::smallint:
            if (is_number(document)) return from_text(t, to_error_text(document));
            return unexpected(t.kind() == type_kind::tinyint ? "a byte value" : "a short value",
                              document);
        case type_kind::int_:
            if (value && is_int32(*value)) {
                return serialise_integer(static_cast<std::int32_t>(*value));
            }
            return unexpected("an int value", document);
        case type_kind::timestamp:
            // Cassandra takes no number of 32 bits here.
            if (value && !is_int32(*value)) return serialise_integer(*value);
            return unexpected("a long or a datestring representation of a timestamp value",
                              document);
        case type_kind::float_:
            if (const auto* number = std::get_if<double>(&document.content)) {
                return serialise_float(static_cast<float>(*number));
            }
            if (is_number(document)) return from_text(t, to_error_text(document));
            return unexpected("a float value", document);
        case type_kind::double_:
            if (is_number(document)) return from_text(t, to_error_text(document));
            return unexpected("a double value", document);
        default:
            if (value) return serialise_integer(*value);
            return unexpected("a bigint value", document);
    }
}

result<bytes> blob_from(const json_value& document) {
    const auto refused = [&](std::string_view why) {
        return invalid("Value '{}' is not a valid blob representation: {}", to_error_text(document),
                       why);
    };
    const auto* text = std::get_if<std::string>(&document.content);
    if (text == nullptr) return refused("expected a string");
    if (!text->starts_with("0x")) {
        return refused("String representation of blob is missing 0x prefix: " + *text);
    }
    auto raw = from_hex(std::string_view(*text).substr(2));
    if (!raw) return refused(fmt::format("cannot parse '{}' as hex bytes", text->substr(2)));
    return *std::move(raw);
}

result<bytes> native_from(const type& t, const json_value& document) {
    const auto* text = std::get_if<std::string>(&document.content);
    switch (t.kind()) {
        case type_kind::blob:
            return blob_from(document);
        case type_kind::varint:
        case type_kind::decimal: {
            const std::string written = to_error_text(document);
            auto value = from_text(t, written);
            const bool nothing = t.kind() == type_kind::varint && written.empty();
            if (value && !nothing) return value;
            // Of a number that is too long the error says so.
            if (!value && written.size() > number_digits_max) return value;
            return invalid("Value '{}' is not a valid representation of a {} value", written,
                           t.to_cql());
        }
        case type_kind::boolean:
            if (const auto* value = std::get_if<bool>(&document.content)) {
                return serialise_boolean(*value);
            }
            if (text != nullptr) return from_text(t, *text);
            return unexpected("a boolean value", document);
        case type_kind::tinyint:
        case type_kind::smallint:
        case type_kind::int_:
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
        case type_kind::float_:
        case type_kind::double_:
            return text != nullptr ? from_text(t, *text) : number_from(t, document);
        default:
            if (text == nullptr) return unexpected(wanted_string(t.kind()), document);
            return from_text(t, *text);
    }
}

result<optional_bytes> list_from(const type& t, const json_value& document) {
    const bool is_set = t.kind() == type_kind::set;
    const auto* array = std::get_if<json_value::array>(&document.content);
    if (array == nullptr) {
        return unexpected(is_set ? "a list (representing a set)" : "a list", document);
    }
    if (t.kind() == type_kind::vector && array->size() != t.dimensions()) {
        return invalid("List had incorrect size: expected {} but given {}; {}", t.dimensions(),
                       array->size(), to_error_text(document));
    }
    std::vector<optional_bytes> elements;
    for (const auto& each : *array) {
        if (each.is_null()) return invalid("Invalid null element in {}", is_set ? "set" : "list");
        NACRE_TRY(auto element, from_json(*t.element(), each));
        elements.push_back(std::move(element));
    }
    if (t.kind() == type_kind::vector) {
        std::vector<bytes> present;
        for (auto& element : elements) present.push_back(std::move(*element));
        return optional_bytes(join_vector(t, present));
    }
    if (is_set) {
        const auto order = [&](const optional_bytes& left, const optional_bytes& right) {
            return compare(*t.element(), *left, *right);
        };
        std::ranges::stable_sort(
            elements, [&](const auto& left, const auto& right) { return order(left, right) < 0; });
        const auto repeated = std::ranges::unique(
            elements, [&](const auto& left, const auto& right) { return order(left, right) == 0; });
        elements.erase(repeated.begin(), repeated.end());
    }
    return optional_bytes(join_list(elements));
}

result<optional_bytes> map_from(const type& t, const json_value& document) {
    const auto* object = std::get_if<json_value::object>(&document.content);
    if (object == nullptr) return unexpected("a map", document);
    const auto order = [key = t.key()](const bytes& left, const bytes& right) {
        return compare(*key, left, right) < 0;
    };
    std::map<bytes, bytes, decltype(order)> sorted(order);
    for (const auto& [name, each] : *object) {
        if (each.is_null()) return invalid("Invalid null value in map");
        NACRE_TRY(auto key, from_json(*t.key(), {name}));
        NACRE_TRY(auto value, from_json(*t.mapped(), each));
        if (!key) return invalid("Invalid null key in map");
        sorted.insert_or_assign(std::move(*key), std::move(*value));
    }
    const std::vector<std::pair<bytes, bytes>> entries(sorted.begin(), sorted.end());
    return optional_bytes(join_map(entries));
}

result<optional_bytes> tuple_from(const type& t, const json_value& document) {
    const auto* array = std::get_if<json_value::array>(&document.content);
    if (array == nullptr) return unexpected("a list representation of a tuple", document);
    const auto& wanted = t.parameters();
    if (array->size() > wanted.size()) {
        return invalid("Tuple contains extra items (expected {}): {}", wanted.size(),
                       to_error_text(document));
    }
    if (array->size() < wanted.size()) {
        return invalid("Tuple is missing items (expected {}): {}", wanted.size(),
                       to_error_text(document));
    }
    std::vector<optional_bytes> fields;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        NACRE_TRY(auto field, from_json(*wanted[i], (*array)[i]));
        fields.push_back(std::move(field));
    }
    return optional_bytes(join_fields(fields));
}

result<optional_bytes> user_type_from(const type& t, const json_value& document) {
    const auto* object = std::get_if<json_value::object>(&document.content);
    if (object == nullptr) return unexpected("a map", document);
    const auto& names = t.field_names();
    std::vector<const json_value*> given(names.size());
    std::optional<std::string> unknown;
    for (const auto& [member, value] : *object) {
        const std::string name = name_of_json(member);
        const auto found = std::ranges::find(names, name);
        if (found != names.end()) {
            given[static_cast<std::size_t>(found - names.begin())] = &value;
        } else if (!unknown) {
            unknown = name;
        }
    }
    std::vector<optional_bytes> fields(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (given[i] == nullptr) continue;
        NACRE_TRY(fields[i], from_json(*t.parameters()[i], *given[i]));
    }
    if (unknown) {
        return invalid("Unknown field '{}' in value of user defined type {}", *unknown, t.name());
    }
    return optional_bytes(join_fields(fields));
}

result<optional_bytes> compound_from(const type& t, const json_value& document) {
    switch (t.kind()) {
        case type_kind::map:
            return map_from(t, document);
        case type_kind::tuple:
            return tuple_from(t, document);
        case type_kind::user:
            return user_type_from(t, document);
        default:
            return list_from(t, document);
    }
}

}  // namespace

result<optional_bytes> from_json(const type& t, const json_value& document) {
    if (document.is_null()) return optional_bytes();
    if (t.parameters().empty()) {
        NACRE_TRY(auto value, native_from(t, document));
        return optional_bytes(std::move(value));
    }
    const auto* text = std::get_if<std::string>(&document.content);
    if (text == nullptr) return compound_from(t, document);
    const auto parsed = parse_json(*text);
    if (!parsed) return invalid("Error decoding JSON string: {}", parsed.error().message());
    return compound_from(t, *parsed);
}

}  // namespace nacre::types
