#include "tool/text_table.h"

#include <gtest/gtest.h>

namespace nacre::tool {
namespace {

TEST(text_table, columns_are_aligned_by_characters) {
    EXPECT_EQ(text_table({{"name", "bytes"}, {"größe", "7"}, {"x", "1234"}}),
              "name   bytes\n"
              "größe      7\n"
              "x       1234\n");
}

TEST(text_table, bytes_are_readable) {
    EXPECT_EQ(readable_bytes(7), "7 B");
    EXPECT_EQ(readable_bytes(1536), "1.5 KiB");
    EXPECT_EQ(readable_bytes(3.0 * 1024 * 1024), "3.0 MiB");
}

}  // namespace
}  // namespace nacre::tool
