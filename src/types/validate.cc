#include <algorithm>

#include <utf8.h>

#include "types/compound_reader.h"
#include "types/duration.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::types {

namespace {

status validate_text(bytes_view value) {
    // Most text is ASCII, which eight bytes at a time can tell.
    std::size_t plain = 0;
    while (plain + 8 <= value.size()) {
        std::uint64_t word;
        std::memcpy(&word, value.data() + plain, sizeof(word));
        if ((word & 0x8080808080808080) != 0) break;
        plain += 8;
    }
    if (!utf8::is_valid(value.begin() + plain, value.end())) {
        return invalid("String didn't validate.");
    }
    return {};
}

status validate_ascii(bytes_view value) {
    const auto bad = std::ranges::find_if(value, [](char c) { return (c & 0x80) != 0; });
    if (bad == value.end()) return {};
    return invalid("Invalid byte for ascii: {}", static_cast<int>(static_cast<signed char>(*bad)));
}

status validate_timeuuid(bytes_view value) {
    if (!value.empty() && value.size() != 16) {
        return invalid("UUID should be 16 or 0 bytes ({})", value.size());
    }
    if (!value.empty() && (value[6] & 0xf0) != 0x10) {
        return invalid("Invalid version for TimeUUID type: 0x{:x}",
                       static_cast<unsigned char>(value[6]) >> 4);
    }
    return {};
}

status validate_collection(const type& t, bytes_view value) {
    const bool is_vector = t.kind() == type_kind::vector;
    if (is_vector && value.empty()) return invalid("Invalid empty vector value");
    collection_reader in(t, value);
    for (std::size_t i = 0; in.next(); ++i) {
        if (!in.current()) return invalid("Null value read when not allowed");
        const bool is_map_value = t.kind() == type_kind::map && i % 2 == 1;
        NACRE_CHECK(validate(is_map_value ? *t.mapped() : *t.element(), *in.current()));
    }
    const std::string noun = is_vector ? t.to_cql() : std::string(in.noun());
    if (in.is_malformed()) return invalid("Not enough bytes to read a {}", noun);
    if (in.bytes_left() == 0) return {};
    if (is_vector) {
        return invalid("Unexpected {} extraneous bytes after {} value", in.bytes_left(), noun);
    }
    return invalid("Unexpected extraneous bytes after {} value", noun);
}

status validate_fields(const type& t, bytes_view value) {
    const bool is_tuple = t.kind() == type_kind::tuple;
    field_reader in(value);
    for (std::size_t i = 0; i < t.parameters().size(); ++i) {
        if (!in.next()) {
            const std::string which = is_tuple
                                          ? fmt::format("{}th component", i)
                                          : fmt::format("{}th field {}", i, t.field_names().at(i));
            return invalid("Not enough bytes to read {}{}", in.lacked_size() ? "size of " : "",
                           which);
        }
        if (in.current()) NACRE_CHECK(validate(*t.parameters()[i], *in.current()));
    }
    if (in.has_bytes_left()) {
        return invalid("Invalid remaining data after end of {} value", is_tuple ? "tuple" : "UDT");
    }
    return {};
}

}  // namespace

status validate(const type& t, bytes_view value) {
    const std::size_t size = value.size();
    switch (t.kind()) {
        case type_kind::blob:
            return {};
        case type_kind::varint:
            return check_size(value);
        case type_kind::text:
            return validate_text(value);
        case type_kind::ascii:
            return validate_ascii(value);
        case type_kind::boolean:
            if (size > 1) return invalid("Expected 1 or 0 byte value ({})", size);
            return {};
        case type_kind::tinyint:
            if (size != 1) return invalid("Expected 1 byte for a tinyint ({})", size);
            return {};
        case type_kind::smallint:
            if (size != 2) return invalid("Expected 2 bytes for a smallint ({})", size);
            return {};
        case type_kind::int_:
            if (size != 4 && size != 0) return invalid("Expected 4 or 0 byte int ({})", size);
            return {};
        case type_kind::bigint:
        case type_kind::counter:
            if (size != 8 && size != 0) return invalid("Expected 8 or 0 byte long ({})", size);
            return {};
        case type_kind::float_:
            if (size == 4 || size == 0) return {};
            return invalid("Expected 4 or 0 byte value for a float ({})", size);
        case type_kind::double_:
            if (size == 8 || size == 0) return {};
            return invalid("Expected 8 or 0 byte value for a double ({})", size);
        case type_kind::date:
            if (size != 4) return invalid("Expected 4 byte long for date ({})", size);
            return {};
        case type_kind::time:
            if (size != 8) return invalid("Expected 8 byte long for time ({})", size);
            return {};
        case type_kind::timestamp:
            if (size == 8 || size == 0) return {};
            return invalid("Expected 8 or 0 byte long for date ({})", size);
        case type_kind::uuid:
            if (size == 16 || size == 0) return {};
            return invalid("UUID should be 16 or 0 bytes ({})", size);
        case type_kind::timeuuid:
            return validate_timeuuid(value);
        case type_kind::inet:
            if (size == 4 || size == 16 || size == 0) return {};
            return invalid("Expected 4 or 16 byte inetaddress; got {}", to_hex(value));
        case type_kind::decimal:
            if (size == 0) return {};
            if (size < 4) return invalid("Expected 0 or at least 4 bytes ({})", size);
            return check_size(value.substr(4));
        case type_kind::duration: {
            NACRE_TRY([[maybe_unused]] const auto parsed, parse_serialised_duration(value));
            return {};
        }
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::vector:
            return validate_collection(t, value);
        case type_kind::tuple:
        case type_kind::user:
            return validate_fields(t, value);
    }
    return {};
}

}  // namespace nacre::types
