#include "udf/quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nacre::udf {

namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr observation_options three_in_ten{
    .quarantine_failures = 3, .quarantine_window_s = 10, .quarantine_s = 5};
const quarantine::clock::time_point start(1'000'000s);

TEST(quarantine, begins_after_repeated_failures_and_ends_by_itself) {
    quarantine refusals;
    EXPECT_FALSE(refusals.note_failure(three_in_ten, "a", start));
    EXPECT_FALSE(refusals.note_failure(three_in_ten, "b", start + 1s));
    EXPECT_FALSE(refusals.refusal(start + 1s));
    EXPECT_TRUE(refusals.note_failure(three_in_ten, "c", start + 2s));
    EXPECT_EQ(refusals.until(start + 2s), start + 7s);
    EXPECT_EQ(refusals.refusal(start + 3s),
              "it is under quarantine for 4 s more: 3 of its calls failed within 10 s, the last "
              "one because c");
    EXPECT_FALSE(refusals.refusal(start + 7s));
    EXPECT_EQ(refusals.times(), 1u);
    // Then it has a new chance.
    EXPECT_FALSE(refusals.note_failure(three_in_ten, "d", start + 8s));
    EXPECT_FALSE(refusals.refusal(start + 8s));
}

TEST(quarantine, forgets_failures_older_than_the_window) {
    quarantine refusals;
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(refusals.note_failure(three_in_ten, "x", start + i * 6s)) << i;
    }
}

TEST(quarantine, does_not_grow_longer_by_calls_that_had_begun) {
    quarantine refusals;
    for (int i = 0; i < 10; ++i) (void)refusals.note_failure(three_in_ten, "x", start);
    EXPECT_EQ(refusals.times(), 1u);
    EXPECT_EQ(refusals.until(start), start + 5s);
}

TEST(quarantine, can_be_lifted_or_switched_off) {
    quarantine refusals;
    for (int i = 0; i < 3; ++i) (void)refusals.note_failure(three_in_ten, "x", start);
    refusals.lift();
    EXPECT_FALSE(refusals.refusal(start));
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(refusals.note_failure({.quarantine_failures = 0}, "x", start));
    }
}

}  // namespace

}  // namespace nacre::udf
