#include "udf/guest_world.h"

#include <array>

#include <gtest/gtest.h>

namespace nacre::udf {

namespace {

std::array<std::uint8_t, 20> random_bytes(guest_world world) {
    std::array<std::uint8_t, 20> room{};
    world.fill_random(room);
    return room;
}

TEST(guest_world, stands_still_and_can_be_entered_again) {
    const schema::function_definition function;
    const auto first = guest_world::of(function);
    const auto again = guest_world::of(function, first.origin());
    EXPECT_TRUE(first.is_repeatable());
    EXPECT_GT(first.realtime_ns(), 1'700'000'000'000'000'000u);
    EXPECT_EQ(first.realtime_ns(), first.realtime_ns());
    EXPECT_EQ(first.monotonic_ns(), 0u);
    EXPECT_EQ(again.realtime_ns(), first.realtime_ns());
    EXPECT_EQ(random_bytes(again), random_bytes(first));
    EXPECT_NE(random_bytes(guest_world::of(function)), random_bytes(first));
}

TEST(guest_world, random_numbers_do_not_depend_on_how_many_are_asked_for_at_once) {
    const schema::function_definition function;
    auto world = guest_world::of(function, {.seed = 7});
    std::array<std::uint8_t, 16> whole{};
    world.fill_random(whole);
    auto other = guest_world::of(function, {.seed = 7});
    std::array<std::uint8_t, 16> halves{};
    other.fill_random(std::span(halves).first(8));
    other.fill_random(std::span(halves).last(8));
    EXPECT_EQ(whole, halves);
}

TEST(guest_world, is_the_same_for_ever_for_deterministic_functions) {
    schema::function_definition function;
    function.is_deterministic = true;
    EXPECT_EQ(guest_world::of(function).realtime_ns(), 0u);
    EXPECT_EQ(random_bytes(guest_world::of(function)), random_bytes(guest_world::of(function)));
}

TEST(guest_world, real_time_and_chance_are_asked_for) {
    schema::function_definition function;
    function.options = {{"real_time", "true"}, {"real_random", "true"}};
    const auto world = guest_world::of(function, {.realtime_ns = 5, .seed = 6});
    EXPECT_FALSE(world.is_repeatable());
    EXPECT_GT(world.realtime_ns(), 1'700'000'000'000'000'000u);
    EXPECT_GT(world.monotonic_ns(), 0u);
    EXPECT_NE(random_bytes(world), random_bytes(guest_world::of(function, {.seed = 6})));
    EXPECT_NE(random_bytes(world), random_bytes(world));
}

}  // namespace

}  // namespace nacre::udf
