#include "tool/cases.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

TEST(cases, blocks_of_cases) {
    const auto blocks = parse_cases(
        "# comment\n"
        "fib\n"
        "  (10) = 55\n"
        "  (-1) fails no such number\n"
        "  edges n = 0, 1\n"
        "  csv rows.csv\n"
        "average(double)\n"
        "  [(1), (null)] = 1.0\n"
        "  [] = null\n"
        "  edges off\n",
        "dir/x.cases");
    ASSERT_TRUE(blocks.ok()) << blocks.error().message();
    ASSERT_EQ(blocks->size(), 2U);
    const auto& fib = blocks->front();
    EXPECT_EQ(fib.cases[0].rows, (std::vector<std::vector<std::string>>{{"10"}}));
    EXPECT_EQ(fib.cases[0].expected, "55");
    EXPECT_EQ(fib.cases[0].line, 3U);
    EXPECT_EQ(fib.cases[1].failure, "no such number");
    EXPECT_EQ(fib.edges.at("n"), (std::vector<std::string>{"0", "1"}));
    EXPECT_EQ(fib.csv.front(), "dir/rows.csv");
    const auto& average = blocks->back();
    EXPECT_EQ(average.name, "average(double)");
    EXPECT_EQ(average.cases[0].rows.size(), 2U);
    EXPECT_TRUE(average.cases[1].rows.empty());
    EXPECT_TRUE(average.cases[1].is_of_rows);
    EXPECT_FALSE(average.tries_edges);
}

TEST(cases, quotes_and_brackets_hold_together) {
    EXPECT_EQ(split_literals("'a, (b', [1, 2], {'it''s': (3, 4)}", ','),
              (std::vector<std::string>{"'a, (b'", "[1, 2]", "{'it''s': (3, 4)}"}));
    const auto blocks = parse_cases("f\n  ('=', 'x)') = '='\n", "x");
    ASSERT_TRUE(blocks.ok());
    EXPECT_EQ(blocks->front().cases.front().expected, "'='");
}

TEST(cases, errors_name_the_line) {
    for (const auto* text : {"  (1) = 1\n", "f\n  (1 = 1\n", "f\n  (1) is 1\n", "f\n  what\n"}) {
        const auto blocks = parse_cases(text, "x.cases");
        ASSERT_FALSE(blocks.ok()) << text;
        EXPECT_TRUE(blocks.error().message().starts_with("x.cases:")) << text;
    }
}

}  // namespace
}  // namespace nacre::tool
