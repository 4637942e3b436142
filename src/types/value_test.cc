#include "types/value.h"

#include <gtest/gtest.h>

#include "types/vint.h"

// Expected texts, bytes and orders are those of Apache Cassandra 5.0.8's own type classes.
namespace nacre::types {
namespace {

type_ptr named(std::string_view name) {
    return type::native_by_name(name);
}
bytes hex(std::string_view digits) {
    return *from_hex(digits);
}

std::string problem(const type_ptr& t, std::string_view digits) {
    const auto checked = validate(*t, hex(digits));
    return checked ? "" : checked.error().message();
}

TEST(validate, native_types) {
    EXPECT_EQ(problem(named("int"), "00000001"), "");
    EXPECT_EQ(problem(named("int"), ""), "");
    EXPECT_EQ(problem(named("int"), "0102"), "Expected 4 or 0 byte int (2)");
    EXPECT_EQ(problem(named("bigint"), "0102"), "Expected 8 or 0 byte long (2)");
    EXPECT_EQ(problem(named("tinyint"), ""), "Expected 1 byte for a tinyint (0)");
    EXPECT_EQ(problem(named("smallint"), "01"), "Expected 2 bytes for a smallint (1)");
    EXPECT_EQ(problem(named("boolean"), "0102"), "Expected 1 or 0 byte value (2)");
    EXPECT_EQ(problem(named("float"), "01"), "Expected 4 or 0 byte value for a float (1)");
    EXPECT_EQ(problem(named("double"), "01"), "Expected 8 or 0 byte value for a double (1)");
    EXPECT_EQ(problem(named("date"), ""), "Expected 4 byte long for date (0)");
    EXPECT_EQ(problem(named("time"), ""), "Expected 8 byte long for time (0)");
    EXPECT_EQ(problem(named("timestamp"), "01"), "Expected 8 or 0 byte long for date (1)");
    EXPECT_EQ(problem(named("uuid"), "01"), "UUID should be 16 or 0 bytes (1)");
    EXPECT_EQ(problem(named("timeuuid"), "000102030405460788090a0b0c0d0e0f"),
              "Invalid version for TimeUUID type: 0x4");
    EXPECT_EQ(problem(named("inet"), "0102"), "Expected 4 or 16 byte inetaddress; got 0102");
    EXPECT_EQ(problem(named("decimal"), "010203"), "Expected 0 or at least 4 bytes (3)");
    EXPECT_EQ(problem(named("duration"), "0102"), "Expected at least 3 bytes for a duration (2)");
    EXPECT_EQ(problem(named("duration"), "020103"),
              "The duration months, days and nanoseconds must be all of the same sign (1, -1, -2)");
    EXPECT_EQ(problem(named("duration"), "f10000000000020202"),
              "The duration months must be a 32 bits integer but was: 2147483648");
    EXPECT_EQ(problem(named("duration"), "02020200"),
              "Invalid duration: 1 bytes behind its 3 vints");
}

TEST(validate, text_is_utf8_and_ascii_is_ascii) {
    EXPECT_EQ(problem(named("text"), to_hex("Muschel — 貝, a long one to pass the fast path")), "");
    EXPECT_EQ(problem(named("text"), "c328"), "String didn't validate.");
    EXPECT_EQ(problem(named("text"), "6161616161616161c0af"), "String didn't validate.");
    EXPECT_EQ(problem(named("text"), "eda080"), "String didn't validate.") << "a lone surrogate";
    EXPECT_EQ(problem(named("ascii"), "6180"), "Invalid byte for ascii: -128");
}

TEST(validate, compound_types) {
    const auto list = type::list_of(named("int"), true);
    EXPECT_EQ(problem(list, "000000010000000400000007"), "");
    EXPECT_EQ(problem(list, ""), "Not enough bytes to read a list");
    EXPECT_EQ(problem(list, "0000000100000004"), "Not enough bytes to read a list");
    EXPECT_EQ(problem(list, "00000001ffffffff"), "Null value read when not allowed");
    EXPECT_EQ(problem(list, "0000000000"), "Unexpected extraneous bytes after list value");
    EXPECT_EQ(problem(list, "000000010000000107"), "Expected 4 or 0 byte int (1)");
    EXPECT_EQ(problem(list, "7fffffff"), "Not enough bytes to read a list");
    EXPECT_EQ(problem(list, "80000000"), "Not enough bytes to read a list");
    const auto map = type::map_of(named("int"), named("text"), true);
    EXPECT_EQ(problem(map, "00000001000000040000000700000001c3"), "String didn't validate.");
    const auto tuple = type::tuple_of({named("int"), named("text")});
    EXPECT_EQ(problem(tuple, ""), "");
    EXPECT_EQ(problem(tuple, "0000000400000001"), "");
    EXPECT_EQ(problem(tuple, "00"), "Not enough bytes to read size of 0th component");
    EXPECT_EQ(problem(tuple, "00000004"), "Not enough bytes to read 0th component");
    EXPECT_EQ(problem(tuple, "ffffffffffffffff00"),
              "Invalid remaining data after end of tuple value");
    const auto vector = type::vector_of(named("float"), 2);
    EXPECT_EQ(problem(vector, ""), "Invalid empty vector value");
    EXPECT_EQ(problem(vector, "00000001"), "Not enough bytes to read a vector<float, 2>");
    EXPECT_EQ(problem(vector, "0000000000000000ff"),
              "Unexpected 1 extraneous bytes after vector<float, 2> value");
}

/// Every value is greater than those of the earlier groups and equal to those of its own.
void expect_order(const type_ptr& t, const std::vector<std::vector<std::string>>& groups) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (std::size_t j = 0; j < groups.size(); ++j) {
            for (const auto& a : groups[i]) {
                for (const auto& b : groups[j]) {
                    EXPECT_EQ(compare(*t, hex(a), hex(b)), i <=> j)
                        << t->to_cql() << " " << a << " " << b;
                }
            }
        }
    }
}

