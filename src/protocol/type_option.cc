#include "protocol/type_option.h"

#include <optional>
#include <vector>

#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

using types::type;
using types::type_kind;
using types::type_ptr;

enum class option_id : std::uint16_t {
    custom = 0x0000,
    list = 0x0020,
    map = 0x0021,
    set = 0x0022,
    user = 0x0030,
    tuple = 0x0031,
};

/// A native type on the wire: its id, the first version with the id, its class.
struct native_entry {
    type_kind kind;
    std::uint16_t id;
    version since;
    std::string_view class_name;
};

constexpr native_entry natives[] = {
    {type_kind::ascii, 0x0001, version::v3, "AsciiType"},
    {type_kind::bigint, 0x0002, version::v3, "LongType"},
    {type_kind::blob, 0x0003, version::v3, "BytesType"},
    {type_kind::boolean, 0x0004, version::v3, "BooleanType"},
    {type_kind::counter, 0x0005, version::v3, "CounterColumnType"},
    {type_kind::decimal, 0x0006, version::v3, "DecimalType"},
    {type_kind::double_, 0x0007, version::v3, "DoubleType"},
    {type_kind::float_, 0x0008, version::v3, "FloatType"},
    {type_kind::int_, 0x0009, version::v3, "Int32Type"},
    {type_kind::timestamp, 0x000b, version::v3, "TimestampType"},
    {type_kind::uuid, 0x000c, version::v3, "UUIDType"},
    {type_kind::text, 0x000d, version::v3, "UTF8Type"},
    {type_kind::varint, 0x000e, version::v3, "IntegerType"},
    {type_kind::timeuuid, 0x000f, version::v3, "TimeUUIDType"},
    {type_kind::inet, 0x0010, version::v3, "InetAddressType"},
    {type_kind::date, 0x0011, version::v4, "SimpleDateType"},
    {type_kind::time, 0x0012, version::v4, "TimeType"},
    {type_kind::smallint, 0x0013, version::v4, "ShortType"},
    {type_kind::tinyint, 0x0014, version::v4, "ByteType"},
    {type_kind::duration, 0x0015, version::v5, "DurationType"},
};

constexpr std::string_view package = "org.apache.cassandra.db.marshal.";

const native_entry* find_native(type_kind kind) {
    for (const auto& each : natives) {
        if (each.kind == kind) return &each;
    }
    return nullptr;
}

void append_id(bytes& out, option_id id) {
    append_big_endian(out, static_cast<std::uint16_t>(id));
}

type_ptr take_nested(wire_reader& in, std::uint32_t level);

std::vector<type_ptr> take_fields(wire_reader& in, std::uint32_t level,
                                  std::vector<std::string>* names) {
    std::vector<type_ptr> fields;
    for (int left = in.take_short(); left > 0 && !in.failed(); --left) {
        if (names != nullptr) names->emplace_back(in.take_string());
        fields.push_back(take_nested(in, level + 1));
    }
    return fields;
}

type_ptr take_compound(wire_reader& in, option_id id, std::uint32_t level) {
    switch (id) {
        case option_id::list: {
            auto element = take_nested(in, level + 1);
            return in.failed() ? nullptr : type::list_of(std::move(element));
        }
        case option_id::set: {
            auto element = take_nested(in, level + 1);
            return in.failed() ? nullptr : type::set_of(std::move(element));
        }
        case option_id::map: {
            auto key = take_nested(in, level + 1);
            auto mapped = take_nested(in, level + 1);
            return in.failed() ? nullptr : type::map_of(std::move(key), std::move(mapped));
        }
        case option_id::tuple: {
            auto fields = take_fields(in, level, nullptr);
            return in.failed() ? nullptr : type::tuple_of(std::move(fields));
        }
        case option_id::user: {
            std::string keyspace(in.take_string());
            std::string name(in.take_string());
            std::vector<std::string> names;
            auto fields = take_fields(in, level, &names);
            if (in.failed()) return nullptr;
            return type::user(std::move(keyspace), std::move(name), std::move(names),
                              std::move(fields));
        }
        case option_id::custom: {
            auto parsed = from_class_name(in.take_string());
            if (parsed) return std::move(*parsed);
            in.fail(parsed.error().message());
            return nullptr;
        }
    }
    in.fail(fmt::format("unknown type {:#06x}", static_cast<std::uint16_t>(id)));
    return nullptr;
}

