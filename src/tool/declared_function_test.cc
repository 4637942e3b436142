#include "tool/declared_function.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

TEST(declared_function, a_line_becomes_a_statement) {
    auto made = parse_declaration(
        "Fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\n");
    ASSERT_TRUE(made.ok()) << made.error().message();
    made->language = "lua";
    made->body = std::make_shared<const std::string>("return 'it''s'");
    made->options = {{"memory_bytes_max", "1048576"}};
    EXPECT_EQ(made->name(), "Fib");
    EXPECT_EQ(made->signature(), "\"Fib\"(bigint)");
    EXPECT_EQ(
        made->create_statement(false),
        "CREATE OR REPLACE FUNCTION \"Fib\" (n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint "
        "DETERMINISTIC LANGUAGE lua AS 'return ''it''''s''' WITH memory_bytes_max = 1048576");
    EXPECT_NE(made->create_statement(true).find("AS 'sha256:"), std::string::npos);
}

TEST(declared_function, what_is_none_is_refused) {
    EXPECT_FALSE(parse_declaration("").ok());
    EXPECT_FALSE(parse_declaration("fib").ok());
    EXPECT_FALSE(parse_declaration("fib(n bigint) RETURNS bigint").ok());
    EXPECT_FALSE(parse_declaration("\"open(n bigint)").ok());
}

}  // namespace
}  // namespace nacre::tool
