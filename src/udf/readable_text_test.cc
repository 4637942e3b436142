#include "udf/readable_text.h"

#include <gtest/gtest.h>

namespace nacre::udf {
namespace {

TEST(readable, text_stays_as_it_is) {
    EXPECT_EQ(readable("", 10), "");
    EXPECT_EQ(readable("für\n\tdich \xf0\x9f\x98\x80", 100), "für\n\tdich \xf0\x9f\x98\x80");
}

TEST(readable, what_is_no_text_or_moves_a_cursor_is_spelt_out) {
    EXPECT_EQ(readable("\x1b[2J", 100), "\\x1b[2J");
    EXPECT_EQ(readable(std::string_view("a\0b\r\x7f", 5), 100), "a\\x00b\\x0d\\x7f");
    EXPECT_EQ(readable("\xff\xc3", 100), "\\xff\\xc3");
    EXPECT_EQ(readable("\xed\xa0\x80", 100), "\\xed\\xa0\\x80");
    EXPECT_EQ(readable("\xc2\x9b", 100), "\\xc2\\x9b");
    EXPECT_EQ(readable("\xc2\xa0", 100), "\xc2\xa0");
}

TEST(readable, the_middle_of_long_text_is_cut_out_between_characters) {
    EXPECT_EQ(readable("abcdefgh", 8), "abcdefgh");
    EXPECT_EQ(readable("abcdefghi", 8), "abcdef … hi");
    EXPECT_EQ(readable("éééééééé", 9), "ééé … é");
    EXPECT_EQ(readable("abc", 0), " … ");
}

}  // namespace
}  // namespace nacre::udf
