/// Values of the other types: their text, order and bytes.
#include <gtest/gtest.h>

#include <nacre/function.h>

namespace {

using nacre::detail::codec;

template <typename T>
std::string bytes_of(const T& value) {
    std::vector<std::byte> bytes(codec<T>::size(value));
    EXPECT_EQ(codec<T>::write(bytes.data(), value), bytes.data() + bytes.size());
    std::string text;
    for (const auto byte : bytes) {
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4];
        text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}
template <typename T>
T round_trip(const T& value) {
    std::vector<std::byte> bytes(codec<T>::size(value) + 1);
    codec<T>::write(bytes.data(), value);
    return codec<T>::read(bytes.data(), codec<T>::size(value));
}

TEST(uuid, reads_and_writes_text) {
    constexpr auto id = nacre::uuid::parse("f47ac10b-58cc-4372-A567-0e02b2c3d479");
    static_assert(id && id->version() == 4);
    EXPECT_EQ(id->to_string(), "f47ac10b-58cc-4372-a567-0e02b2c3d479");
    EXPECT_EQ(nacre::uuid::of(id->high(), id->low()), *id);
    EXPECT_EQ(bytes_of(*id), "f47ac10b58cc4372a5670e02b2c3d479");
    for (const auto* text :
         {"", "f47ac10b-58cc-4372-a567-0e02b2c3d47", "f47ac10b-58cc-4372-a567-0e02b2c3d47x",
          "f47ac10b058cc-4372-a567-0e02b2c3d479"}) {
        EXPECT_FALSE(nacre::uuid::parse(text)) << text;
    }
}

TEST(timeuuid, tells_its_time_and_is_ordered_by_it) {
    const auto id = [](const char* text) { return nacre::timeuuid(*nacre::uuid::parse(text)); };
    const auto early = id("50554d6e-29bb-11e5-b345-feff819cdc9f");
    const auto late = id("8e14e760-b25c-11ee-b962-0242ac120002");
    EXPECT_LT(early, late);
    EXPECT_EQ(early.time().time_since_epoch().count(), 1436832018805);
    EXPECT_LT(id("00000000-0000-1000-8000-000000000000"),
              id("00000000-0000-1000-0000-000000000000"));
    EXPECT_EQ(id("00000000-0000-1000-8000-000000000000").time().time_since_epoch().count(),
              -12219292800000);
    // As uuids those of version 1 come before those of version 4, and the bytes have no sign.
    EXPECT_LT(nacre::uuid(late), *nacre::uuid::parse("00000000-0000-4000-8000-000000000000"));
}

TEST(inet, reads_and_writes_text) {
    for (const auto* text :
         {"0.0.0.0", "192.168.77.201", "::", "::1", "1::", "2001:db8::ff00:42:8329",
          "2001:db8:0:1:1:1:1:1", "1:0:0:2::3", "fe80::", "1:2:3:4:5:6:7:8"}) {
        const auto address = nacre::inet::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), text);
    }
    EXPECT_EQ(nacre::inet::parse("::ffff:1.2.3.4")->to_string(), "::ffff:102:304");
    EXPECT_EQ(nacre::inet::parse("2001:DB8:0:0:0:0:0:1")->to_string(), "2001:db8::1");
    for (const auto* text :
         {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", ":", ":::", "1:2:3:4:5:6:7", "1::2::3",
          "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:1", "1:"}) {
        EXPECT_FALSE(nacre::inet::parse(text)) << text;
    }
    EXPECT_LT(*nacre::inet::parse("9.9.9.9"), *nacre::inet::parse("10.0.0.0"));
}

TEST(duration, is_three_variable_integers) {
    EXPECT_EQ(bytes_of(nacre::duration{1, 2, 3}), "020406");
    EXPECT_EQ(bytes_of(nacre::duration{-1, -2, -3}), "010305");
    for (const auto& one :
         {nacre::duration{}, nacre::duration{INT32_MAX, INT32_MAX, INT64_MAX},
          nacre::duration{INT32_MIN, INT32_MIN, INT64_MIN}, nacre::duration{64, -64, 1LL << 55}}) {
        EXPECT_EQ(round_trip(one), one);
    }
}