TEST(compare, numbers) {
    expect_order(named("tinyint"), {{"80"}, {"ff"}, {"00"}, {"7f"}});
    expect_order(named("int"), {{""}, {"80000000"}, {"ffffffff"}, {"00000000"}, {"7fffffff"}});
    expect_order(named("varint"), {{""},
                                   {"ff7f"},
                                   {"80", "ff80"},
                                   {"ff"},
                                   {"00", "0000"},
                                   {"01", "0001"},
                                   {"7f"},
                                   {"0080"},
                                   {"7fff"}});
    // 1e-2·2 < 1 = 1.0 < 10 = 10.0 = 1e1, whatever the scale.
    expect_order(named("decimal"), {{""},
                                    {"00000000f6"},
                                    {"0000000200"},
                                    {"0000000202"},
                                    {"0000000001", "000000010a"},
                                    {"000000000a", "0000000164", "ffffffff01"},
                                    {"8000000001"}});
    expect_order(named("double"), {{""},
                                   {"fff0000000000000"},
                                   {"8000000000000000"},
                                   {"0000000000000000"},
                                   {"7ff0000000000000"},
                                   {"7ff8000000000000", "fff8000000000000"}});
    expect_order(named("boolean"), {{""}, {"00"}, {"01", "ff"}});
}

TEST(compare, dates_are_unsigned_and_timestamps_signed) {
    expect_order(named("date"), {{"00000000"}, {"7fffffff"}, {"80000000"}});
    expect_order(named("timestamp"), {{"ffffffffffffffff"}, {"0000000000000000"}});
}

TEST(compare, uuids) {
    expect_order(named("uuid"), {{""},
                                 {"00000001000010008000000000000000"},
                                 {"00000001000010008080000000000000"},
                                 {"00000000000110008000000000000000"},
                                 {"00000000000040008000000000000000"},
                                 {"ff000000000040008000000000000000"}});
    // The last eight bytes of a timeuuid are ordered by signed bytes.
    expect_order(named("timeuuid"), {{""},
                                     {"00000001000010008080000000000000"},
                                     {"00000001000010008000000000000000"},
                                     {"0000000100001000ff00000000000000"},
                                     {"00000001000010007f000000000000ff"},
                                     {"00000000000110008000000000000000"}});
}

