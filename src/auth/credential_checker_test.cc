#include "auth/credential_checker.h"

#include <gtest/gtest.h>

#include "auth/password.h"
#include "runtime/shard.h"

namespace nacre::auth {
namespace {

using runtime::run_blocking;
using runtime::task;
using runtime::this_shard;
using runtime::yield;

// Takes a turn, notes that it had it, and keeps it until everybody has come.
task<void> take(fair_turns& turns, std::string source, const bool& all_are_there,
                std::vector<std::string>& log) {
    const auto turn = co_await turns.enter(source);
    log.push_back(turn ? source : source + " turned away");
    while (turn && !all_are_there) co_await yield();
}

task<void> wait_for(const std::vector<std::string>& log, std::size_t count) {
    while (log.size() < count) co_await yield();
}

std::vector<std::string> turns_of(fair_turns& turns, const std::vector<std::string>& sources) {
    runtime::shard_group shards(1);
    std::vector<std::string> log;
    run_blocking(shards.at(0), [&]() -> task<void> {
        bool all_are_there = false;
        for (const auto& source : sources) {
            this_shard().spawn(take(turns, source, all_are_there, log));
            co_await yield();
        }
        all_are_there = true;
        co_await wait_for(log, sources.size());
        for (int i = 0; i < 20; ++i) co_await yield();
    });
    return log;
}

TEST(fair_turns, serve_each_source_in_turn) {
    fair_turns turns({.waiting_max = 10, .waiting_per_source_max = 10});
    EXPECT_EQ(turns_of(turns, {"a", "a", "a", "a", "b", "c", "b"}),
              (std::vector<std::string>{"a", "a", "b", "c", "a", "b", "a"}));
}

TEST(fair_turns, turn_away_what_is_too_much) {
    fair_turns turns({.waiting_max = 3, .waiting_per_source_max = 2});
    const auto log = turns_of(turns, {"a", "a", "a", "a", "b", "c"});
    EXPECT_EQ(std::ranges::count(log, "a"), 3);
    EXPECT_EQ(std::ranges::count(log, "a turned away"), 1);
    EXPECT_EQ(std::ranges::count(log, "b"), 1);
    EXPECT_EQ(std::ranges::count(log, "c turned away"), 1);
}

TEST(fair_turns, some_may_be_taken_at_once) {
    fair_turns turns({.waiting_max = 10, .waiting_per_source_max = 10, .at_once = 3});
    EXPECT_EQ(turns_of(turns, {"a", "a", "a", "a", "a", "b"}),
              (std::vector<std::string>{"a", "a", "a", "a", "b", "a"}));
}

TEST(fair_turns, end_for_all_that_wait) {
    fair_turns turns({.waiting_max = 3, .waiting_per_source_max = 3});
    runtime::shard_group shards(1);
    std::vector<std::string> log;
    run_blocking(shards.at(0), [&]() -> task<void> {
        bool all_are_there = false;
        for (const auto* source : {"a", "b", "b"}) {
            this_shard().spawn(take(turns, source, all_are_there, log));
        }
        co_await yield();
        co_await yield();
        turns.close();
        co_await wait_for(log, 3);
        co_await take(turns, "c", all_are_there, log);
        all_are_there = true;
        for (int i = 0; i < 20; ++i) co_await yield();
    });
    EXPECT_EQ(log,
              (std::vector<std::string>{"a", "b turned away", "b turned away", "c turned away"}));
}

class credential_checker_test : public testing::Test {
  protected:
    result<bool> matches(const std::string& password, const std::string& hash,
                         const std::string& role = "r") {
        return run_blocking(_shards.at(0),
                            [&] { return _checker.matches(role, password, hash, "127.0.0.1"); });
    }

    runtime::shard_group _shards{1};
    credential_checker _checker{hash_rounds_log2_min};
    const std::string _hash = hash_password("secret", hash_rounds_log2_min);
};

TEST_F(credential_checker_test, knows_right_from_wrong) {
    EXPECT_TRUE(*matches("secret", _hash));
    EXPECT_FALSE(*matches("wrong", _hash));
    EXPECT_TRUE(*matches("secret", _hash));
    EXPECT_FALSE(*matches("secret", ""));
    EXPECT_FALSE(*matches("", ""));
}

TEST_F(credential_checker_test, what_it_knows_is_of_one_hash) {
    EXPECT_TRUE(*matches("secret", _hash));
    const auto other = hash_password("other", hash_rounds_log2_min);
    EXPECT_FALSE(*matches("secret", other));
    EXPECT_TRUE(*matches("other", other));
    EXPECT_FALSE(*matches("other", _hash));
}

TEST_F(credential_checker_test, same_attempts_at_once_are_one) {
    // So slow that a second check could not be overlooked.
    const auto slow = hash_password("secret", 8);
    const auto check = [](credential_checker& checker, const std::string& hash,
                          std::vector<bool>& answers) -> task<void> {
        answers.push_back(*co_await checker.matches("r", "secret", hash, "127.0.0.1"));
    };
    std::vector<bool> answers;
    const auto alone = std::chrono::steady_clock::now();
    (void)matches_hash("secret", slow);
    const auto one = std::chrono::steady_clock::now() - alone;
    const auto began = std::chrono::steady_clock::now();
    run_blocking(_shards.at(0), [&]() -> task<void> {
        for (int i = 0; i < 100; ++i) this_shard().spawn(check(_checker, slow, answers));
        while (answers.size() < 100) co_await yield();
    });
    EXPECT_EQ(answers, std::vector<bool>(100, true));
    EXPECT_LT(std::chrono::steady_clock::now() - began, one * 50);
}

TEST_F(credential_checker_test, turns_away_what_comes_from_one_place_in_masses) {
    const auto slow = hash_password("secret", 6);
    const auto attempt = [](credential_checker& checker, const std::string& hash, int i,
                            std::vector<result<bool>>& answers) -> task<void> {
        answers.push_back(
            co_await checker.matches("r", fmt::format("guess {}", i), hash, "10.0.0.1"));
    };
    std::vector<result<bool>> answers;
    std::optional<result<bool>> neighbour;
    run_blocking(_shards.at(0), [&]() -> task<void> {
        for (int i = 0; i < 100; ++i) this_shard().spawn(attempt(_checker, slow, i, answers));
        co_await yield();
        neighbour = co_await _checker.matches("r", "secret", slow, "10.0.0.2");
        EXPECT_LE(std::ranges::count_if(answers, [](const auto& each) { return each.ok(); }), 3)
            << "the neighbour waited for others than who had their turn";
        while (answers.size() < 100) co_await yield();
    });
    EXPECT_TRUE(**neighbour);
    const auto refused = std::ranges::count_if(answers, [](const result<bool>& each) {
        return !each && each.error().code() == error_code::overloaded;
    });
    EXPECT_EQ(refused, 100 - 1 - credential_checker::waiting_per_source_max);
}

}  // namespace
}  // namespace nacre::auth
