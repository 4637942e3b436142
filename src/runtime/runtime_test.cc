#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/blocking_pool.h"
#include "runtime/gate.h"
#include "runtime/run_on_shards.h"
#include "runtime/shard.h"

namespace nacre::runtime {
namespace {

task<std::uint32_t> where_am_i() {
    co_return this_shard().id();
}

TEST(shard_group, invoke_on_runs_there_and_resumes_here) {
    shard_group shards(2);
    const auto answer =
        run_blocking(shards.at(0), [&]() -> task<std::pair<std::uint32_t, std::uint32_t>> {
            const auto there = co_await invoke_on(shards.at(1), where_am_i);
            co_return std::pair(there, this_shard().id());
        });
    EXPECT_EQ(answer, (std::pair<std::uint32_t, std::uint32_t>(1, 0)));
}

TEST(blocking_pool, runs_elsewhere_and_resumes_on_the_shard) {
    shard_group shards(1);
    blocking_pool pool(2, blocking_pool::priority::background);
    const auto ok = run_blocking(shards.at(0), [&]() -> task<bool> {
        const auto outside = co_await pool.run([] { return this_shard_or_null() == nullptr; });
        co_return outside&& this_shard().id() == 0;
    });
    EXPECT_TRUE(ok);
}

TEST(gate, close_waits_for_what_is_inside) {
    shard_group shards(1);
    gate door;
    bool finished = false;
    run_blocking(shards.at(0), [&]() -> task<void> {
        auto body = [](gate& g, bool& done) -> task<void> {
            auto holder = g.enter();
            for (int i = 0; i < 10; ++i) co_await yield();
            done = true;
        };
        this_shard().spawn(body(door, finished));
        co_await yield();
        co_await door.close();
        EXPECT_TRUE(finished);
        EXPECT_FALSE(door.enter().has_value());
    });
}

task<std::uint32_t> slow_answer(int turns) {
    for (int i = 0; i < turns; ++i) co_await yield();
    co_return this_shard().id();
}

TEST(run_on_shards, all_pieces_run_and_results_keep_their_order) {
    shard_group shards(2);
    const auto ids = run_blocking(shards.at(0), [&]() -> task<std::vector<std::uint32_t>> {
        struct piece {
            int turns;
            task<std::uint32_t> operator()() { return slow_answer(turns); }
        };
        std::vector<std::pair<shard*, piece>> works{
            {&shards.at(1), piece{50}}, {&shards.at(0), piece{1}}, {&shards.at(1), piece{0}}};
        co_return co_await run_on_shards(std::move(works));
    });
    EXPECT_EQ(ids, (std::vector<std::uint32_t>{1, 0, 1}));
}

TEST(stall_watch, a_long_turn_is_recorded) {
    shard_group shards(1);
    run_blocking(shards.at(0), []() -> task<void> {
        co_await yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        co_await yield();
    });
    EXPECT_GE(shards.at(0).loop_turns().longest(), std::chrono::milliseconds(15));
    EXPECT_GE(shards.at(0).loop_turns().turns(), 2u);
}

}  // namespace
}  // namespace nacre::runtime
