#include <gmock/gmock.h>

#include "udf/javascript/javascript_test_support.h"
#include "udf/script/values_of_every_type.h"

namespace nacre::udf::javascript {
namespace {

using testing::HasSubstr;
using types::type;
using types::type_kind;

class javascript_values : public javascript_test {
  protected:
    const types::type_ptr text = native(type_kind::text);
    const types::type_ptr number = native(type_kind::int_);

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
    /// What the expression is, as text.
    std::string text_of(std::string_view expression) {
        return evaluate(text, fmt::format("return String({})", expression));
    }
};

TEST_F(javascript_values, every_type_comes_back_unchanged) {
    for (const auto& [t, value] : script::values_of_every_type()) {
        const auto out = call_once(define({{"a", t}}, t, "return a"), {value});
        ASSERT_TRUE(out.ok()) << t->to_cql() << ": " << out.error().message();
        EXPECT_EQ(*out, value) << t->to_cql() << " " << types::to_cql_literal(*t, value);
    }
}

TEST_F(javascript_values, every_type_is_what_programmers_expect) {
    const auto kind = "return typeof a + ' ' + a";
    EXPECT_EQ(seen(type_kind::tinyint, "-5", kind), "'number -5'");
    EXPECT_EQ(seen(type_kind::smallint, "-300", kind), "'number -300'");
    EXPECT_EQ(seen(type_kind::int_, "2147483647", kind), "'number 2147483647'");
    EXPECT_EQ(seen(type_kind::bigint, "9007199254740993", kind), "'bigint 9007199254740993'");
    EXPECT_EQ(seen(type_kind::varint, "-170141183460469231731687303715884105729", kind),
              "'bigint -170141183460469231731687303715884105729'");
    EXPECT_EQ(seen(type_kind::float_, "0.5", kind), "'number 0.5'");
    EXPECT_EQ(seen(type_kind::double_, "7", kind), "'number 7'");
    EXPECT_EQ(seen(type_kind::boolean, "true", kind), "'boolean true'");
    EXPECT_EQ(seen(type_kind::time, "00:00:01", kind), "'number 1000000000'");
    EXPECT_EQ(seen(type_kind::uuid, "123E4567-e89b-42d3-a456-426614174000", kind),
              "'string 123e4567-e89b-42d3-a456-426614174000'");
    EXPECT_EQ(seen(type_kind::inet, "2001:DB8:0:0:1:0:0:1", kind), "'string 2001:db8::1:0:0:1'");
    EXPECT_EQ(seen(type_kind::text, "z\u00fc\U0001f600", "return a.length + [...a].join()"),
              "'4z,\u00fc,\U0001f600'");
    EXPECT_EQ(seen(native(type_kind::blob), bytes("\x00\xff", 2),
                   "return (a instanceof Uint8Array) + ' ' + a"),
              "'true 0,255'");
    EXPECT_EQ(seen(type_kind::timestamp, "1970-01-01T00:00:01.5Z",
                   "return (a instanceof Date) + a.toISOString()"),
              "'true1970-01-01T00:00:01.500Z'");
    EXPECT_EQ(seen(type_kind::date, "2024-02-29", "return (a instanceof Date) + a.toISOString()"),
              "'true2024-02-29T00:00:00.000Z'");
    EXPECT_EQ(seen(type_kind::duration, "1mo2d3ns",
                   "return `${typeof a.months} ${typeof a.nanoseconds} ${a}`"),
              "'number bigint 1mo2d3ns'");
    EXPECT_EQ(seen(type_kind::decimal, "1.50", "return (a instanceof Decimal) + `${a}`"),
              "'true1.50'");
    EXPECT_EQ(seen(number, "", "return String(a)"), "'null'");
}

TEST_F(javascript_values, compound_types_are_collections_and_objects) {
    const std::vector<optional_bytes> elements{to_big_endian<std::int32_t>(5),
                                               to_big_endian<std::int32_t>(7)};
    EXPECT_EQ(seen(type::list_of(number, true), types::join_list(elements),
                   "return Array.isArray(a) + a.join()"),
              "'true5,7'");
    EXPECT_EQ(seen(type::set_of(number, true), types::join_list(elements),
                   "return (a instanceof Set) + [a.has(5), a.has(6), a.size].join()"),
              "'truetrue,false,2'");
    const std::vector<std::pair<bytes, bytes>> entries{{"k", to_big_endian<std::int32_t>(5)}};
    EXPECT_EQ(seen(type::map_of(text, number, true), types::join_map(entries),
                   "return (a instanceof Map) + String(a.get('k'))"),
              "'true5'");
    const auto bigint = native(type_kind::bigint);
    const std::vector<std::pair<bytes, bytes>> wide{{to_big_endian<std::int64_t>(1LL << 60), "x"}};
    EXPECT_EQ(
        seen(type::map_of(bigint, text, true), types::join_map(wide), "return a.get(1n << 60n)"),
        "'x'");
    const std::vector<optional_bytes> fields{"x", std::nullopt};
    EXPECT_EQ(seen(type::tuple_of({text, number}), types::join_fields(fields),
                   "return a.length + a[0] + a[1]"),
              "'2xnull'");
    // A value from before a field was added.
    const std::vector<optional_bytes> shorter{"x"};
    EXPECT_EQ(seen(type::user("ks", "t", {"name", "age"}, {text, number}, true),
                   types::join_fields(shorter), "return JSON.stringify(a)"),
              R"('{"name":"x","age":null}')");
    EXPECT_EQ(seen(type::user("ks", "t", {"__proto__", "constructor"}, {text, text}, true),
                   types::join_fields(std::vector<optional_bytes>{"p", "c"}),
                   "return Object.keys(a).join() + a.constructor + Array.isArray(a)"),
              "'__proto__,constructorcfalse'");
    EXPECT_EQ(seen(type::vector_of(native(type_kind::float_), 2),
                   types::serialise_float(1.5F) + types::serialise_float(-2),
                   "return (a instanceof Float32Array) + a.join()"),
              "'true1.5,-2'");
    EXPECT_EQ(seen(type::vector_of(number, 2), *elements[0] + *elements[1],
                   "return Array.isArray(a) + a.join()"),
              "'true5,7'");
}

TEST_F(javascript_values, integers_are_checked) {
    EXPECT_EQ(returned(type_kind::int_, "return 3.0"), "3");
    EXPECT_EQ(returned(type_kind::int_, "return -0"), "0");
    EXPECT_EQ(returned(type_kind::int_, "return 5n"), "5");
    EXPECT_EQ(returned(type_kind::tinyint, "return -128"), "-128");
    EXPECT_THAT(returned(type_kind::tinyint, "return 128"),
                HasSubstr("the number 128 is out of range for tinyint"));
    EXPECT_THAT(returned(type_kind::smallint, "return -32769"), HasSubstr("out of range"));
    EXPECT_THAT(returned(type_kind::int_, "return 2 ** 31"), HasSubstr("out of range for int"));
    EXPECT_THAT(returned(type_kind::int_, "return 1e300"), HasSubstr("not a safe integer"));
    EXPECT_THAT(returned(type_kind::int_, "return 1.5"),
                HasSubstr("the number 1.5 is not an integer, as int needs"));
    EXPECT_THAT(returned(type_kind::int_, "return NaN"), HasSubstr("not an integer"));
    EXPECT_THAT(returned(type_kind::bigint, "return Infinity"), HasSubstr("not an integer"));
    EXPECT_EQ(returned(type_kind::bigint, "return 2 ** 53 - 1"), "9007199254740991");
    EXPECT_THAT(returned(type_kind::bigint, "return 2 ** 53"),
                HasSubstr("is not a safe integer: return a BigInt as bigint"));
    EXPECT_EQ(returned(type_kind::bigint, "return -(2n ** 63n)"), "-9223372036854775808");
    EXPECT_THAT(returned(type_kind::bigint, "return 2n ** 63n"),
                HasSubstr("the BigInt 9223372036854775808 is out of range for bigint"));
    EXPECT_EQ(returned(type_kind::varint, "return 2n ** 100n"), "1267650600228229401496703205376");
    EXPECT_EQ(returned(type_kind::varint, "return -7"), "-7");
    EXPECT_THAT(returned(type_kind::varint, "return 1.5"), HasSubstr("not an integer"));
    EXPECT_THAT(returned(type_kind::int_, "return '5'"),
                HasSubstr("the string '5' can't be returned as int"));
    EXPECT_THAT(returned(type_kind::int_, "return {}"),
                HasSubstr("an object can't be returned as int"));
    EXPECT_THAT(returned(type_kind::int_, "return true"),
                HasSubstr("true can't be returned as int"));
    EXPECT_EQ(returned(type_kind::int_, "return undefined"), "null");
    EXPECT_EQ(returned(type_kind::double_, "return 1"), "1.0");
    EXPECT_THAT(returned(type_kind::double_, "return 1n"),
                HasSubstr("the BigInt 1 can't be returned as double"));
    EXPECT_EQ(returned(type_kind::float_, "return 0.1"), "0.1");
    EXPECT_THAT(returned(type_kind::boolean, "return 1"),
                HasSubstr("the number 1 can't be returned as boolean"));
}

TEST_F(javascript_values, text_and_bytes_are_checked) {
    EXPECT_EQ(returned(type_kind::text, "return 'a\\u0000\\u20ac\\u{1f600}'"),
              std::string("'a\0\u20ac\U0001f600'", 11));
    EXPECT_THAT(returned(type_kind::text, "return 'x\\ud83d'"),
                HasSubstr("half of a surrogate pair"));
    EXPECT_THAT(returned(type_kind::text, "return '\\udc00x'"),
                HasSubstr("half of a surrogate pair"));
    EXPECT_EQ(returned(type_kind::text,
                       "let s = ''; for (let i = 0; i < 5; i++) s += 'ab'.repeat(3000);"
                       "return String(s.length)"),
              "'30000'");
    EXPECT_THAT(returned(type_kind::text, "return 5"),
                HasSubstr("the number 5 can't be returned as text"));
    EXPECT_THAT(returned(type_kind::text, "return new String('x')"),
                HasSubstr("an object can't be returned as text"));
    EXPECT_THAT(returned(type_kind::ascii, "return '\\u00e9'"), HasSubstr("not ASCII"));
    EXPECT_EQ(returned(type_kind::blob, "return new Uint8Array([1, 255])"), "0x01ff");
    EXPECT_EQ(returned(type_kind::blob, "return new Uint8Array([1, 255]).buffer"), "0x01ff");
    EXPECT_EQ(returned(type_kind::blob, "return new Uint16Array([258])"), "0x0201");
    EXPECT_EQ(returned(type_kind::blob, "return new Uint8Array([1, 2, 3, 4]).subarray(1, 3)"),
              "0x0203");
    EXPECT_EQ(returned(type_kind::blob, "return new DataView(new Uint8Array([1, 2, 3]).buffer, 2)"),
              "0x03");
    EXPECT_EQ(returned(type_kind::blob, "return new Uint8Array(0)"), "0x");
    EXPECT_EQ(
        returned(type_kind::blob,
                 "const b = new ArrayBuffer(2, {maxByteLength: 8}); const v = new Uint8Array(b);"
                 "b.resize(4); return v"),
        "0x00000000");
    EXPECT_THAT(
        returned(type_kind::blob, "const v = new Uint8Array(4); v.buffer.transfer(); return v"),
        HasSubstr("the view is beyond its buffer"));
    EXPECT_THAT(returned(type_kind::blob, "return 'abc'"),
                HasSubstr("the string 'abc' can't be returned as blob"));
    EXPECT_THAT(returned(type_kind::blob, "return [1, 2]"),
                HasSubstr("an Array can't be returned as blob"));
}

TEST_F(javascript_values, text_and_bytes_turn_into_each_other) {
    EXPECT_EQ(returned(type_kind::blob, "return new TextEncoder().encode('z\\u00fc\\u20ac')"),
              "0x7ac3bce282ac");
    EXPECT_EQ(returned(type_kind::blob, "return new TextEncoder().encode('\\ud800')"), "0xefbfbd");
    EXPECT_EQ(seen(native(type_kind::blob), "z\u00fc", "return new TextDecoder().decode(a)"),
              "'z\u00fc'");
    EXPECT_EQ(seen(native(type_kind::blob), "z\u00fc",
                   "return new TextDecoder().decode(a.subarray(1).buffer)"),
              "'z\u00fc'");
    EXPECT_EQ(seen(native(type_kind::blob), "\xff", "return new TextDecoder('UTF8').decode(a)"),
              "'\ufffd'");
    EXPECT_THAT(seen(native(type_kind::blob), "\xff",
                     "return new TextDecoder('utf-8', {fatal: true}).decode(a)"),
                HasSubstr("TypeError: the bytes are not UTF-8"));
    EXPECT_EQ(seen(native(type_kind::blob), "\ufeffx",
                   "return String([new TextDecoder().decode(a).length, "
                   "new TextDecoder('utf-8', {ignoreBOM: true}).decode(a).length])"),
              "'1,2'");
    EXPECT_THAT(returned(type_kind::text, "return new TextDecoder().decode('x')"),
                HasSubstr("an ArrayBuffer or a view"));
    EXPECT_THAT(returned(type_kind::text, "return new TextDecoder('latin1')"),
                HasSubstr("RangeError: the encoding 'latin1' is not available"));
}

TEST_F(javascript_values, moments_are_taken_from_dates_and_text) {
    EXPECT_EQ(returned(type_kind::date, "return new Date(Date.UTC(2024, 1, 29, 23, 59))"),
              "'2024-02-29'");
    EXPECT_EQ(returned(type_kind::date, "return new Date(-1)"), "'1969-12-31'");
    EXPECT_EQ(returned(type_kind::date, "return '1969-12-31'"), "'1969-12-31'");
    EXPECT_THAT(returned(type_kind::date, "return '2023-02-29'"), HasSubstr("can't be returned"));
    EXPECT_THAT(returned(type_kind::date, "return 19000"), HasSubstr("can't be returned as date"));
    EXPECT_THAT(returned(type_kind::date, "return new Date(NaN)"),
                HasSubstr("an invalid Date can't be returned as date"));
    EXPECT_EQ(returned(type_kind::timestamp, "return new Date(1500)"),
              "'1970-01-01T00:00:01.500Z'");
    EXPECT_EQ(returned(type_kind::timestamp, "return 1500"), "'1970-01-01T00:00:01.500Z'");
    EXPECT_EQ(returned(type_kind::timestamp, "return '1970-01-01T00:00:01.5Z'"),
              "'1970-01-01T00:00:01.500Z'");
    EXPECT_THAT(returned(type_kind::timestamp, "return 'tomorrow'"),
                HasSubstr("can't be returned as timestamp"));
    EXPECT_EQ(returned(type_kind::time, "return '01:02:03.000000004'"), "'01:02:03.000000004'");
    EXPECT_EQ(returned(type_kind::time, "return 86399999999999"), "'23:59:59.999999999'");
    EXPECT_THAT(returned(type_kind::time, "return 86400000000000"), HasSubstr("time of day"));
    EXPECT_THAT(returned(type_kind::time, "return -1"), HasSubstr("time of day"));
    const auto date = native(type_kind::date);
    EXPECT_THAT(evaluate(date, bytes("\xff\xff\xff\xff", 4), text, "return 'x'"),
                HasSubstr("beyond what a Date can hold"));
    EXPECT_EQ(evaluate(native(type_kind::timestamp), to_big_endian<std::int64_t>(8640000000000000),
                       text, "return a.toISOString()"),
              "'+275760-09-13T00:00:00.000Z'");
    EXPECT_THAT(evaluate(native(type_kind::timestamp),
                         to_big_endian<std::int64_t>(8640000000000001), text, "return 'x'"),
                HasSubstr("beyond what a Date can hold"));
}

TEST_F(javascript_values, durations_are_objects) {
    EXPECT_EQ(returned(type_kind::duration, "return {days: 3}"), "3d");
    EXPECT_EQ(returned(type_kind::duration, "return new Duration(14, 3, 5n)"), "1y2mo3d5ns");
    EXPECT_EQ(returned(type_kind::duration, "return {nanoseconds: 1e9}"), "1s");
    EXPECT_EQ(text_of("new Duration(14, -0, 3723000000000n)"), "'1y2mo1h2m3s'");
    EXPECT_EQ(text_of("new Duration(-1, -2, -1001n)"), "'-1mo2d1us1ns'");
    EXPECT_EQ(text_of("new Duration()"), "'0s'");
    EXPECT_EQ(text_of("Duration.from('2w1d3h').days + Duration.from({months: 1})"), "'151mo'");
    EXPECT_EQ(returned(type_kind::duration, "return '-1mo2d'"), "-1mo2d");
    EXPECT_EQ(returned(type_kind::duration, "return Duration.from('90m')"), "1h30m");
    EXPECT_THAT(text_of("Duration.from('soon')"),
                HasSubstr("TypeError: the string 'soon' can't be returned as duration"));
    EXPECT_THAT(text_of("new Duration(1.5)"), HasSubstr("TypeError: the number 1.5 is not an int"));
    EXPECT_THAT(text_of("Duration.prototype.toString.call(5)"), HasSubstr("TypeError: "));
    EXPECT_EQ(text_of("JSON.stringify([new Duration(0, 1)])"), "'[\"1d\"]'");
    EXPECT_THAT(returned(type_kind::duration, "return {days: 3, months: -1}"),
                HasSubstr("same sign"));
    EXPECT_THAT(returned(type_kind::duration, "return {days: 2 ** 40}"), HasSubstr("out of range"));
    EXPECT_THAT(returned(type_kind::duration, "return {day: 1}"),
                HasSubstr("a duration has no field 'day'"));
    EXPECT_THAT(returned(type_kind::duration, "return 5"),
                HasSubstr("the number 5 can't be returned as duration"));
}

TEST_F(javascript_values, identifiers_are_checked) {
    EXPECT_EQ(returned(type_kind::uuid, "return '123E4567-e89b-42d3-a456-426614174000'"),
              "123e4567-e89b-42d3-a456-426614174000");
    EXPECT_THAT(returned(type_kind::uuid, "return '123e4567e89b42d3a456426614174000'"),
                HasSubstr("can't be returned as uuid"));
    EXPECT_THAT(returned(type_kind::uuid, "return 'x'.repeat(1e6)"),
                HasSubstr("can't be returned as uuid"));
    EXPECT_THAT(returned(type_kind::timeuuid, "return '123e4567-e89b-42d3-a456-426614174000'"),
                HasSubstr("version 1"));
    EXPECT_THAT(returned(type_kind::inet, "return '1.2.3'"), HasSubstr("can't be returned"));
}

TEST_F(javascript_values, sequences_come_from_arrays_and_iterables) {
    const auto list = type::list_of(number, true);
    EXPECT_EQ(evaluate(list, "return []"), "[]");
    EXPECT_EQ(evaluate(list, "return new Set([3, 1])"), "[3, 1]");
    EXPECT_EQ(evaluate(list, "return new Int16Array([3, -1])"), "[3, -1]");
    EXPECT_EQ(evaluate(list, "return (function* () { yield 1; yield 2 })()"), "[1, 2]");
    EXPECT_THAT(evaluate(list, "return [1, , 3]"), HasSubstr("a list can't contain undefined"));
    EXPECT_THAT(evaluate(list, "return [null]"), HasSubstr("a list can't contain null"));
    EXPECT_THAT(evaluate(list, "return 5"), HasSubstr("can't be returned as list"));
    EXPECT_THAT(evaluate(list, "return {length: 1, 0: 5}"),
                HasSubstr("an object can't be returned as list"));
    EXPECT_THAT(evaluate(list, "return 'abc'"), HasSubstr("can't be returned as list"));
    EXPECT_THAT(evaluate(list, "return [[]]"), HasSubstr("an Array can't be returned as int"));
    EXPECT_THAT(evaluate(list, "const l = []; l.length = 2 ** 32 - 1; return l"),
                HasSubstr("too long for list"));
    const auto set = type::set_of(native(type_kind::tinyint), true);
    EXPECT_EQ(evaluate(set, "return new Set([3, -1, 3n])"), "{-1, 3}");
    EXPECT_EQ(evaluate(set, "return [3, 1, 3]"), "{1, 3}");
    EXPECT_THAT(evaluate(set, "return new Map([[1, 2]])"),
                HasSubstr("a Map can't be returned as set"));
    EXPECT_THAT(evaluate(set, "return {}"), HasSubstr("can't be returned as set"));
    const auto tuple = type::tuple_of({number, text});
    EXPECT_EQ(evaluate(tuple, "return [1]"), "(1, null)");
    EXPECT_EQ(evaluate(tuple, "return [, 'x']"), "(null, 'x')");
    EXPECT_THAT(evaluate(tuple, "return [1, 'x', 3]"),
                HasSubstr("an Array of 3 elements can't be returned as a tuple of 2"));
    const auto vector = type::vector_of(native(type_kind::float_), 2);
    EXPECT_EQ(evaluate(vector, "return [1, 2.5]"), "[1.0, 2.5]");
    EXPECT_EQ(evaluate(vector, "return new Float64Array([1, 2.5])"), "[1.0, 2.5]");
    EXPECT_EQ(evaluate(vector, "return new Float32Array([1, 2.5])"), "[1.0, 2.5]");
    EXPECT_THAT(evaluate(vector, "return [1]"), HasSubstr("a vector of 2 elements"));
    EXPECT_THAT(evaluate(vector, "return [1, null]"), HasSubstr("a vector can't contain null"));
    EXPECT_THAT(evaluate(vector, "return [1, '2']"), HasSubstr("can't be returned as float"));
}

TEST_F(javascript_values, maps_and_user_types_come_from_objects) {
    const auto map = type::map_of(text, number, true);
    EXPECT_EQ(evaluate(map, "return new Map([['b', 1], ['a', 2]])"), "{'a': 2, 'b': 1}");
    EXPECT_EQ(evaluate(map, "return {b: 1, a: 2}"), "{'a': 2, 'b': 1}");
    EXPECT_EQ(evaluate(map, "return Object.create(null)"), "{}");
    EXPECT_EQ(evaluate(map,
                       "class M extends Map { get size() { return 99 } }"
                       "return new M([['a', 1]])"),
              "{'a': 1}");
    EXPECT_THAT(evaluate(map, "return {a: null}"), HasSubstr("a map can't contain null"));
    EXPECT_THAT(evaluate(map, "return [['a', 1]]"), HasSubstr("an Array can't be returned as map"));
    EXPECT_THAT(evaluate(map, "return new Set()"), HasSubstr("a Set can't be returned as map"));
    EXPECT_THAT(evaluate(type::map_of(number, number, true), "return {1: 2}"),
                HasSubstr("the string '1' can't be returned as int"));
    const auto user = type::user("ks", "t", {"name", "age"}, {text, number}, true);
    EXPECT_EQ(evaluate(user, "return {age: 3}"), "{name: null, age: 3}");
    EXPECT_EQ(evaluate(user,
                       "class P { constructor() { this.name = 'x' } get age() { return 7 } }"
                       "return new P()"),
              "{name: 'x', age: 7}");
    EXPECT_THAT(evaluate(user, "return {agee: 3}"), HasSubstr("the user type has no field 'agee'"));
    EXPECT_THAT(evaluate(user, "return ['x', 3]"), HasSubstr("can't be returned as user type"));
    EXPECT_THAT(evaluate(user, "return 'x'"), HasSubstr("can't be returned as user type"));
    // What a getter does to the collection that is being written.
    const auto users = type::set_of(user, true);
    EXPECT_EQ(evaluate(users,
                       "const s = new Set(); const o = {name: 'a', get age() { s.clear();"
                       "return 1 }}; s.add(o); s.add({name: 'b', age: 2}); return s"),
              "{{name: 'a', age: 1}}");
}

TEST_F(javascript_values, decimals_calculate) {
    const auto d = [this](std::string_view expression) {
        return evaluate(text, fmt::format("const d = Decimal; return String({})", expression));
    };
    EXPECT_EQ(d("d('0.1').add(0.2)"), "'0.3'");
    EXPECT_EQ(d("d(0.1).add('0.2').add(1n)"), "'1.3'");
    EXPECT_EQ(d("d('1.10').mul(3)"), "'3.30'");
    EXPECT_EQ(d("d('1.10').sub('1.1')"), "'0.00'");
    EXPECT_EQ(d("d(1).div(3)"), "'0.3333333333333333333333333333333333'");
    EXPECT_EQ(d("d(2).div(3)"), "'0.6666666666666666666666666666666667'");
    EXPECT_EQ(d("d('1.00').div(8)"), "'0.125'");
    EXPECT_EQ(d("d(10).div(4, 0)"), "'2'");
    EXPECT_EQ(d("d(14).div(4, 0)"), "'4'");
    EXPECT_EQ(d("d(-7).div(2, 3)"), "'-3.500'");
    EXPECT_EQ(d("[d('7.5').mod(2), d('-7.5').mod(2), d(7).mod('-2.5')].map(String)"),
              "'1.5,-1.5,2.0'");
    EXPECT_EQ(d("d('1.5').pow(2)"), "'2.25'");
    EXPECT_EQ(d("[d('-1.5').neg(), d('-1.5').abs(), d(0).neg()].map(String)"), "'1.5,1.5,0'");
    EXPECT_EQ(d("d('1e10')"), "'1E+10'");
    EXPECT_EQ(d("d('0.0000001')"), "'1E-7'");
    EXPECT_EQ(d("d(1e21)"), "'1E+21'");
    EXPECT_EQ(d("d(2n ** 100n)"), "'1267650600228229401496703205376'");
    EXPECT_EQ(d("[1.5, 2.5, -2.5, 0.05].map(x => d(x).round())"), "'2,2,-2,0'");
    EXPECT_EQ(d("d('2.345').round(2)"), "'2.34'");
    EXPECT_EQ(d("['half-even', 'half-up', 'down', 'up', 'floor', 'ceil'].map(r => d('2.345')"
                ".round(2, r).toString() + '/' + d('-2.345').round(2, r).toString())"),
              "'2.34/-2.34,2.35/-2.35,2.34/-2.34,2.35/-2.35,2.34/-2.35,2.35/-2.34'");
    EXPECT_EQ(d("d('1.5').round(3)"), "'1.500'");
    EXPECT_EQ(d("d('1250').round(-2)"), "'1.2E+3'");
    EXPECT_EQ(d("[d('1e3').toFixed(2), d('-0.004').toFixed(2), d('0.5').toFixed(), "
                "d('12').toFixed(0), d('1250').toFixed(-2)]"),
              "'1000.00,0.00,0,12,1200'");
    EXPECT_EQ(d("[d('1.50').compare(1.5), d(1).compare(2), d('1.50').equals('1.5'), "
                "d('1.50').scale]"),
              "'0,-1,true,2'");
    EXPECT_EQ(
        d("[d('1.5').toNumber() + 1, d('7.00').toBigInt() + 1n, JSON.stringify([d('1.50')])]"),
        "'2.5,8,[\"1.50\"]'");
    EXPECT_EQ(d("`${new d('1.5')} ${Object.prototype.toString.call(d(1))}`"),
              "'1.5 [object Decimal]'");
    for (const auto* lossy : {"d(1) + 1", "'' + d(1)", "d(1) < d(2)", "-d(1)", "Math.abs(d(1))"}) {
        EXPECT_THAT(d(lossy), HasSubstr("TypeError: operators would lose digits")) << lossy;
    }
    EXPECT_THAT(d("d(1).div(0)"), HasSubstr("RangeError: division by zero"));
    EXPECT_THAT(d("d(1).mod(0)"), HasSubstr("division by zero"));
    EXPECT_THAT(d("d('12x')"), HasSubstr("TypeError: a Decimal can't be made from '12x'"));
    EXPECT_THAT(d("d(1).add(NaN)"), HasSubstr("can't be made from 'NaN'"));
    EXPECT_THAT(d("d()"), HasSubstr("can't be made from 'undefined'"));
    EXPECT_THAT(d("d(1.5).toBigInt()"), HasSubstr("not an integer"));
    EXPECT_THAT(d("d(10).pow(1000000)"), HasSubstr("exponent"));
    EXPECT_THAT(d("d('1e1000000').add(1)"), HasSubstr("too far apart"));
    EXPECT_THAT(d("d(1).round(1.5)"), HasSubstr("a scale must be a small integer"));
    EXPECT_THAT(d("d(1).round(1, 'x')"), HasSubstr("a rounding is one of"));
    EXPECT_THAT(d("d.prototype.add.call({}, 1)"), HasSubstr("this is not a Decimal"));
    // Errors are caught like any, ten thousand times.
    EXPECT_EQ(d("(() => { let n = 0; for (let i = 0; i < 10000; i++) try { d(i).div(0) } "
                "catch { n++ } return n })()"),
              "'10000'");
    EXPECT_EQ(returned(type_kind::decimal, "return 0.1"), "0.1");
    EXPECT_EQ(returned(type_kind::decimal, "return 12n"), "12");
    EXPECT_EQ(returned(type_kind::decimal, "return Decimal('1.50')"), "1.50");
    EXPECT_THAT(returned(type_kind::decimal, "return '1.5'"),
                HasSubstr("the string '1.5' can't be returned as decimal"));
    EXPECT_THAT(returned(type_kind::double_, "return Decimal(1)"),
                HasSubstr("a Decimal can't be returned as double"));
}

}  // namespace
}  // namespace nacre::udf::javascript
