#include "data/token.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace nacre::data {
namespace {

// Expected values are the Python driver's (cassandra.metadata.Murmur3Token).
TEST(token, agrees_with_cassandra) {
    EXPECT_EQ(token_of("a").value, -8839064797231613815);
    EXPECT_EQ(token_of("rabbit").value, -6932676835251255686);
    EXPECT_EQ(token_of("monkey").value, -6040819988402437962);
    EXPECT_EQ(token_of("penguin").value, 8058126698511799375);
    EXPECT_EQ(token_of("0123456789abcdef").value, 5467490433528156583);
}

TEST(token, the_empty_key_has_the_least_one) {
    EXPECT_EQ(token_of({}), minimum_token);
}

TEST(token, high_bytes_of_the_tail_are_sign_extended) {
    EXPECT_EQ(token_of("\xff").value, -4442228696663692417);
    EXPECT_EQ(token_of("\xff\xfe\x80").value, 7236304163770186844);
    EXPECT_EQ(token_of("0123456789abcdef\xff\x80\x01").value, 5053537446067662355);
    bytes long_tail;
    for (int c = 200; c < 231; ++c) long_tail.push_back(static_cast<char>(c));
    EXPECT_EQ(token_of(long_tail).value, 4398332801500074197);
}

TEST(token, doubles_scan_in_cassandras_order) {
    const auto of = [](std::uint64_t bits) { return token_of(to_big_endian(bits)).value; };
    const std::vector tokens{of(0x401c000000000000), of(0x3ff0000000000000), of(0),
                             of(0x4010000000000000)};  // 7, 1, 0, 4
    EXPECT_EQ(tokens, (std::vector<std::int64_t>{691537669974507004, 1565028254941705850,
                                                 2945182322382062539, 8673459592210431081}));
    EXPECT_TRUE(std::ranges::is_sorted(tokens));
}

TEST(partition_key, one_component_is_bare_and_more_are_framed) {
    EXPECT_EQ(serialise_partition_key({"abc"}), "abc");
    EXPECT_EQ(to_hex(serialise_partition_key({bytes("\x00\x00\x00\x01", 4), "x"})),
              "00040000000100"
              "00017800");
}

}  // namespace
}  // namespace nacre::data
