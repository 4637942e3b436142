#include "query/ring_pieces.h"

#include <random>

#include <gtest/gtest.h>

namespace nacre::query {
namespace {

using ranges = std::vector<data::token_range>;

data::token_range range(std::int64_t after, std::int64_t up_to) {
    return {data::token{after}, data::token{up_to}};
}

// The pieces one after the other, neighbours joined.
ranges joined(const std::vector<ring_piece>& pieces) {
    ranges all;
    for (const auto& piece : pieces) {
        for (const auto& each : piece) {
            EXPECT_LT(each.after, each.up_to);
            if (!all.empty() && all.back().up_to == each.after) {
                all.back().up_to = each.up_to;
            } else {
                all.push_back(each);
            }
        }
    }
    return all;
}

bool same(const ranges& left, const ranges& right) {
    return std::ranges::equal(left, right, [](const auto& a, const auto& b) {
        return a.after == b.after && a.up_to == b.up_to;
    });
}

TEST(ring_pieces, cover_the_ring_once_and_in_order) {
    const auto whole = ranges{data::token_range()};
    for (const std::uint32_t count : {1u, 2u, 3u, 7u, 64u}) {
        const auto pieces = cut(whole, count);
        ASSERT_EQ(pieces.size(), count);
        EXPECT_TRUE(same(joined(pieces), whole));
        for (const auto& piece : pieces) {
            EXPECT_NEAR(width_of(piece), width_of(whole) / count, width_of(whole) / 1e6);
        }
    }
}

TEST(ring_pieces, of_any_ranges) {
    std::mt19937_64 chance(5);
    for (int round = 0; round < 500; ++round) {
        ranges some;
        auto at = static_cast<std::int64_t>(chance() % 100) - 50;
        for (auto i = chance() % 4; i != 0; --i) {
            const auto begin = at + static_cast<std::int64_t>(chance() % 5);
            at = begin + 1 + static_cast<std::int64_t>(chance() % 20);
            if (some.empty() || some.back().up_to.value != begin) some.push_back(range(begin, at));
        }
        const auto pieces = cut(some, 1 + static_cast<std::uint32_t>(chance() % 9));
        EXPECT_TRUE(same(joined(pieces), some));
        auto rest = some;
        const auto front = take_front(rest, static_cast<double>(chance() % 30));
        EXPECT_TRUE(same(joined({front, rest}), some));
        EXPECT_EQ(front.empty(), some.empty());
    }
}

TEST(ring_pieces, what_is_left_behind_a_token) {
    const ranges some{range(0, 10), range(20, 30)};
    EXPECT_TRUE(same(ranges_after(some, {-5}), some));
    EXPECT_TRUE(same(ranges_after(some, {4}), {range(4, 10), range(20, 30)}));
    EXPECT_TRUE(same(ranges_after(some, {10}), {range(20, 30)}));
    EXPECT_TRUE(same(ranges_after(some, {15}), {range(20, 30)}));
    EXPECT_TRUE(ranges_after(some, {30}).empty());
}

}  // namespace
}  // namespace nacre::query
