#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/blocking_pool.h"
#include "runtime/gate.h"
#include "runtime/reclaimer.h"
#include "runtime/run_on_shards.h"
#include "runtime/shard.h"
#include "runtime/slots.h"

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

/// Tells on which thread it went.
struct mortal {
    std::atomic<std::thread::id>& died_on;
    ~mortal() { died_on = std::this_thread::get_id(); }
};

TEST(reclaimer, destroys_on_its_thread_and_at_once_when_it_is_no_more) {
    std::atomic<std::thread::id> died_on;
    std::shared_ptr<mortal> survivor;
    {
        reclaimer garbage;
        auto shared = garbage.own(std::unique_ptr<mortal>(new mortal{died_on}));
        auto other = shared;
        shared.reset();
        EXPECT_EQ(died_on.load(), std::thread::id());
        other.reset();
        survivor = garbage.own(std::unique_ptr<mortal>(new mortal{died_on}));
    }
    EXPECT_NE(died_on.load(), std::thread::id());
    EXPECT_NE(died_on.load(), std::this_thread::get_id());
    survivor.reset();
    EXPECT_EQ(died_on.load(), std::this_thread::get_id());
}

task<void> work_inside(slots& places, std::atomic<int>& inside, std::atomic<int>& most) {
    const auto place = co_await places.enter();
    most = std::max<int>(most, ++inside);
    for (int i = 0; i < 5; ++i) co_await yield();
    --inside;
}

TEST(slots, let_in_as_many_as_there_are_from_every_shard) {
    shard_group shards(2);
    slots places(2);
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    run_blocking(shards.at(0), [&]() -> task<void> {
        struct piece {
            slots& places;
            std::atomic<int>& inside;
            std::atomic<int>& most;
            task<int> operator()() {
                co_await work_inside(places, inside, most);
                co_return 1;
            }
        };
        std::vector<std::pair<shard*, piece>> works;
        for (std::uint32_t i = 0; i < 20; ++i) {
            works.emplace_back(&shards.at(i % 2), piece{places, inside, most});
        }
        EXPECT_EQ((co_await run_on_shards(std::move(works))).size(), 20u);
        // All have left: two get in at once.
        const auto one = co_await places.enter();
        const auto other = co_await places.enter();
    });
    EXPECT_EQ(inside, 0);
    EXPECT_LE(most, 2);
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
    const auto& watch = shards.at(0).loop_turns();
    EXPECT_GE(watch.turns().longest(), std::chrono::milliseconds(15));
    EXPECT_GE(watch.turns().count(), 2u);
    EXPECT_LT(watch.cpu().longest(), std::chrono::milliseconds(15)) << "sleeping is no work";
}

struct named final : describable {
    explicit named(std::string name) : name(std::move(name)) {}
    std::string describe() const override { return name; }
    std::string name;
};

void work_for(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
    }
}

TEST(stall_watch, a_stall_is_told_with_the_work_or_the_part_of_it_that_took_the_time) {
    shard_group shards(1);
    run_blocking(shards.at(0), []() -> task<void> {
        co_await enter({scheduling_group::scans, std::make_shared<named>("SELECT 1")});
        work_for(std::chrono::milliseconds(5));
        co_await yield();
        {
            const named part("function f");
            const turn_part running(part);
            work_for(std::chrono::milliseconds(5));
        }
        co_await yield();
    });
    const auto told = run_blocking(shards.at(0), []() -> task<std::deque<stall>> {
        co_return this_shard().loop_turns().stalls();
    });
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].what, "SELECT 1");
    EXPECT_EQ(told[0].group, scheduling_group::scans);
    EXPECT_GE(told[0].lasted, std::chrono::milliseconds(4));
    EXPECT_EQ(told[1].what, "function f");
}

task<scheduling_group> group_here() {
    co_return current_work().group;
}

TEST(work_context, follows_the_work_to_other_shards_and_back_from_blocking_threads) {
    shard_group shards(2);
    blocking_pool pool(1, blocking_pool::priority::normal);
    run_blocking(shards.at(0), [&]() -> task<void> {
        co_await enter({scheduling_group::functions, nullptr});
        EXPECT_EQ(co_await invoke_on(shards.at(1), group_here), scheduling_group::functions);
        EXPECT_EQ(current_work().group, scheduling_group::functions);
        co_await pool.run([] {});
        EXPECT_EQ(current_work().group, scheduling_group::functions);
        std::vector<std::pair<shard*, task<scheduling_group> (*)()>> works{
            {&shards.at(0), group_here}, {&shards.at(1), group_here}};
        for (const auto group : co_await run_on_shards(std::move(works))) {
            EXPECT_EQ(group, scheduling_group::functions);
        }
        EXPECT_EQ(current_work().group, scheduling_group::functions);
    });
}

// Work that has come back from elsewhere waits for its group's turn like all other work of it.
TEST(shard_group, statements_that_never_end_leave_the_others_their_turns) {
    shard_group shards(1);
    std::atomic<bool> enough = false;
    gate door;
    auto endless = [](gate::holder held, std::atomic<bool>& stop) -> task<void> {
        (void)held;
        co_await enter({scheduling_group::functions, nullptr});
        while (!stop) {
            work_for(std::chrono::milliseconds(1));
            co_await yield();
        }
    };
    run_blocking(shards.at(0), [&]() -> task<void> {
        for (int i = 0; i < 50; ++i) this_shard().spawn(endless(*door.enter(), enough));
        co_return;
    });
    std::vector<std::chrono::nanoseconds> waits;
    for (int i = 0; i < 50; ++i) {
        const auto began = std::chrono::steady_clock::now();
        run_blocking(shards.at(0),
                     []() -> task<void> { co_await enter({scheduling_group::points, nullptr}); });
        waits.push_back(std::chrono::steady_clock::now() - began);
    }
    enough = true;
    run_blocking(shards.at(0), [&]() -> task<void> { co_await door.close(); });
    std::ranges::nth_element(waits, waits.begin() + 25);
    EXPECT_LT(waits[25], std::chrono::milliseconds(10)) << "one turn in 50 would take 50 ms";
}

}  // namespace
}  // namespace nacre::runtime
