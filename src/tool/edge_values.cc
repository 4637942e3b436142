#include "tool/edge_values.h"

#include <limits>

#include "function/sample_values.h"
#include "types/value.h"

namespace nacre::tool {

namespace {

using types::type_kind;

constexpr std::size_t long_bytes = 10'000;

template <typename Integer>
std::vector<bytes> integers() {
    using limits = std::numeric_limits<Integer>;
    return {to_big_endian<Integer>(0), to_big_endian<Integer>(1), to_big_endian<Integer>(-1),
            to_big_endian(limits::min()), to_big_endian(limits::max())};
}

std::vector<bytes> from_texts(const types::type& t, std::initializer_list<std::string_view> texts) {
    std::vector<bytes> values;
    for (const auto& text : texts) {
        if (auto value = types::from_text(t, text)) values.push_back(std::move(*value));
    }
    return values;
}

template <typename Number>
std::vector<bytes> floats(bytes (*serialise)(Number)) {
    using limits = std::numeric_limits<Number>;
    std::vector<bytes> values;
    for (const auto number :
         {Number(0), -Number(0), Number(-1.5), limits::max(), limits::lowest(),
          limits::denorm_min(), limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
        values.push_back(serialise(number));
    }
    return values;
}

std::vector<bytes> compounds(const types::type& t) {
    auto values = function::sample_values(t);
    if (t.is_collection()) values.push_back(bytes(4, '\0'));
    if (t.kind() == type_kind::tuple || t.kind() == type_kind::user) {
        // All components null.
        values.push_back(types::join_fields(std::vector<optional_bytes>(t.parameters().size())));
    }
    return values;
}

}  // namespace

std::vector<bytes> edge_values(const types::type& t) {
    switch (t.kind()) {
        case type_kind::tinyint:
            return integers<std::int8_t>();
        case type_kind::smallint:
            return integers<std::int16_t>();
        case type_kind::int_:
            return integers<std::int32_t>();
        case type_kind::bigint:
        case type_kind::counter:
            return integers<std::int64_t>();
        case type_kind::float_:
            return floats<float>(types::serialise_float);
        case type_kind::double_:
            return floats<double>(types::serialise_double);
        case type_kind::boolean:
            return {types::serialise_boolean(false), types::serialise_boolean(true)};
        case type_kind::ascii:
            return {"", " ", "a", "~\t\n", bytes(long_bytes, 'x')};
        case type_kind::text:
            return {"",
                    " ",
                    "ß",
                    "日本",
                    "\xF0\x9F\x90\x9A",
                    "a\nb",
                    bytes("a\0b", 3),
                    bytes(long_bytes, 'x')};
        case type_kind::blob:
            return {"", bytes(1, '\0'), "\xFF\xFE", bytes(long_bytes, '\x80')};
        case type_kind::varint:
            return from_texts(t, {"0", "-1", "127", "128", "-129", "18446744073709551616",
                                  "-100000000000000000000000000000000000000000000000"});
        case type_kind::decimal:
            return from_texts(
                t, {"0", "0.00", "-0.5", "1E+30", "1E-30", "12345678901234567890.123456789"});
        case type_kind::timestamp:
            return from_texts(t, {"1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z",
                                  "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"});
        case type_kind::date:
            return from_texts(t, {"1970-01-01", "1969-12-31", "2000-02-29", "9999-12-31"});
        case type_kind::time:
            return from_texts(t, {"00:00:00", "23:59:59.999999999", "12:00:00"});
        case type_kind::duration:
            return from_texts(t, {"0d", "1mo2d3ns", "-1mo2d3h", "1000y"});
        case type_kind::inet:
            return from_texts(t, {"0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1"});
        default:
            return compounds(t);
    }
}

}  // namespace nacre::tool
