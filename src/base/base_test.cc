#include <gtest/gtest.h>

#include "base/byte_reader.h"
#include "base/bytes.h"
#include "base/identifier.h"
#include "base/result.h"
#include "base/uuid.h"

namespace nacre {
namespace {

TEST(bytes, hex_round_trip) {
    EXPECT_EQ(to_hex(bytes("\x00\xff\x10", 3)), "00ff10");
    EXPECT_EQ(from_hex("00fF10"), bytes("\x00\xff\x10", 3));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("0g"));
}

TEST(bytes, big_endian_round_trip) {
    EXPECT_EQ(to_hex(to_big_endian<std::int32_t>(-2)), "fffffffe");
    EXPECT_EQ(load_big_endian<std::int16_t>("\x01\x02"), 0x0102);
}

TEST(byte_reader, never_reads_past_the_end) {
    byte_reader in(bytes_view("\x00\x01\x02", 3));
    EXPECT_EQ(in.take_big_endian<std::uint16_t>(), 1);
    EXPECT_FALSE(in.take_big_endian<std::uint16_t>());
    EXPECT_FALSE(byte_reader("\xff\xff").take_varint());
}

TEST(byte_reader, varints_round_trip) {
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, INT64_MAX, INT64_MIN}) {
        bytes out;
        append_signed_varint(out, value);
        byte_reader in(out);
        EXPECT_EQ(take_signed_varint(in), value);
        EXPECT_TRUE(in.at_end());
    }
}

TEST(identifier, quotes_only_what_needs_it) {
    EXPECT_EQ(quote_identifier("abc_1"), "abc_1");
    EXPECT_EQ(quote_identifier("Abc"), "\"Abc\"");
    EXPECT_EQ(quote_identifier("select"), "\"select\"");
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_identifier("1a"), "\"1a\"");
}

TEST(uuid, text_round_trip_and_versions) {
    const auto id = uuid::random();
    EXPECT_EQ(uuid::parse(id.to_string()), id);
    EXPECT_EQ(id.version(), 4);
    EXPECT_EQ(uuid::time_based().version(), 1);
    EXPECT_NE(uuid::time_based(), uuid::time_based());
    EXPECT_EQ(uuid::time_based_descending().version(), 1);
    // The id that Cassandra gives its table system.local.
    EXPECT_EQ(uuid::from_name("systemlocal").to_string(), "7ad54392-bcdd-35a6-8417-4e047860b377");
    EXPECT_FALSE(uuid::parse("not-a-uuid"));
}

result<int> half(int n) {
    if (n % 2 != 0) return invalid("{} is odd", n);
    return n / 2;
}
result<int> quarter(int n) {
    NACRE_TRY(const auto h, half(n));
    return half(h);
}

TEST(result, try_passes_errors_on) {
    EXPECT_EQ(*quarter(8), 2);
    EXPECT_EQ(quarter(6).error().message(), "3 is odd");
    EXPECT_EQ(quarter(6).error().code(), error_code::invalid);
}

}  // namespace
}  // namespace nacre