TEST(dates, are_days_with_the_epoch_in_the_middle) {
    using namespace std::chrono;
    EXPECT_EQ(bytes_of(nacre::date(days(0))), "80000000");
    EXPECT_EQ(bytes_of(nacre::date(days(-1))), "7fffffff");
    EXPECT_EQ(bytes_of(2024y / February / 29), bytes_of(nacre::date(2024y / February / 29)));
    EXPECT_EQ(round_trip(2024y / February / 29), 2024y / February / 29);
    EXPECT_THROW(bytes_of(2023y / February / 29), nacre::failure);
}

TEST(collections, are_written_in_order_whatever_order_they_have) {
    const std::vector<std::string> words{"pear", "apple", "fig"};
    EXPECT_EQ(bytes_of(std::unordered_set<std::string>(words.begin(), words.end())),
              bytes_of(std::set<std::string>(words.begin(), words.end())));
    const std::unordered_map<std::int32_t, bool> map{{3, true}, {-1, false}};
    EXPECT_EQ(bytes_of(map), bytes_of(std::map<std::int32_t, bool>(map.begin(), map.end())));
    EXPECT_EQ(bytes_of(map),
              "00000002"
              "00000004ffffffff"
              "0000000100"
              "0000000400000003"
              "0000000101");
    EXPECT_EQ(round_trip(std::vector<bool>{true, false}), (std::vector<bool>{true, false}));
}

struct address {
    std::string street;
    std::optional<std::int32_t> number;
};
struct Shop {
    static constexpr std::string_view cql_name = "\"Shop\"";
    address Where;
    std::vector<std::optional<address>> others;
};

TEST(user_types, have_names) {
    nacre::detail::constant_text text;
    codec<Shop>::describe_fields(text);
    EXPECT_EQ(text.view(),
              "\"Shop\" (\"where\" frozen<address>, others frozen<list<frozen<address>>>)");
}

TEST(user_types, are_structs) {
    const Shop shop{{"Main", std::nullopt}, {}};
    EXPECT_EQ(bytes_of(shop),
              "0000000c"
              "000000044d61696e"
              "ffffffff"
              "00000004"
              "00000000");
    const auto same = round_trip(shop);
    EXPECT_EQ(same.Where.street, "Main");
    EXPECT_FALSE(same.Where.number);
    // A value from before the type got its second field.
    const auto bytes = std::to_array<unsigned char>({0, 0, 0, 1, 'x'});
    const auto old = codec<address>::read(reinterpret_cast<const std::byte*>(bytes.data()), 5);
    EXPECT_EQ(old.street, "x");
    EXPECT_FALSE(old.number);
    EXPECT_THROW(codec<address>::read(reinterpret_cast<const std::byte*>(bytes.data()), 0),
                 nacre::failure);
}

TEST(vectors_of_cql, pack_what_cassandra_packs) {
    EXPECT_EQ(bytes_of(std::array<float, 2>{1.5F, -2}), "3fc00000c0000000");
    EXPECT_EQ(bytes_of(std::array<std::int16_t, 2>{1, 2}),
              "02"
              "0001"
              "02"
              "0002");
    EXPECT_EQ(bytes_of(std::array<std::string, 2>{"a", ""}),
              "0161"
              "00");
    using nested = std::array<std::array<std::int32_t, 2>, 2>;
    EXPECT_EQ(bytes_of(nested{{{1, 2}, {3, 4}}}), "00000001000000020000000300000004");
    const std::array<std::string, 2> words{"long " + std::string(300, 'x'), "b"};
    EXPECT_EQ(round_trip(words), words);
}

}  // namespace
