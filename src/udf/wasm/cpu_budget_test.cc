#include "udf/wasm/cpu_budget.h"

#include <gtest/gtest.h>

namespace nacre::udf::wasm {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds one_more{1};

cpu_budget budget_of(std::uint32_t call_ms, std::uint32_t statement_ms) {
    function_limits limits;
    limits.cpu_per_call_ms_max = call_ms;
    limits.cpu_per_statement_ms_max = statement_ms;
    return cpu_budget(limits);
}

TEST(cpu_budget, of_a_call_may_be_spent_to_the_last_nanosecond) {
    auto budget = budget_of(5, 100);
    EXPECT_EQ(budget.charge(milliseconds(3)), std::nullopt);
    EXPECT_EQ(budget.charge(milliseconds(2)), std::nullopt);
    EXPECT_EQ(budget.charge(one_more), "it ran for more than 5 ms of CPU time in one call");
}

TEST(cpu_budget, of_a_call_is_full_again_for_the_next) {
    auto budget = budget_of(5, 100);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(budget.begin_call(), std::nullopt);
        EXPECT_EQ(budget.charge(milliseconds(5)), std::nullopt);
    }
    EXPECT_EQ(budget.spent(), milliseconds(100));
}

TEST(cpu_budget, of_a_statement_counts_all_its_calls) {
    auto budget = budget_of(5, 12);
    for (const int call_ms : {5, 5, 2}) {
        EXPECT_EQ(budget.begin_call(), std::nullopt);
        EXPECT_EQ(budget.charge(milliseconds(call_ms)), std::nullopt);
    }
    EXPECT_EQ(budget.begin_call(), std::nullopt);
    EXPECT_EQ(budget.charge(one_more), "it ran for more than 12 ms of CPU time in one statement");
    EXPECT_EQ(budget.begin_call(), "it ran for more than 12 ms of CPU time in one statement");
    EXPECT_EQ(budget.spent(), milliseconds(12) + one_more);
}

TEST(cpu_budget, the_call_is_named_if_both_are_gone) {
    auto budget = budget_of(5, 5);
    EXPECT_EQ(budget.charge(milliseconds(6)), "it ran for more than 5 ms of CPU time in one call");
}

}  // namespace
}  // namespace nacre::udf::wasm
