#include "runtime/sort_in_turns.h"

#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/gate.h"

namespace nacre::runtime {
namespace {

TEST(sort_in_turns, sorts_stably) {
    shard_group shards(1);
    std::mt19937 random(3);
    for (const std::size_t count : {0, 1, 15, 16, 17, 100, 1'000, 4'097}) {
        std::vector<std::pair<int, std::size_t>> values;
        for (std::size_t i = 0; i < count; ++i) values.emplace_back(random() % 50, i);
        auto expected = values;
        std::ranges::sort(expected);
        run_blocking(shards.at(0), [&]() -> task<void> {
            co_await sort_in_turns(values,
                                   [](const auto& a, const auto& b) { return a.first < b.first; });
        });
        EXPECT_EQ(values, expected);
    }
}

TEST(sort_in_turns, others_get_their_turns_between_slow_comparisons) {
    shard_group shards(1);
    gate door;
    bool sorted = false;
    int turns = 0;
    run_blocking(shards.at(0), [&]() -> task<void> {
        auto other = [](gate& g, const bool& done, int& count) -> task<void> {
            const auto holder = g.enter();
            while (!done) {
                ++count;
                co_await yield();
            }
        };
        this_shard().spawn(other(door, sorted, turns));
        std::vector<int> values(64);
        for (int i = 0; i < 64; ++i) values[static_cast<std::size_t>(i)] = -i;
        co_await sort_in_turns(values, [](int a, int b) {
            std::this_thread::sleep_for(std::chrono::microseconds(30));
            return a < b;
        });
        sorted = true;
        EXPECT_TRUE(std::ranges::is_sorted(values));
        co_await door.close();
    });
    EXPECT_GE(turns, 4);
}

}  // namespace
}  // namespace nacre::runtime
