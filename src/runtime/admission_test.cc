#include "runtime/admission.h"

#include <vector>

#include <gtest/gtest.h>

#include "runtime/gate.h"
#include "runtime/shard.h"

namespace nacre::runtime {
namespace {

using std::chrono::milliseconds;

cancellation_ptr for_at_most(milliseconds time) {
    return std::make_shared<cancellation>(time);
}

struct outcomes {
    std::vector<int> admitted;
    std::vector<std::string> refused;
};

// Enters, notes it, stays until `leave`.
task<void> visit(admission& rooms, int number, const bool& leave, outcomes& told,
                 cancellation_ptr until, gate::holder held) {
    (void)held;
    auto place = co_await rooms.enter(until);
    if (!place) {
        told.refused.push_back(place.error().message());
        co_return;
    }
    told.admitted.push_back(number);
    while (!leave) co_await yield();
}

TEST(admission, places_go_to_those_who_waited_in_their_order) {
    shard_group shards(1);
    admission rooms("visitors", {2, 10, 2, 10});
    bool leave = false;
    outcomes told;
    gate door;
    run_blocking(shards.at(0), [&]() -> task<void> {
        for (int i = 0; i < 6; ++i) {
            this_shard().spawn(visit(rooms, i, leave, told, nullptr, *door.enter()));
        }
        for (int i = 0; i < 20; ++i) co_await yield();
        EXPECT_EQ(told.admitted, (std::vector<int>{0, 1}));
        EXPECT_EQ(rooms.inside(), 2u);
        EXPECT_EQ(rooms.waiting(), 4u);
        leave = true;
        co_await door.close();
        EXPECT_EQ(told.admitted, (std::vector<int>{0, 1, 2, 3, 4, 5}));
        EXPECT_EQ(rooms.inside(), 0u);
        EXPECT_EQ(rooms.waiting(), 0u);
    });
}

TEST(admission, a_full_queue_refuses_at_once) {
    shard_group shards(1);
    admission rooms("visitors", {1, 1, 1, 1});
    bool leave = false;
    outcomes told;
    gate door;
    run_blocking(shards.at(0), [&]() -> task<void> {
        for (int i = 0; i < 3; ++i) {
            this_shard().spawn(visit(rooms, i, leave, told, nullptr, *door.enter()));
        }
        for (int i = 0; i < 20; ++i) co_await yield();
        EXPECT_EQ(rooms.refused(), 1u);
        leave = true;
        co_await door.close();
    });
    EXPECT_EQ(told.admitted, (std::vector<int>{0, 1}));
    ASSERT_EQ(told.refused.size(), 1u);
    EXPECT_EQ(told.refused.front(), "Too many visitors: 1 are running and 1 waiting on this shard");
}

TEST(admission, who_waits_too_long_gives_up_its_turn) {
    shard_group shards(1);
    admission rooms("visitors", {1, 10, 1, 10});
    bool leave = false;
    outcomes told;
    gate door;
    run_blocking(shards.at(0), [&]() -> task<void> {
        this_shard().spawn(visit(rooms, 0, leave, told, nullptr, *door.enter()));
        this_shard().spawn(
            visit(rooms, 1, leave, told, for_at_most(milliseconds(1)), *door.enter()));
        this_shard().spawn(visit(rooms, 2, leave, told, nullptr, *door.enter()));
        while (told.refused.empty()) co_await yield();
        leave = true;
        co_await door.close();
    });
    EXPECT_EQ(told.admitted, (std::vector<int>{0, 2}));
    EXPECT_EQ(told.refused.front(), "Operation timed out after 1 ms");
}

// As `visit`, for a role.
task<void> visit_as(account_ptr role, admission& rooms, int number, const bool& leave,
                    outcomes& told, gate::holder held) {
    current_work().account = std::move(role);
    co_await visit(rooms, number, leave, told, nullptr, std::move(held));
}

TEST(admission, a_role_has_some_places_and_lets_others_pass) {
    shard_group shards(1);
    admission rooms("visitors", {3, 10, 2, 2});
    const auto ann = std::make_shared<account>("ann");
    const auto bob = std::make_shared<account>("bob");
    bool leave = false;
    outcomes told;
    gate door;
    run_blocking(shards.at(0), [&]() -> task<void> {
        const auto come = [&](const account_ptr& role, int number) {
            this_shard().spawn(visit_as(role, rooms, number, leave, told, *door.enter()));
        };
        for (int i = 0; i < 5; ++i) come(ann, i);
        come(bob, 5);
        for (int i = 0; i < 20; ++i) co_await yield();
        EXPECT_EQ(told.admitted, (std::vector<int>{0, 1, 5}));
        EXPECT_EQ(rooms.waiting(), 2u);
        leave = true;
        co_await door.close();
    });
    EXPECT_EQ(told.admitted, (std::vector<int>{0, 1, 5, 2, 3}));
    ASSERT_EQ(told.refused.size(), 1u);
    EXPECT_EQ(told.refused.front(),
              "Too many visitors: role ann has 2 running and 2 waiting on this shard");
}

}  // namespace
}  // namespace nacre::runtime
