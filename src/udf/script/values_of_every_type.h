#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "udf/script/script_test_support.h"

namespace nacre::udf::script {

/// Values that come back unchanged from a function that returns its argument, in any language: the
/// edges of native types, and compound types of all kinds.
[[nodiscard]] inline std::vector<std::pair<types::type_ptr, bytes>> values_of_every_type() {
    using types::type;
    using types::type_kind;
    std::vector<std::pair<types::type_ptr, bytes>> all;
    const auto natives = [&all](type_kind kind, std::initializer_list<std::string_view> values) {
        for (const auto value : values)
            all.emplace_back(native(kind), value_of(native(kind), value));
    };
    natives(type_kind::boolean, {"true", "false"});
    natives(type_kind::tinyint, {"-128", "127", "0"});
    natives(type_kind::smallint, {"-32768", "32767"});
    natives(type_kind::int_, {"-2147483648", "2147483647"});
    natives(type_kind::bigint, {"-9223372036854775808", "9223372036854775807", "0", "-1",
                                "4294967296", "9007199254740993"});
    natives(type_kind::counter, {"-5", "9223372036854775807"});
    natives(type_kind::float_, {"1.5", "-0.1", "Infinity", "NaN"});
    natives(type_kind::double_, {"0.1", "-1e300", "-Infinity", "NaN"});
    natives(type_kind::text, {"", "abc", "h\u00e9llo \u20ac \U0001f600", "caf\u00e9"});
    natives(type_kind::ascii, {"plain", ""});
    natives(type_kind::date, {"1970-01-01", "1969-12-31", "2024-02-29", "-0044-03-15"});
    natives(type_kind::time, {"00:00:00", "23:59:59.999999999"});
    natives(type_kind::timestamp, {"2011-02-03T04:05:06.789+0000", "1901-01-01T00:00:00Z"});
    natives(type_kind::uuid, {"123e4567-e89b-42d3-a456-426614174000"});
    natives(type_kind::timeuuid, {"d2177dd0-eaa2-11de-a572-001b779c76e3"});
    natives(type_kind::inet, {"127.0.0.1", "::1", "2001:db8::8:800:200c:417a", "::"});
    natives(type_kind::duration, {"1y2mo3d4h5m6s7ms", "-12d"});
    natives(type_kind::varint,
            {"0", "-1", "127", "128", "-128", "-129", "2147483648", "-2147483649",
             "-340282366920938463463374607431768211456", "123456789012345678901234567890"});
    natives(type_kind::decimal, {"0", "1.50", "-0.001", "1e10", "123456789.0123456789"});
    all.emplace_back(native(type_kind::blob), bytes("\x00\xff\x80", 3));
    all.emplace_back(native(type_kind::blob), bytes());

    const auto text = native(type_kind::text);
    const auto number = native(type_kind::int_);
    const auto one = to_big_endian<std::int32_t>(1);
    const auto two = to_big_endian<std::int32_t>(2);
    const auto minus = to_big_endian<std::int32_t>(-3);
    const std::vector<optional_bytes> sorted{minus, one, two};
    const std::vector<optional_bytes> listed{two, minus, two};
    all.emplace_back(type::list_of(number, true), types::join_list(listed));
    all.emplace_back(type::list_of(number, true), types::join_list({}));
    all.emplace_back(type::set_of(number, true), types::join_list(sorted));
    // In the order of the elements' numbers, not of their bytes.
    const auto pair = type::vector_of(number, 2);
    const std::vector<optional_bytes> pairs{minus + two, one + minus, one + two};
    all.emplace_back(type::set_of(pair, true), types::join_list(pairs));
    const auto texts = type::vector_of(native(type_kind::varint), 1);
    const std::vector<optional_bytes> varints{bytes("\x01\xff"), bytes("\x02\x00\xff", 3)};
    all.emplace_back(type::set_of(texts, true), types::join_list(varints));
    const std::vector<std::pair<bytes, bytes>> entries{{"a", one}, {"b", minus}, {"ba", two}};
    all.emplace_back(type::map_of(text, number, true), types::join_map(entries));
    const std::vector<optional_bytes> fields{"x", std::nullopt, two};
    const auto tuple = type::tuple_of({text, text, number});
    all.emplace_back(tuple, types::join_fields(fields));
    const auto user = type::user("ks", "t", {"name", "end", "n"}, {text, text, number}, true);
    all.emplace_back(user, types::join_fields(fields));
    const std::vector<optional_bytes> tuples{types::join_fields(fields)};
    all.emplace_back(type::list_of(tuple, true), types::join_list(tuples));
    const std::vector<std::pair<bytes, bytes>> nested{
        {types::join_fields(fields), tuples[0].value()}};
    all.emplace_back(type::map_of(tuple, user, true), types::join_map(nested));
    all.emplace_back(type::vector_of(native(type_kind::float_), 2),
                     types::serialise_float(1.5F) + types::serialise_float(-2));
    all.emplace_back(type::vector_of(native(type_kind::double_), 2),
                     types::serialise_double(0.1) + types::serialise_double(-2));
    all.emplace_back(type::vector_of(text, 2), bytes("\x01x\x00", 3));

    // Every kind of key has its order.
    const auto keys_of = [&all](type_kind kind, std::initializer_list<std::string_view> in_order) {
        std::vector<optional_bytes> elements;
        for (const auto value : in_order) elements.emplace_back(value_of(native(kind), value));
        all.emplace_back(type::set_of(native(kind), true), types::join_list(elements));
    };
    keys_of(type_kind::varint, {"-1000000000000", "-2", "1", "255", "100000000000000000000"});
    keys_of(type_kind::decimal, {"-1.5", "0.1", "0.25", "3", "1e5"});
    keys_of(type_kind::double_, {"-Infinity", "-2.5", "-1", "0", "1", "2.5", "Infinity"});
    keys_of(type_kind::date, {"1969-12-31", "1970-01-01", "2020-01-01"});
    keys_of(type_kind::timestamp, {"1960-01-01", "1970-01-01", "2020-01-01"});
    keys_of(type_kind::inet, {"1.2.3.4", "127.0.0.1", "200.0.0.1"});
    keys_of(type_kind::boolean, {"false", "true"});
    keys_of(type_kind::timeuuid,
            {"d2177dd0-eaa2-11de-a572-001b779c76e3", "d2177dd0-eaa3-11de-a572-001b779c76e3"});
    return all;
}

}  // namespace nacre::udf::script