type_ptr take_nested(wire_reader& in, std::uint32_t level) {
    if (level >= type_nesting_max_levels) {
        in.fail("a type nests too deeply");
        return nullptr;
    }
    const auto id = in.take_short();
    if (in.failed()) return nullptr;
    for (const auto& each : natives) {
        if (each.id == id) return type::native(each.kind);
    }
    if (id == 0x000a) return type::native(type_kind::text);  // the old id of varchar
    return take_compound(in, static_cast<option_id>(id), level);
}

void append_class_names(std::string& out, const std::vector<type_ptr>& parameters,
                        frozen_user_types how) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (i != 0) out += ',';
        out += to_class_name(*parameters[i], how);
    }
}

std::string user_type_class(const type& t, frozen_user_types how) {
    auto out = fmt::format("{}UserType({},{}", package, t.keyspace(), to_hex(t.name()));
    for (std::size_t i = 0; i < t.parameters().size(); ++i) {
        out += fmt::format(",{}:{}", to_hex(t.field_names()[i]),
                           to_class_name(*t.parameters()[i], how));
    }
    return out + ")";
}

std::string frozen_class(const std::string& inner) {
    return fmt::format("{}FrozenType({})", package, inner);
}

/// Recursive descent over a class name with its parameters in parentheses.
class class_name_parser {
  public:
    explicit class_name_parser(std::string_view text) : _text(text) {}

    result<type_ptr> parse_all() {
        NACRE_TRY(auto parsed, parse(0));
        skip_space();
        if (_at != _text.size()) return malformed();
        return parsed;
    }

  private:
    error malformed() const { return protocol_error("Malformed type class '{}'", _text); }

    void skip_space() {
        while (_at < _text.size() && _text[_at] == ' ') ++_at;
    }
    bool accept(char c) {
        skip_space();
        if (_at >= _text.size() || _text[_at] != c) return false;
        ++_at;
        return true;
    }
    std::string_view word() {
        skip_space();
        const auto from = _at;
        while (_at < _text.size() &&
               std::string_view("(), :").find(_text[_at]) == std::string_view::npos) {
            ++_at;
        }
        return _text.substr(from, _at - from);
    }

    result<type_ptr> parse(std::uint32_t level) {
        if (level >= type_nesting_max_levels) return malformed();
        auto name = word();
        if (name.starts_with(package)) name.remove_prefix(package.size());
        for (const auto& each : natives) {
            if (each.class_name == name) return type::native(each.kind);
        }
        if (!accept('(')) return protocol_error("Unknown type class '{}'", name);
        if (name == "UserType") return parse_user(level);
        if (name == "VectorType") return parse_vector(level);
        std::vector<type_ptr> parameters;
        do {
            NACRE_TRY(auto parameter, parse(level + 1));
            parameters.push_back(std::move(parameter));
        } while (accept(','));
        if (!accept(')')) return malformed();
        if (name == "TupleType") return type::tuple_of(std::move(parameters));
        if (name == "MapType" && parameters.size() == 2) {
            return type::map_of(parameters[0], parameters[1]);
        }
        if (parameters.size() != 1) return malformed();
        if (name == "ListType") return type::list_of(parameters[0]);
        if (name == "SetType") return type::set_of(parameters[0]);
        if (name == "FrozenType") return type::freeze(parameters[0]);
        if (name == "ReversedType") return parameters[0];
        return protocol_error("Unknown type class '{}'", name);
    }

