#include <gmock/gmock.h>

#include "udf/lua/lua_test_support.h"
#include "udf/script/values_of_every_type.h"

namespace nacre::udf::lua {
namespace {

using testing::HasSubstr;
using types::type;
using types::type_kind;

class lua_values : public lua_test {
  protected:
    const types::type_ptr text = native(type_kind::text);

    /// The value given in CQL text, seen by `body` as `a`, which returns text.
    std::string seen(type_kind kind, std::string_view value, std::string body) {
        return evaluate(native(kind), value_of(native(kind), value), text, std::move(body));
    }
    std::string seen(const types::type_ptr& t, const bytes& value, std::string body) {
        return evaluate(t, value, text, std::move(body));
    }
    /// The result of `body` as a CQL literal of the type.
    std::string returned(type_kind kind, std::string body) {
        return evaluate(native(kind), std::move(body));
    }
    /// `value` goes in and comes out unchanged.
    void expect_unchanged(const types::type_ptr& t, const bytes& value) {
        EXPECT_EQ(types::validate(*t, value).ok(), true) << t->to_cql();
        const auto out = call_once(define({{"a", t}}, t, "return a"), {value});
        ASSERT_TRUE(out.ok()) << t->to_cql() << ": " << out.error().message();
        EXPECT_EQ(*out, value) << t->to_cql() << " " << types::to_cql_literal(*t, value);
    }
};

TEST_F(lua_values, every_type_comes_back_unchanged) {
    for (const auto& [t, value] : script::values_of_every_type()) expect_unchanged(t, value);
    const auto date = native(type_kind::date);
    expect_unchanged(date, value_of(date, "-5877641-06-23"));
}

TEST_F(lua_values, lua_sees_natural_values) {
    EXPECT_EQ(seen(type_kind::tinyint, "-5", "return math.type(a) .. a"), "'integer-5'");
    EXPECT_EQ(seen(type_kind::smallint, "-300", "return math.type(a) .. a"), "'integer-300'");
    EXPECT_EQ(seen(type_kind::bigint, "9007199254740993", "return math.type(a) .. a"),
              "'integer9007199254740993'");
    EXPECT_EQ(seen(type_kind::float_, "0.5", "return math.type(a) .. a"), "'float0.5'");
    EXPECT_EQ(seen(type_kind::double_, "7", "return a"), "'7.0'");
    EXPECT_EQ(seen(type_kind::boolean, "true", "return type(a) .. tostring(a)"), "'booleantrue'");
    EXPECT_EQ(seen(type_kind::date, "1970-01-02", "return a"), "'2147483649'");
    EXPECT_EQ(seen(type_kind::time, "00:00:01", "return a"), "'1000000000'");
    EXPECT_EQ(seen(type_kind::timestamp, "1970-01-01T00:00:01Z", "return a"), "'1000'");
    EXPECT_EQ(seen(type_kind::uuid, "123E4567-e89b-42d3-a456-426614174000", "return a"),
              "'123e4567-e89b-42d3-a456-426614174000'");
    EXPECT_EQ(seen(type_kind::inet, "2001:DB8:0:0:1:0:0:1", "return a"), "'2001:db8::1:0:0:1'");
    EXPECT_EQ(seen(type_kind::duration, "1mo2d3ns",
                   "return a.months .. '/' .. a.days .. '/' .. a.nanoseconds"),
              "'1/2/3'");
    EXPECT_EQ(seen(native(type_kind::int_), "", "return tostring(a)"), "'nil'");
}

TEST_F(lua_values, lua_sees_tables) {
    const auto number = native(type_kind::int_);
    const std::vector<optional_bytes> elements{to_big_endian<std::int32_t>(5),
                                               to_big_endian<std::int32_t>(7)};
    EXPECT_EQ(seen(type::list_of(number, true), types::join_list(elements),
                   "return #a .. ':' .. a[1] .. ',' .. a[2]"),
              "'2:5,7'");
    EXPECT_EQ(seen(type::set_of(number, true), types::join_list(elements),
                   "return tostring(a[5]) .. tostring(a[6])"),
              "'truenil'");
    const std::vector<std::pair<bytes, bytes>> entries{{"k", to_big_endian<std::int32_t>(5)}};
    EXPECT_EQ(seen(type::map_of(text, number, true), types::join_map(entries), "return a.k"),
              "'5'");
    const std::vector<optional_bytes> fields{"x", std::nullopt};
    EXPECT_EQ(seen(type::tuple_of({text, number}), types::join_fields(fields),
                   "return a[1] .. tostring(a[2])"),
              "'xnil'");
    // A value from before a field was added.
    const std::vector<optional_bytes> shorter{"x"};
    EXPECT_EQ(seen(type::user("ks", "t", {"name", "age"}, {text, number}, true),
                   types::join_fields(shorter), "return a.name .. tostring(a.age)"),
              "'xnil'");
}

TEST_F(lua_values, integers_take_what_lua_coerces_and_wrap) {
    EXPECT_EQ(returned(type_kind::int_, "return 3.0"), "3");
    EXPECT_EQ(returned(type_kind::int_, "return ' 0x10 '"), "16");
    EXPECT_EQ(returned(type_kind::tinyint, "return 257"), "1");
    EXPECT_EQ(returned(type_kind::tinyint, "return 128"), "-128");
    EXPECT_EQ(returned(type_kind::smallint, "return -32769"), "32767");
    EXPECT_EQ(returned(type_kind::int_, "return 1 << 31"), "-2147483648");
    EXPECT_EQ(returned(type_kind::bigint, "return math.maxinteger + 1"), "-9223372036854775808");
    EXPECT_EQ(returned(type_kind::bigint, "return 2.0 ^ 64 + 4096"), "4096");
    EXPECT_EQ(returned(type_kind::bigint, "return -(2.0 ^ 64) - 4096"), "-4096");
    EXPECT_EQ(returned(type_kind::int_, "return varint('18446744073709551621')"), "5");
    EXPECT_EQ(returned(type_kind::int_, "return decimal('70.00')"), "70");
    EXPECT_THAT(returned(type_kind::int_, "return decimal('0.5')"),
                HasSubstr("a decimal can't be returned as int"));
    EXPECT_THAT(returned(type_kind::bigint, "return 1 / 0"), HasSubstr("can't be returned"));
    EXPECT_EQ(returned(type_kind::double_, "return '0.5'"), "0.5");
    EXPECT_EQ(returned(type_kind::double_, "return decimal('0.1')"), "0.1");
    EXPECT_THAT(returned(type_kind::double_, "return 'x'"), HasSubstr("can't be returned"));
    EXPECT_THAT(returned(type_kind::boolean, "return 1"), HasSubstr("can't be returned"));
}

TEST_F(lua_values, text_is_checked) {
    EXPECT_EQ(returned(type_kind::text, "return 12"), "'12'");
    EXPECT_EQ(returned(type_kind::text, "return varint(12)"), "'12'");
    for (const auto* bad : {"\\xff", "\\xc0\\x80", "\\xed\\xa0\\x80", "\\xf4\\x90\\x80\\x80",
                            "abcdefgh\\xe2\\x82", "\\x80"}) {
        EXPECT_THAT(returned(type_kind::text, fmt::format("return '{}'", bad)),
                    HasSubstr("not UTF-8"))
            << bad;
    }
    EXPECT_THAT(returned(type_kind::ascii, "return '\\u{e9}'"), HasSubstr("not ASCII"));
    EXPECT_EQ(returned(type_kind::blob, "return '\\xff\\0'"), "0xff00");
    EXPECT_THAT(returned(type_kind::text, "return {}"), HasSubstr("can't be returned as text"));
}

TEST_F(lua_values, moments_are_taken_from_tables_and_text) {
    EXPECT_EQ(returned(type_kind::date, "return {year = 2024, month = 2, day = 29}"),
              "'2024-02-29'");
    EXPECT_EQ(returned(type_kind::date, "return {year = 2023, month = 14, day = 0}"),
              "'2024-01-31'");
    EXPECT_EQ(returned(type_kind::date, "return '1969-12-31'"), "'1969-12-31'");
    EXPECT_THAT(returned(type_kind::date, "return {year = 2024}"), HasSubstr("field 'month'"));
    EXPECT_THAT(returned(type_kind::date, "return '2023-02-29'"), HasSubstr("can't be returned"));
    const auto bigint = native(type_kind::bigint);
    const auto moment = [&](std::string body) {
        const auto out = call_once(define({}, native(type_kind::timestamp), std::move(body)), {});
        if (!out.ok()) return out.error().message();
        return types::to_cql_literal(*bigint, **out);
    };
    // Without an argument there is no column; a function of nothing is called for one row.
    EXPECT_EQ(moment("return {year = 1970, month = 1, day = 2}"), "129600000");
    EXPECT_EQ(moment("return {year = 1970, month = 1, day = 1, hour = 0, sec = 1}"), "1000");
    EXPECT_EQ(moment("return '1970-01-01T00:00:01.5Z'"), "1500");
    EXPECT_EQ(moment("return '1970-01-01 01:00+0100'"), "0");
    EXPECT_EQ(moment("return 123"), "123");
    EXPECT_THAT(moment("return 'tomorrow'"), HasSubstr("can't be returned as timestamp"));
    EXPECT_EQ(returned(type_kind::time, "return '01:02:03.000000004'"), "'01:02:03.000000004'");
    EXPECT_THAT(returned(type_kind::time, "return 86400000000000"), HasSubstr("time of day"));
    EXPECT_THAT(returned(type_kind::time, "return -1"), HasSubstr("time of day"));
    EXPECT_EQ(returned(type_kind::duration, "return {days = 3}"), "3d");
    EXPECT_THAT(returned(type_kind::duration, "return {days = 3, months = -1}"),
                HasSubstr("same sign"));
    EXPECT_THAT(returned(type_kind::duration, "return {days = 1 << 40}"),
                HasSubstr("out of range"));
}

TEST_F(lua_values, identifiers_are_checked) {
    EXPECT_EQ(returned(type_kind::uuid, "return '123E4567-e89b-42d3-a456-426614174000'"),
              "123e4567-e89b-42d3-a456-426614174000");
    EXPECT_THAT(returned(type_kind::uuid, "return '123e4567e89b42d3a456426614174000'"),
                HasSubstr("can't be returned as uuid"));
    EXPECT_THAT(returned(type_kind::timeuuid, "return '123e4567-e89b-42d3-a456-426614174000'"),
                HasSubstr("version 1"));
    EXPECT_EQ(returned(type_kind::inet, "return '::ffff:1.2.3.4'").substr(0, 1), "'");
    for (const auto* bad :
         {"1.2.3", "1.2.3.256", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", ""}) {
        EXPECT_THAT(returned(type_kind::inet, fmt::format("return '{}'", bad)),
                    HasSubstr("can't be returned as inet"))
            << bad;
    }
}

TEST_F(lua_values, tables_that_would_lose_something_are_refused) {
    const auto number = native(type_kind::int_);
    const auto list = type::list_of(number, true);
    EXPECT_EQ(evaluate(list, "return {}"), "[]");
    EXPECT_EQ(evaluate(list, "return {3, 1, '2'}"), "[3, 1, 2]");
    EXPECT_THAT(evaluate(list, "return {1, nil, 3}"), HasSubstr("without holes"));
    EXPECT_THAT(evaluate(list, "return {1, x = 2}"), HasSubstr("has the key 'x'"));
    EXPECT_THAT(evaluate(list, "return 5"), HasSubstr("can't be returned as list"));
    EXPECT_THAT(evaluate(list, "return {{}}"), HasSubstr("can't be returned as int"));
    const auto set = type::set_of(native(type_kind::tinyint), true);
    EXPECT_EQ(evaluate(set, "return {[3] = true, [-1] = true, [259] = true}"), "{-1, 3}");
    EXPECT_THAT(evaluate(set, "return {3, 1}"), HasSubstr("a set is a table of element = true"));
    const auto map = type::map_of(text, number, true);
    EXPECT_EQ(evaluate(map, "return {b = 1, a = 2}"), "{'a': 2, 'b': 1}");
    const auto tuple = type::tuple_of({number, text});
    EXPECT_EQ(evaluate(tuple, "return {1}"), "(1, null)");
    EXPECT_EQ(evaluate(tuple, "return {nil, 'x'}"), "(null, 'x')");
    EXPECT_THAT(evaluate(tuple, "return {1, 'x', 3}"), HasSubstr("has the key '3'"));
    const auto user = type::user("ks", "t", {"name", "age"}, {text, number}, true);
    EXPECT_EQ(evaluate(user, "return {age = 3}"), "{name: null, age: 3}");
    EXPECT_THAT(evaluate(user, "return {agee = 3}"), HasSubstr("no field 'agee'"));
    const auto vector = type::vector_of(native(type_kind::float_), 2);
    EXPECT_EQ(evaluate(vector, "return {1, 2.5}"), "[1.0, 2.5]");
    EXPECT_THAT(evaluate(vector, "return {1}"), HasSubstr("a vector of 2 elements"));
}

TEST_F(lua_values, big_numbers_calculate) {
    const auto text_of = [this](std::string expression) {
        return evaluate(text, "local v, d = varint, decimal return tostring(" + expression + ")");
    };
    EXPECT_EQ(text_of("v('123456789012345678901234567890') + 1"),
              "'123456789012345678901234567891'");
    EXPECT_EQ(text_of("1 - v('100000000000000000000')"), "'-99999999999999999999'");
    EXPECT_EQ(text_of("v(2) ^ 100"), "'1267650600228229401496703205376'");
    EXPECT_EQ(text_of("v(10) ^ 40 // v(10) ^ 20"), "'100000000000000000000'");
    EXPECT_EQ(text_of("(v(10) ^ 40 + 7) % v(10) ^ 20"), "'7'");
    EXPECT_EQ(text_of("v('123456789012345678901234567890') * v('-987654321098765432109876543210')"),
              "'-121932631137021795226185032733622923332237463801111263526900'");
    EXPECT_EQ(text_of("v('-121932631137021795226185032733622923332237463801111263526900') // "
                      "v('987654321098765432109876543210')"),
              "'-123456789012345678901234567890'");
    for (const auto* pair : {"7, 2", "-7, 2", "7, -2", "-7, -2", "6, 3", "-6, 3"}) {
        // Lua's own rules for small numbers.
        EXPECT_EQ(
            text_of(
                fmt::format("(function(a, b) return v(a) // b .. ' ' .. v(a) % b end)({})", pair)),
            text_of(fmt::format("(function(a, b) return a // b .. ' ' .. a % b end)({})", pair)))
            << pair;
    }
    EXPECT_EQ(text_of("-v(5)"), "'-5'");
    EXPECT_EQ(text_of("v(5) < 6"), "'true'");
    EXPECT_EQ(text_of("6 <= v(5)"), "'false'");
    EXPECT_EQ(text_of("v(5) == v('5')"), "'true'");
    EXPECT_EQ(text_of("v(5) == d('5.00')"), "'true'");
    EXPECT_EQ(text_of("d('0.1') < 0.2"), "'true'");
    EXPECT_EQ(text_of("v(5) < 1/0"), "'true'");
    EXPECT_EQ(text_of("v(5) < 0/0"), "'false'");
    EXPECT_EQ(text_of("d('0.1') + 0.2"), "'0.3'");
    EXPECT_EQ(text_of("d('1.10') * 3"), "'3.30'");
    EXPECT_EQ(text_of("d('1.10') - d('1.1')"), "'0.00'");
    EXPECT_EQ(text_of("d(1) / 3"), "'0.3333333333333333333333333333333333'");
    EXPECT_EQ(text_of("d(2) / 3"), "'0.6666666666666666666666666666666667'");
    EXPECT_EQ(text_of("d('1.00') / 8"), "'0.125'");
    EXPECT_EQ(text_of("v(6) / 3"), "'2'");
    EXPECT_EQ(text_of("d('7.5') // 2"), "'3'");
    EXPECT_EQ(text_of("d('-7.5') % 2"), "'0.5'");
    EXPECT_EQ(text_of("d('1.5') ^ 2"), "'2.25'");
    EXPECT_EQ(text_of("d('1e10')"), "'1E+10'");
    EXPECT_EQ(text_of("d('0.0000001')"), "'1E-7'");
    EXPECT_EQ(text_of("'<' .. v(5) .. '>'"), "'<5>'");
    EXPECT_EQ(returned(type_kind::varint, "return 7.0"), "7");
    EXPECT_EQ(returned(type_kind::varint, "return '-12345678901234567890'"),
              "-12345678901234567890");
    EXPECT_EQ(returned(type_kind::decimal, "return 0.1"), "0.1");
    EXPECT_THAT(returned(type_kind::varint, "return 7.5"), HasSubstr("can't be returned"));
    EXPECT_THAT(text_of("v(1) / 0"), HasSubstr("division by zero"));
    EXPECT_THAT(text_of("v(1) % 0"), HasSubstr("division by zero"));
    EXPECT_THAT(text_of("v(1) + {}"), HasSubstr("attempt to do arithmetic"));
    EXPECT_THAT(text_of("v('12x')"), HasSubstr("varint can't be made from '12x'"));
    EXPECT_THAT(text_of("v(10) ^ 1000000"), HasSubstr("exponent"));
    EXPECT_THAT(text_of("d('1e1000000') + 1"), HasSubstr("too far apart"));
}

TEST_F(lua_values, durations_are_readable_and_calculate) {
    const auto text_of = [this](std::string expression) {
        return evaluate(text, "local d = duration return tostring(" + expression + ")");
    };
    for (const auto* same : {"1y2mo3d4h5m6s7ms8us9ns", "-12d", "1ns", "-1mo2h",
                             "2562047h47m16s854ms"
                             "775us807ns"}) {
        EXPECT_EQ(seen(type_kind::duration, same, "return tostring(a)"), fmt::format("'{}'", same));
        EXPECT_EQ(text_of(fmt::format("d('{}')", same)), fmt::format("'{}'", same));
        EXPECT_EQ(returned(type_kind::duration, fmt::format("return '{}'", same)), same);
    }
    EXPECT_EQ(seen(type_kind::duration, "25h", "return 'in ' .. a .. '!'"), "'in 25h!'");
    EXPECT_EQ(text_of("d{}"), "'0s'");
    EXPECT_EQ(text_of("d{days = 3, nanoseconds = varint(5)}"), "'3d5ns'");
    EXPECT_EQ(text_of("d('2w1d')"), "'15d'");
    EXPECT_EQ(text_of("d('1mo') + d('2d') + {nanoseconds = 1}"), "'1mo2d1ns'");
    EXPECT_EQ(text_of("d('1h') - '90m'"), "'-30m'");
    EXPECT_EQ(text_of("3 * d('20m')"), "'1h'");
    EXPECT_EQ(text_of("d('20m') * 3"), "'1h'");
    EXPECT_EQ(text_of("-d('1d')"), "'-1d'");
    EXPECT_EQ(text_of("d('60m') == d('1h')"), "'true'");
    EXPECT_EQ(text_of("d('1d') == d('24h')"), "'false'");
    EXPECT_EQ(text_of("d('59m') < d('1h')"), "'true'");
    EXPECT_EQ(text_of("d('1mo1d') >= d('1mo')"), "'true'");
    EXPECT_THAT(text_of("d('1mo') < d('30d')"), HasSubstr("1mo and 30d have no order"));
    EXPECT_THAT(text_of("d('1x')"), HasSubstr("'1x' is no duration"));
    EXPECT_THAT(text_of("d('1d1mo')"), HasSubstr("is no duration"));
    EXPECT_THAT(text_of("d('')"), HasSubstr("is no duration"));
    EXPECT_THAT(text_of("d(5)"), HasSubstr("'5' is no duration"));
    EXPECT_THAT(text_of("d{days = 1.5}"), HasSubstr("is no duration"));
    EXPECT_THAT(text_of("d{days = math.maxinteger} * 2"), HasSubstr("too long"));
    EXPECT_THAT(returned(type_kind::duration, "return 'soon'"),
                HasSubstr("the string 'soon' can't be returned as duration"));
    EXPECT_THAT(returned(type_kind::duration, "return duration{days = 1} - '1mo'"),
                HasSubstr("same sign"));
}

TEST_F(lua_values, big_numbers_become_lua_s_own) {
    const auto number = [this](std::string expression) {
        return evaluate(text,
                        fmt::format("local n = tonumber({}) return math.type(n) .. n", expression));
    };
    EXPECT_EQ(number("varint('9223372036854775807')"), "'integer9223372036854775807'");
    EXPECT_EQ(number("varint('-9223372036854775808')"), "'integer-9223372036854775808'");
    EXPECT_EQ(number("varint('9223372036854775808')"), "'float9.2233720368548e+18'");
    EXPECT_EQ(number("decimal('2.50')"), "'float2.5'");
    EXPECT_EQ(number("' 0x10 '"), "'integer16'");
    EXPECT_EQ(number("'zz', 36"), "'integer1295'");
    EXPECT_EQ(evaluate(text, "return tostring(tonumber({}))"), "'nil'");
}

}  // namespace
}  // namespace nacre::udf::lua