TEST(compare, compound_types) {
    expect_order(type::list_of(named("int"), true), {{"00000000"},
                                                     {"000000010000000480000000"},
                                                     {"000000010000000400000001"},
                                                     {"000000020000000400000001000000048fffffff"}});
    expect_order(type::tuple_of({named("int"), named("text")}),
                 {{""},
                  {"ffffffff0000000161"},
                  {"00000004800000000000000161"},
                  {"0000000400000001", "0000000400000001ffffffff"},
                  {"00000004000000010000000161"}});
    expect_order(type::map_of(named("int"), named("text"), true),
                 {{"00000001000000040000000100000001"
                   "61"},
                  {"00000001000000040000000100000001"
                   "62"},
                  {"00000001000000040000000200000001"
                   "61"}});
    expect_order(type::vector_of(named("float"), 2),
                 {{"bf80000000000000"}, {"3f80000000000000"}, {"3f80000040000000"}});
}

TEST(compound, split_and_join_are_inverse) {
    const auto list = type::list_of(named("text"), true);
    const std::vector<optional_bytes> elements{bytes("a"), bytes(), bytes("ccc")};
    const bytes joined = join_list(elements);
    EXPECT_EQ(to_hex(joined),
              "00000003000000016100000000"
              "00000003636363");
    const auto split = split_collection(*list, joined);
    ASSERT_TRUE(split);
    ASSERT_EQ(split->size(), 3u);
    EXPECT_EQ((*split)[2], "ccc");
    EXPECT_EQ(collection_size(*list, joined), 3u);
    EXPECT_FALSE(split_collection(*list, hex("0000000200000001")));

    const auto map = type::map_of(named("text"), named("text"), true);
    const std::vector<std::pair<bytes, bytes>> entries{{"k", "v"}, {"l", ""}};
    const bytes joined_map = join_map(entries);
    const auto parts = split_collection(*map, joined_map);
    ASSERT_TRUE(parts);
    EXPECT_EQ(*parts, (std::vector<std::optional<bytes_view>>{"k", "v", "l", ""}));

    const auto tuple = type::tuple_of({named("int"), named("text"), named("text")});
    const bytes fields = join_fields(std::vector<optional_bytes>{std::nullopt, bytes("x")});
    const auto split_tuple = split_fields(*tuple, fields);
    ASSERT_TRUE(split_tuple);
    EXPECT_EQ(*split_tuple,
              (std::vector<std::optional<bytes_view>>{std::nullopt, "x", std::nullopt}));
}

TEST(compound, vectors_have_lengths_only_for_elements_of_any_size) {
    const auto floats = type::vector_of(named("float"), 2);
    EXPECT_EQ(to_hex(join_vector(*floats, std::vector<bytes>{hex("3f800000"), hex("40000000")})),
              "3f80000040000000");
    const auto texts = type::vector_of(named("text"), 2);
    const bytes joined = join_vector(*texts, std::vector<bytes>{"ab", ""});
    EXPECT_EQ(to_hex(joined), "02616200");
    EXPECT_EQ(*split_collection(*texts, joined),
              (std::vector<std::optional<bytes_view>>{"ab", ""}));
    const auto small = type::vector_of(named("smallint"), 1);
    EXPECT_EQ(to_hex(join_vector(*small, std::vector<bytes>{hex("0007")})), "020007");
}

TEST(vint, follows_the_protocol) {
    // From the Python driver's vints_pack and uvint_pack.
    const std::pair<std::int64_t, std::string_view> cases[] = {
        {0, "00"},
        {-1, "01"},
        {63, "7e"},
        {64, "8080"},
        {-65, "8081"},
        {1 << 20, "e0200000"},
        {INT64_MAX, "fffffffffffffffffe"},
        {INT64_MIN, "ffffffffffffffffff"},
    };
    for (const auto& [value, digits] : cases) {
        bytes out;
        append_vint(out, value);
        EXPECT_EQ(to_hex(out), digits) << value;
        byte_reader in(out);
        EXPECT_EQ(take_vint(in), value);
        EXPECT_TRUE(in.at_end());
        byte_reader cut(bytes_view(out).substr(0, out.size() - 1));
        EXPECT_FALSE(take_vint(cut));
    }
}

}  // namespace
}  // namespace nacre::types
