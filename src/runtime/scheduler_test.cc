#include "runtime/scheduler.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace nacre::runtime {
namespace {

using std::chrono::microseconds;
using enum scheduling_group;

// Runs what is next, pretending that each turn took `each`, and tells whose turns they were.
std::string turns(scheduler& queues, int count, microseconds each) {
    std::string order;
    for (int i = 0; i < count; ++i) {
        auto piece = queues.next();
        if (!piece) break;
        order += scheduling_group_names[static_cast<std::size_t>(piece->whose.group)].front();
        piece->run();
        queues.charge(piece->whose.group, each);
    }
    return order;
}

void add(scheduler& queues, scheduling_group group, int count) {
    for (int i = 0; i < count; ++i) queues.add({group, nullptr}, [] {});
}

TEST(scheduler, work_of_one_group_keeps_its_order) {
    scheduler queues(default_shares);
    std::string order;
    for (const char c : {'a', 'b', 'c'}) {
        queues.add({scans, nullptr}, [&order, c] { order += c; });
    }
    EXPECT_FALSE(queues.empty());
    turns(queues, 3, microseconds(10));
    EXPECT_EQ(order, "abc");
    EXPECT_TRUE(queues.empty());
    EXPECT_FALSE(queues.next());
}

TEST(scheduler, busy_groups_have_time_by_their_shares) {
    scheduler queues({0, 300, 100, 100});
    add(queues, points, 100);
    add(queues, scans, 100);
    add(queues, functions, 100);
    const auto order = turns(queues, 100, microseconds(200));
    const auto of = [&order](char c) { return std::count(order.begin(), order.end(), c); };
    EXPECT_NEAR(of('p'), 60, 3);
    EXPECT_NEAR(of('s'), 20, 3);
    EXPECT_NEAR(of('f'), 20, 3);
}

TEST(scheduler, time_counts_and_not_turns) {
    scheduler queues({0, 100, 100, 100});
    add(queues, points, 100);
    add(queues, functions, 100);
    int points_turns = 0;
    for (int i = 0; i < 90; ++i) {
        const auto piece = queues.next();
        const bool is_point = piece->whose.group == points;
        points_turns += is_point ? 1 : 0;
        queues.charge(piece->whose.group, is_point ? microseconds(20) : microseconds(200));
    }
    EXPECT_NEAR(points_turns, 82, 3);
}

TEST(scheduler, who_comes_back_is_next_but_has_not_saved_up_its_absence) {
    scheduler queues({0, 100, 100, 100});
    add(queues, functions, 1'000);
    turns(queues, 500, microseconds(200));  // 100 ms
    add(queues, points, 100);
    const auto order = turns(queues, 40, microseconds(200));
    EXPECT_TRUE(order.starts_with("pppp")) << order;
    EXPECT_EQ(order.find("ppppppppppppppp"), std::string::npos) << order;
    EXPECT_TRUE(order.ends_with("pfpf") || order.ends_with("fpfp")) << order;
}

TEST(scheduler, figures_tell_what_a_group_had) {
    scheduler queues(default_shares);
    add(queues, scans, 3);
    turns(queues, 2, microseconds(50));
    queues.charge(system, microseconds(7));
    EXPECT_EQ(queues.of(scans).turns, 2u);
    EXPECT_EQ(queues.of(scans).cpu, microseconds(100));
    EXPECT_EQ(queues.of(scans).waiting, 1u);
    EXPECT_EQ(queues.of(system).cpu, microseconds(7));
    EXPECT_EQ(queues.shares(points), default_shares[1]);
}

}  // namespace
}  // namespace nacre::runtime
