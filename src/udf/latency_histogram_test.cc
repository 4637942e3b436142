#include "udf/latency_histogram.h"

#include <gtest/gtest.h>

namespace nacre::udf {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(latency_histogram, is_empty_at_first) {
    const latency_histogram empty;
    EXPECT_EQ(empty.count(), 0u);
    EXPECT_EQ(empty.quantile(0.99), microseconds(0));
}

TEST(latency_histogram, quantiles_are_a_fifth_too_high_at_most) {
    for (std::int64_t us = 1; us < 100'000'000; us = us * 3 / 2 + 1) {
        latency_histogram histogram;
        histogram.record(microseconds(us));
        // The longest one bounds it from above, so that there is something to be too high by.
        histogram.record(std::chrono::hours(1));
        EXPECT_GT(histogram.quantile(0.5), microseconds(us));
        EXPECT_LE(histogram.quantile(0.5).count(), us + us / 4 + 1);
    }
}

TEST(latency_histogram, tells_the_usual_from_the_rare) {
    latency_histogram histogram;
    for (int i = 0; i < 990; ++i) histogram.record(microseconds(100));
    for (int i = 0; i < 10; ++i) histogram.record(milliseconds(50));
    EXPECT_LT(histogram.quantile(0.5), microseconds(130));
    EXPECT_LT(histogram.quantile(0.99), microseconds(130));
    EXPECT_GE(histogram.quantile(0.999), milliseconds(50));
    EXPECT_EQ(histogram.longest(), milliseconds(50));
    EXPECT_EQ(histogram.total(), microseconds(99'000) + milliseconds(500));
    EXPECT_EQ(histogram.count(), 1000u);
}

TEST(latency_histogram, counts_below_powers_of_two) {
    latency_histogram histogram;
    for (const auto us : {0, 1, 15, 16, 17, 63, 64}) histogram.record(microseconds(us));
    EXPECT_EQ(histogram.count_below_power_of_two(4), 3u);
    EXPECT_EQ(histogram.count_below_power_of_two(6), 6u);
    EXPECT_EQ(histogram.count_below_power_of_two(24), 7u);
}

TEST(latency_histogram, takes_any_time) {
    latency_histogram histogram;
    histogram.record(nanoseconds(-5));
    histogram.record(nanoseconds::max());
    EXPECT_EQ(histogram.count(), 2u);
    EXPECT_EQ(histogram.longest(), nanoseconds::max());
}

}  // namespace

}  // namespace nacre::udf
