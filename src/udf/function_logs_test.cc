#include "udf/function_logs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nacre::udf {

namespace {

using testing::ElementsAre;

log_line_ptr line(std::string text) {
    return std::make_shared<const log_line>(
        log_line{.id = uuid::time_based(), .text = std::move(text)});
}

std::vector<std::string> texts(const function_logs& logs, std::uint64_t function) {
    std::vector<std::string> all;
    for (const auto& each : logs.lines_of(function)) all.push_back(each->text);
    return all;
}

TEST(function_logs, keep_the_lines_of_each_function_in_order) {
    function_logs logs(10'000, 10'000);
    logs.add(1, line("a"));
    logs.add(2, line("b"));
    logs.add(1, line("c"));
    EXPECT_THAT(texts(logs, 1), ElementsAre("a", "c"));
    EXPECT_THAT(texts(logs, 2), ElementsAre("b"));
    EXPECT_THAT(texts(logs, 3), ElementsAre());
    logs.forget(1);
    EXPECT_THAT(texts(logs, 1), ElementsAre());
    logs.forget(2);
    EXPECT_EQ(logs.bytes(), 0u);
}

TEST(function_logs, a_chatty_function_loses_its_own_oldest_lines) {
    function_logs logs(1'000, 100'000);
    logs.add(2, line("quiet"));
    for (int i = 0; i < 1'000; ++i) logs.add(1, line(std::to_string(i)));
    const auto kept = texts(logs, 1);
    EXPECT_GT(kept.size(), 2u);
    EXPECT_EQ(kept.back(), "999");
    EXPECT_THAT(texts(logs, 2), ElementsAre("quiet"));
    EXPECT_LT(logs.bytes(), 1'500u);
}

TEST(function_logs, all_functions_together_stay_within_the_bound) {
    function_logs logs(1'000, 5'000);
    for (std::uint64_t function = 0; function < 1'000; ++function) {
        logs.add(function, line(std::string(100, 'x')));
        ASSERT_LE(logs.bytes(), 5'000u);
    }
    EXPECT_THAT(texts(logs, 0), ElementsAre());
    EXPECT_EQ(texts(logs, 999).size(), 1u);
}

TEST(function_logs, one_line_may_be_larger_than_the_bound) {
    function_logs logs(100, 100);
    logs.add(1, line(std::string(1'000, 'x')));
    logs.add(1, line(std::string(1'000, 'y')));
    EXPECT_THAT(texts(logs, 1), ElementsAre(std::string(1'000, 'y')));
}

}  // namespace

}  // namespace nacre::udf
