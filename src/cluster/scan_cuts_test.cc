#include "cluster/scan_cuts.h"

#include <gtest/gtest.h>

namespace nacre::cluster {
namespace {

using ends = std::vector<std::int64_t>;

/// Where the parts end; checks that each begins where the one before it ended.
ends ends_of(const data::token_range& range, double tokens, const std::vector<data::token>& borders,
             std::size_t count_max = 100) {
    ends found;
    auto from = range.after;
    for (const auto& part : cut_range(range, tokens, borders, count_max)) {
        EXPECT_EQ(part.after, from);
        EXPECT_LT(part.after, part.up_to);
        from = part.up_to;
        found.push_back(part.up_to.value);
    }
    EXPECT_EQ(from, range.up_to);
    return found;
}

TEST(scan_cuts, parts_have_the_width_that_is_wanted) {
    EXPECT_EQ(ends_of({{0}, {100}}, 30, {}), (ends{30, 60, 90, 100}));
    EXPECT_EQ(ends_of({{0}, {100}}, 100, {}), (ends{100}));
    EXPECT_EQ(ends_of({{0}, {100}}, 1e30, {}), (ends{100}));
    EXPECT_EQ(ends_of({{-5}, {-2}}, 0, {}), (ends{-4, -3, -2}));
}

TEST(scan_cuts, the_last_part_has_what_is_left) {
    EXPECT_EQ(ends_of({{0}, {1000}}, 10, {}, 3), (ends{10, 20, 1000}));
    EXPECT_EQ(ends_of({{0}, {1000}}, 10, {}, 1), (ends{1000}));
}

TEST(scan_cuts, parts_end_with_borders) {
    EXPECT_EQ(ends_of({{0}, {100}}, 40, {{-3}, {0}, {25}, {70}, {100}}), (ends{25, 65, 100}));
    EXPECT_EQ(ends_of({{0}, {100}}, 40, {{30}, {60}, {90}}), (ends{30, 60, 90, 100}));
}

TEST(scan_cuts, parts_of_too_many_owners_are_taken_together) {
    std::vector<data::token> everywhere;
    for (std::int64_t i = 0; i <= 100; ++i) everywhere.push_back({i});
    EXPECT_EQ(ends_of({{0}, {100}}, 40, everywhere),
              (ends{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
}

TEST(scan_cuts, the_whole_ring_is_cut) {
    const data::token_range ring;
    const auto cuts = ends_of(ring, static_cast<double>(data::width_of(ring)) / 4, {});
    ASSERT_EQ(cuts.size(), 4U);
    EXPECT_EQ(cuts[1], 0);
    EXPECT_EQ(ends_of({{data::maximum_token.value - 2}, data::maximum_token}, 1, {}).size(), 2U);
}

TEST(scan_cuts, a_density_is_known_from_rows) {
    scan_density seen;
    EXPECT_FALSE(seen.is_known());
    seen.add(1000, 0, 0);
    EXPECT_FALSE(seen.is_known());
    seen.add(1000, 500, 500 * 24);
    ASSERT_TRUE(seen.is_known());
    EXPECT_DOUBLE_EQ(seen.rows_on(400), 100);
    EXPECT_DOUBLE_EQ(seen.tokens_of(100), 400);
}

TEST(scan_cuts, a_faded_density_yields_to_what_is_found) {
    scan_density seen;
    seen.add(1e12, 1'000'000, 24'000'000);
    auto faded = seen.faded();
    EXPECT_DOUBLE_EQ(faded.tokens_of(7), seen.tokens_of(7));
    EXPECT_EQ(faded.page_rows(), seen.page_rows());
    faded.add(1000, 1000, 1'000'000);
    EXPECT_LT(faded.tokens_of(1), 2000);
    EXPECT_FALSE(scan_density().faded().is_known());
}

TEST(scan_cuts, pages_of_large_rows_have_fewer) {
    scan_density small;
    small.add(1, 1000, 24'000);
    EXPECT_EQ(small.page_rows(), 4096U);
    scan_density kilobytes;
    kilobytes.add(1, 1000, 1000 * 1024);
    EXPECT_EQ(kilobytes.page_rows(), 1024U);
    scan_density megabytes;
    megabytes.add(1, 10, 10 << 20);
    EXPECT_EQ(megabytes.page_rows(), 16U);
    EXPECT_EQ(scan_density().page_rows(), 4096U);
}

}  // namespace
}  // namespace nacre::cluster
