#include "cql/parse.h"

#include <gtest/gtest.h>

TEST(parse, use) {
    const auto made = nacre::cql::parse("USE ks");
    ASSERT_TRUE(made.ok());
}
