#include "tool/strip.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

using namespace std::string_literals;

TEST(strip, names_go_and_our_own_sections_stay) {
    const auto head = "\0asm\1\0\0\0"s;
    const auto types = "\1\1\0"s;
    const auto name = "\0\6\4nameX"s;
    const auto ours = "\0\x11\x0fnacre.functionsY"s;
    const auto made = strip(head + name + types + ours);
    ASSERT_TRUE(made.ok()) << made.error().message();
    EXPECT_EQ(*made, head + types + ours);
}

TEST(strip, what_is_no_module_is_refused) {
    EXPECT_FALSE(strip("").ok());
    EXPECT_FALSE(strip("(module)").ok());
    EXPECT_FALSE(strip("\0asm\1\0\0\0\1\x7f"s).ok());
}

}  // namespace
}  // namespace nacre::tool