    result<type_ptr> parse_vector(std::uint32_t level) {
        NACRE_TRY(auto element, parse(level + 1));
        if (!accept(',')) return malformed();
        const auto digits = word();
        std::uint32_t dimensions = 0;
        if (digits.empty() || digits.size() > 5) return malformed();
        for (const char c : digits) {
            if (c < '0' || c > '9') return malformed();
            dimensions = dimensions * 10 + static_cast<std::uint32_t>(c - '0');
        }
        if (!accept(')')) return malformed();
        return type::vector_of(std::move(element), dimensions);
    }

    result<type_ptr> parse_user(std::uint32_t level) {
        const std::string keyspace(word());
        if (!accept(',')) return malformed();
        const auto name = from_hex(word());
        std::vector<std::string> names;
        std::vector<type_ptr> fields;
        while (accept(',')) {
            const auto field = from_hex(word());
            if (!field || !accept(':')) return malformed();
            NACRE_TRY(auto field_type, parse(level + 1));
            names.push_back(*field);
            fields.push_back(std::move(field_type));
        }
        if (!name || !accept(')')) return malformed();
        return type::user(keyspace, *name, std::move(names), std::move(fields));
    }

    std::string_view _text;
    std::size_t _at = 0;
};

}  // namespace

void append_type(bytes& out, version v, const type& t) {
    if (const auto* native = find_native(t.kind())) {
        if (v >= native->since) {
            append_big_endian(out, native->id);
            return;
        }
    }
    switch (t.kind()) {
        case type_kind::list:
            append_id(out, option_id::list);
            append_type(out, v, *t.element());
            return;
        case type_kind::set:
            append_id(out, option_id::set);
            append_type(out, v, *t.element());
            return;
        case type_kind::map:
            append_id(out, option_id::map);
            append_type(out, v, *t.key());
            append_type(out, v, *t.mapped());
            return;
        case type_kind::tuple:
            append_id(out, option_id::tuple);
            append_big_endian(out, static_cast<std::uint16_t>(t.parameters().size()));
            for (const auto& field : t.parameters()) append_type(out, v, *field);
            return;
        case type_kind::user:
            append_id(out, option_id::user);
            append_string(out, t.keyspace());
            append_string(out, t.name());
            append_big_endian(out, static_cast<std::uint16_t>(t.parameters().size()));
            for (std::size_t i = 0; i < t.parameters().size(); ++i) {
                append_string(out, t.field_names()[i]);
                append_type(out, v, *t.parameters()[i]);
            }
            return;
        default:
            append_id(out, option_id::custom);
            append_string(out, to_class_name(t));
    }
}

types::type_ptr take_type(wire_reader& in) {
    return take_nested(in, 0);
}

std::string to_class_name(const type& t, frozen_user_types how) {
    std::string out(package);
    if (const auto* native = find_native(t.kind())) return out.append(native->class_name);
    switch (t.kind()) {
        case type_kind::list:
            out += "ListType(";
            break;
        case type_kind::set:
            out += "SetType(";
            break;
        case type_kind::map:
            out += "MapType(";
            break;
        case type_kind::tuple:
            out += "TupleType(";
            break;
        case type_kind::vector:
            return out + fmt::format("VectorType({} , {})", to_class_name(*t.element(), how),
                                     t.dimensions());
        case type_kind::user: {
            auto name = user_type_class(t, how);
            const bool is_marked = t.is_frozen() && how == frozen_user_types::marked;
            return is_marked ? frozen_class(name) : name;
        }
        default:
            break;
    }
    append_class_names(out, t.parameters(), how);
    out += ')';
    return t.is_collection() && t.is_frozen() ? frozen_class(out) : out;
}

result<types::type_ptr> from_class_name(std::string_view name) {
    return class_name_parser(name).parse_all();
}

}  // namespace nacre::protocol
