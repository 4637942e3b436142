#include "runtime/memory_account.h"

#include <gtest/gtest.h>

namespace nacre::runtime {
namespace {

TEST(memory_account, what_would_go_beyond_is_refused_and_changes_nothing) {
    memory_account account(100);
    memory_account::share a(account);
    memory_account::share b(account);
    EXPECT_TRUE(a.resize(60).ok());
    EXPECT_TRUE(b.resize(40).ok());
    const auto refused = b.resize(41);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code::overloaded);
    EXPECT_EQ(b.bytes(), 40u);
    EXPECT_EQ(account.bytes(), 100u);
    EXPECT_EQ(account.refused(), 1u);
    EXPECT_TRUE(a.resize(59).ok());
    EXPECT_TRUE(b.resize(41).ok());
}

TEST(memory_account, what_is_there_already_counts_whatever_the_bound) {
    memory_account account(100);
    memory_account::share a(account);
    a.set(150);
    EXPECT_EQ(account.bytes(), 150u);
    EXPECT_FALSE(memory_account::share(account).resize(1).ok());
    EXPECT_TRUE(a.resize(120).ok()) << "less is always fine";
}

TEST(memory_account, a_share_ends_with_its_holder) {
    memory_account account(100);
    {
        memory_account::share a(account);
        EXPECT_TRUE(a.resize(70).ok());
        const memory_account::share moved(std::move(a));
        EXPECT_EQ(moved.bytes(), 70u);
        EXPECT_EQ(account.bytes(), 70u);
    }
    EXPECT_EQ(account.bytes(), 0u);
}

}  // namespace
}  // namespace nacre::runtime
