#include "udf/script/descriptor.h"

#include <string_view>

namespace nacre::udf::script {
namespace {

constexpr std::uint32_t descriptor_version = 2;
constexpr std::uint32_t flag_check = 1;
constexpr std::uint32_t flag_returns_null = 2;

template <typename Integer>
void append_little_endian(bytes& out, Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }
}

void append_text(bytes& out, std::string_view text) {
    append_little_endian(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

/// The native protocol's type ids (v5, section 4.2.5.2); vector has none there.
std::uint16_t type_id(types::type_kind kind) {
    using types::type_kind;
    switch (kind) {
        case type_kind::ascii:
            return 0x01;
        case type_kind::bigint:
            return 0x02;
        case type_kind::blob:
            return 0x03;
        case type_kind::boolean:
            return 0x04;
        case type_kind::counter:
            return 0x05;
        case type_kind::decimal:
            return 0x06;
        case type_kind::double_:
            return 0x07;
        case type_kind::float_:
            return 0x08;
        case type_kind::int_:
            return 0x09;
        case type_kind::timestamp:
            return 0x0b;
        case type_kind::uuid:
            return 0x0c;
        case type_kind::text:
            return 0x0d;
        case type_kind::varint:
            return 0x0e;
        case type_kind::timeuuid:
            return 0x0f;
        case type_kind::inet:
            return 0x10;
        case type_kind::date:
            return 0x11;
        case type_kind::time:
            return 0x12;
        case type_kind::smallint:
            return 0x13;
        case type_kind::tinyint:
            return 0x14;
        case type_kind::duration:
            return 0x15;
        case type_kind::list:
            return 0x20;
        case type_kind::map:
            return 0x21;
        case type_kind::set:
            return 0x22;
        case type_kind::user:
            return 0x30;
        case type_kind::tuple:
            return 0x31;
        case type_kind::vector:
            return 0x80;
    }
    return 0;
}

void append_type(bytes& out, const types::type& type) {
    append_little_endian(out, type_id(type.kind()));
    const auto& parameters = type.parameters();
    if (type.kind() == types::type_kind::vector) append_little_endian(out, type.dimensions());
    if (type.kind() == types::type_kind::tuple || type.kind() == types::type_kind::user) {
        append_little_endian(out, static_cast<std::uint16_t>(parameters.size()));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (type.kind() == types::type_kind::user) append_text(out, type.field_names()[i]);
        append_type(out, *parameters[i]);
    }
}

}  // namespace

bytes describe_function(const schema::function_definition& definition, body_check check) {
    std::uint32_t flags = check == body_check::thorough ? flag_check : 0;
    if (definition.on_null == schema::null_input::returns_null) flags |= flag_returns_null;
    bytes out;
    append_little_endian(out, descriptor_version);
    append_little_endian(out, flags);
    append_text(out, definition.name);
    append_text(out, definition.source());
    append_little_endian(out, static_cast<std::uint32_t>(definition.argument_types.size()));
    for (std::size_t i = 0; i < definition.argument_types.size(); ++i) {
        append_text(out, definition.argument_names[i]);
        append_type(out, *definition.argument_types[i]);
    }
    append_type(out, *definition.return_type);
    return out;
}

}  // namespace nacre::udf::script
