#include "tool/csv_rows.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

TEST(csv_rows, nothing_is_null_and_quotes_are_an_empty_text) {
    const auto made = parse_csv("a,result\n1,\"x, \"\"y\"\"\"\n,\"\"\n");
    ASSERT_TRUE(made.ok()) << made.error().message();
    EXPECT_EQ(made->names, (std::vector<std::string>{"a", "result"}));
    ASSERT_EQ(made->rows.size(), 2U);
    EXPECT_EQ(made->rows[0][1], "x, \"y\"");
    EXPECT_EQ(made->rows[1][0], std::nullopt);
    EXPECT_EQ(made->rows[1][1], "");
}

TEST(csv_rows, what_is_wrong) {
    EXPECT_FALSE(parse_csv("").ok());
    EXPECT_FALSE(parse_csv("a,b\n1\n").ok());
    EXPECT_FALSE(parse_csv("a\n\"open\n").ok());
}

}  // namespace
}  // namespace nacre::tool
