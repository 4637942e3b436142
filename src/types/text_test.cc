#include <gtest/gtest.h>

#include "types/value.h"

// Expected bytes and texts are those of Apache Cassandra 5.0.8's own type classes.
namespace nacre::types {
namespace {

struct text_case {
    std::string_view type;
    std::string_view text;
    std::string_view expected_hex;
    std::string_view literal;
};

constexpr text_case good[] = {
    {"tinyint", "-7", "f9", "-7"},
    {"smallint", "+7", "0007", "7"},
    {"int", "", "", "null"},
    {"int", "-2147483648", "80000000", "-2147483648"},
    {"bigint", "2147483648", "0000000080000000", "2147483648"},
    {"varint", "0", "00", "0"},
    {"varint", "-128", "80", "-128"},
    {"varint", "-129", "ff7f", "-129"},
    {"varint", "2147483648", "0080000000", "2147483648"},
    {"varint", "99999999999999999999", "056bc75e2d630fffff", "99999999999999999999"},
    {"varint", "0010", "0a", "10"},
    {"decimal", "1.5", "000000010f", "1.5"},
    {"decimal", "-0.00", "0000000200", "0.00"},
    {"decimal", "1e3", "fffffffd01", "1E+3"},
    {"decimal", "0e5", "fffffffb00", "0E+5"},
    {"decimal", "1e-7", "0000000701", "1E-7"},
    {"decimal", "0.000001", "0000000601", "0.000001"},
    {"decimal", "123456789.5", "00000001499602d7", "123456789.5"},
    {"double", "7", "401c000000000000", "7.0"},
    {"double", "-0.00", "8000000000000000", "-0.0"},
    {"double", "1e7", "416312d000000000", "1.0E7"},
    {"double", "0.001", "3f50624dd2f1a9fc", "0.001"},
    {"double", "0.0001", "3f1a36e2eb1c432d", "1.0E-4"},
    {"double", "1e400", "7ff0000000000000", "Infinity"},
    {"double", "-1e400", "fff0000000000000", "-Infinity"},
    {"double", "1e-400", "0000000000000000", "0.0"},
    {"double", "NaN", "7ff8000000000000", "NaN"},
    {"float", "123456789.5", "4ceb79a3", "1.2345679E8"},
    {"boolean", "TRUE", "01", "true"},
    {"boolean", "", "00", "false"},
    {"date", "2015-05-03", "800040ae", "'2015-05-03'"},
    {"date", "2147483648", "80000000", "'1970-01-01'"},
    {"date", "0", "00000000", "'-5877641-06-23'"},
    {"date", "-0001-01-01", "7ff503eb", "'-0001-01-01'"},
    {"date", "0000-01-01", "7ff50558", "'0000-01-01'"},
    {"time", "08:12:54", "00001ae5bbc3bc00", "'08:12:54.000000000'"},
    {"time", "8:1:1", "00001a3fb9a72200", "'08:01:01.000000000'"},
    {"time", "00:00:00.000000001", "0000000000000001", "'00:00:00.000000001'"},
    {"time", "1000", "00000000000003e8", "'00:00:00.000001000'"},
    {"timestamp", "2011-02-03", "0000012de8d18000", "'2011-02-03T00:00:00.000Z'"},
    {"timestamp", "2011-02-03 04:05", "0000012de9b1cde0", "'2011-02-03T04:05:00.000Z'"},
    {"timestamp", "2011-02-03T04:05:06.123", "0000012de9b1e5cb", "'2011-02-03T04:05:06.123Z'"},
    {"timestamp", "2011-02-03 04:05+0100", "0000012de97adf60", "'2011-02-03T03:05:00.000Z'"},
    {"timestamp", "2011-02-03 04:05:06 +01:00", "0000012de97af6d0", "'2011-02-03T03:05:06.000Z'"},
    {"timestamp", "2011-02-03 04:05:06.123456+01", "0000012de97af74b",
     "'2011-02-03T03:05:06.123Z'"},
    {"timestamp", "2011-02-03 04:05:06.5 PST", "0000012deb695b44", "'2011-02-03T12:05:06.500Z'"},
    {"timestamp", "2011-02-03 04:05:06Z", "0000012de9b1e550", "'2011-02-03T04:05:06.000Z'"},
    {"timestamp", "2011-02-03+0100", "0000012de89a9180", "'2011-02-02T23:00:00.000Z'"},
    {"timestamp", "2011-02-03 04:05:06.123+0530", "0000012de883c60b", "'2011-02-02T22:35:06.123Z'"},
    {"timestamp", "2011-02-30", "0000012e69907c00", "'2011-02-28T00:00:00.000Z'"},
    {"timestamp", "-5", "fffffffffffffffb", "'1969-12-31T23:59:59.995Z'"},
    {"timestamp", "-9223372036854775808", "8000000000000000", "'-292275055-05-16T16:47:04.192Z'"},
    {"duration", "1y2mo3w4d5h6m7s8ms9us10ns", "1c32fc2168cdf9d664", "1y2mo25d5h6m7s8ms9us10ns"},
    {"duration", "P1Y2M3DT4H5M6S", "1c06fc1ac003cfe800", "1y2mo3d4h5m6s"},
    {"duration", "P0001-02-03T04:05:06", "1c06fc1ac003cfe800", "1y2mo3d4h5m6s"},
    {"duration", "P3W", "002a00", "21d"},
    {"duration", "-1mo", "010000", "-1mo"},
    {"duration", "10µs", "0000c04e20", "10us"},
    {"duration", "1MO2D", "020400", "1mo2d"},
    {"inet", "127.0.0.1", "7f000001", "'127.0.0.1'"},
    {"inet", "1", "00000001", "'0.0.0.1'"},
    {"inet", "1.65535", "0100ffff", "'1.0.255.255'"},
    {"inet", "01.02.3", "01020003", "'1.2.0.3'"},
    {"inet", "[::1%7]", "00000000000000000000000000000001", "'0:0:0:0:0:0:0:1'"},
    {"inet", "::ffff:1.2.3.4", "01020304", "'1.2.3.4'"},
    {"inet", "2001:db8::5", "20010db8000000000000000000000005", "'2001:db8:0:0:0:0:0:5'"},
    {"uuid", "00010203-0405-4607-8809-0a0b0c0d0e0f", "000102030405460788090a0b0c0d0e0f",
     "00010203-0405-4607-8809-0a0b0c0d0e0f"},
    {"blob", "0xCA", "ca", "0xca"},
    {"text", "it's", "69742773", "'it''s'"},
};

TEST(from_text, agrees_with_cassandra) {
    for (const auto& c : good) {
        const auto t = type::native_by_name(c.type);
        const auto value = from_text(*t, c.text);
        ASSERT_TRUE(value) << c.type << " " << c.text << ": " << value.error().message();
        EXPECT_EQ(to_hex(*value), c.expected_hex) << c.type << " " << c.text;
        EXPECT_EQ(to_cql_literal(*t, *value), c.literal) << c.type << " " << c.text;
        EXPECT_TRUE(validate(*t, *value)) << c.type << " " << c.text;
    }
}

TEST(from_text, refuses_in_cassandras_words) {
    const std::tuple<std::string_view, std::string_view, std::string_view> bad[] = {
        {"tinyint", "128", "Unable to make byte from '128'"},
        {"smallint", "x", "Unable to make short from 'x'"},
        {"int", "1.5", "Unable to make int from '1.5'"},
        {"int", "+-1", "Unable to make int from '+-1'"},
        {"bigint", "9223372036854775808", "Unable to make long from '9223372036854775808'"},
        {"varint", "1e3", "unable to make int from '1e3'"},
        {"decimal", "NaN", "unable to make BigDecimal from 'NaN'"},
        {"decimal", "1.2.3", "unable to make BigDecimal from '1.2.3'"},
        {"decimal", "1e99999999999", "unable to make BigDecimal from '1e99999999999'"},
        {"double", "1x", "Unable to make double from '1x'"},
        {"float", "", ""},
        {"boolean", "7", "Unable to make boolean from '7'"},
        {"date", "2015-02-29", "Unable to coerce '2015-02-29' to a formatted date (long)"},
        {"date", "99999999999", "Unable to make unsigned int (for date) from: '99999999999'"},
        {"time", "24:00:00", "(TimeType) Unable to coerce '24:00:00' to a formatted time (long)"},
        {"time", "08:12", "(TimeType) Unable to coerce '08:12' to a formatted time (long)"},
        {"time", "86400000000000", "Unable to make long (for time) from: '86400000000000'"},
        {"timestamp", "x", "Unable to parse a date/time from 'x'"},
        {"timestamp", "2011-02-03 04:05:06.1234567891",
         "Unable to parse a date/time from '2011-02-03 04:05:06.1234567891'"},
        {"duration", "1h1h", "Invalid duration. The hours are specified multiple times"},
        {"duration", "1h2d", "Invalid duration. The hours should be after days"},
        {"duration", "P1W2D", "Unable to convert 'P1W2D' to a duration"},
        {"duration", "2147483648mo",
         "Invalid duration. The total number of months must be less or equal to 2147483647"},
        {"inet", "300.1.1.1", "Unable to make inet address from '300.1.1.1'"},
        {"uuid", "x", "Unable to make UUID from 'x'"},
        {"timeuuid", "00010203-0405-4607-8809-0a0b0c0d0e0f",
         "TimeUUID supports only version 1 UUIDs"},
        {"timeuuid", "x", "Unknown timeuuid representation: x"},
        {"blob", "c", "cannot parse 'c' as hex bytes"},
        {"ascii", "é", "Invalid ASCII character in string literal"},
    };
    for (const auto& [name, text, message] : bad) {
        const auto value = from_text(*type::native_by_name(name), text);
        if (message.empty()) {
            EXPECT_TRUE(value) << name << " " << text;
            continue;
        }
        ASSERT_FALSE(value) << name << " " << text;
        EXPECT_EQ(value.error().message(), message);
        EXPECT_EQ(value.error().code(), error_code::invalid);
    }
}

TEST(to_cql_literal, compound_values) {
    const auto ints = type::native_by_name("int");
    const auto text = type::native_by_name("text");
    const bytes one = serialise_integer<std::int32_t>(1);
    EXPECT_EQ(
        to_cql_literal(*type::list_of(ints), join_list(std::vector<optional_bytes>{one, one})),
        "[1, 1]");
    EXPECT_EQ(
        to_cql_literal(*type::set_of(text), join_list(std::vector<optional_bytes>{bytes("a")})),
        "{'a'}");
    EXPECT_EQ(to_cql_literal(*type::map_of(ints, text),
                             join_map(std::vector<std::pair<bytes, bytes>>{{one, "a"}})),
              "{1: 'a'}");
    EXPECT_EQ(to_cql_literal(*type::tuple_of({ints, text}),
                             join_fields(std::vector<optional_bytes>{one, std::nullopt})),
              "(1, null)");
    EXPECT_EQ(to_cql_literal(*type::user("ks", "u", {"a", "B"}, {ints, text}),
                             join_fields(std::vector<optional_bytes>{one, bytes("x")})),
              "{a: 1, \"B\": 'x'}");
}

}  // namespace
}  // namespace nacre::types
