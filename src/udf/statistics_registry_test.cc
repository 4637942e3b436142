#include "udf/statistics_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nacre::udf {

namespace {

using testing::HasSubstr;

schema::function_definition define(std::string name) {
    schema::function_definition made;
    made.keyspace = "ks";
    made.name = std::move(name);
    made.language = "lua";
    made.argument_types = {types::type::native(types::type_kind::int_)};
    made.version = uuid::random();
    return made;
}

TEST(statistics_registry, keeps_figures_across_versions_and_drops_them_with_the_last) {
    statistics_registry registry;
    auto first = registry.of(define("f"), "Lua 5.4", {});
    first->calls = 7;
    auto second = registry.of(define("f"), "Lua 5.4", {});
    first.reset();
    EXPECT_EQ(second->calls, 7u);
    EXPECT_EQ(registry.snapshot().size(), 1u);
    second.reset();
    EXPECT_TRUE(registry.snapshot().empty());
}

TEST(statistics_registry, a_dropped_function_starts_anew_though_a_statement_still_runs) {
    statistics_registry registry;
    const auto running = registry.of(define("f"), "Lua 5.4", {});
    running->calls = 7;
    EXPECT_FALSE(registry.keep_line(*running, guest_stream::output, "old")->empty());
    registry.forget("other", "f", [](const auto&) { return true; });
    registry.forget("ks", "e", [](const auto&) { return true; });
    registry.forget("ks", "f", [](const auto& entry) { return entry.argument_types.empty(); });
    EXPECT_EQ(registry.snapshot().size(), 1u);
    registry.forget("ks", "f", [](const auto& entry) { return entry.argument_types.size() == 1; });
    EXPECT_TRUE(registry.snapshot().empty());
    const auto anew = registry.of(define("f"), "Lua 5.4", {});
    EXPECT_EQ(anew->calls, 0u);
    EXPECT_TRUE(registry.lines_of(*anew).empty());
}

TEST(statistics_registry, a_dropped_keyspace_takes_all_of_its_functions) {
    statistics_registry registry({.metrics_functions_max = 100});
    std::vector<function_statistics_ptr> running;
    for (int i = 0; i < 1'000; ++i) {
        running.push_back(registry.of(define("f" + std::to_string(i)), "Lua 5.4", {}));
        auto elsewhere = define("f" + std::to_string(i));
        elsewhere.keyspace = "other";
        running.push_back(registry.of(elsewhere, "Lua 5.4", {}));
    }
    EXPECT_EQ(registry.snapshot().size(), 2'000u);
    registry.forget_keyspace("ks");
    const auto left = registry.snapshot();
    EXPECT_EQ(left.size(), 1'000u);
    for (const auto& entry : left) EXPECT_EQ(entry.keyspace, "other");
}

TEST(statistics_registry, a_new_version_leaves_quarantine) {
    statistics_registry registry({.quarantine_failures = 2});
    const auto definition = define("f");
    const auto statistics = registry.of(definition, "ABI 2", {});
    for (int i = 0; i < 2; ++i) {
        const bool began = statistics->note_failure(failure_kind::trap, "it fell");
        EXPECT_EQ(began, i == 1);
    }
    EXPECT_THAT(statistics->refusals.refusal().value_or(""), HasSubstr("because it fell"));
    EXPECT_EQ(registry.of(definition, "ABI 2", {}), statistics);
    EXPECT_TRUE(statistics->refusals.until());
    EXPECT_EQ(registry.of(define("f"), "ABI 2", {}), statistics);
    EXPECT_FALSE(statistics->refusals.until());
}

TEST(statistics_registry, only_the_functions_own_failures_lead_to_quarantine) {
    statistics_registry registry({.quarantine_failures = 1});
    const auto statistics = registry.of(define("f"), "ABI 2", {});
    for (const auto kind : {failure_kind::reported, failure_kind::overloaded,
                            failure_kind::cancelled, failure_kind::quarantined}) {
        EXPECT_FALSE(statistics->note_failure(kind, "x"));
        EXPECT_EQ(statistics->failures(kind), 1u);
    }
    EXPECT_TRUE(statistics->note_failure(failure_kind::deadline, "y"));
    EXPECT_EQ(statistics->failures(), 5u);
    EXPECT_EQ(statistics->last()->message, "y");
}

TEST(statistics_registry, thousands_of_functions_that_come_and_go_leave_nothing) {
    statistics_registry registry({.metrics_functions_max = 10});
    std::vector<function_statistics_ptr> kept;
    for (int i = 0; i < 5'000; ++i) {
        auto made = registry.of(define("f" + std::to_string(i)), "ABI 2", {});
        (void)registry.keep_line(*made, guest_stream::error, "hello");
        if (i % 1'000 == 0) kept.push_back(std::move(made));
    }
    EXPECT_EQ(registry.snapshot().size(), 5u);
    // Their places in the metrics are free again.
    std::uint32_t named = 0;
    for (int i = 0; i < 100; ++i) {
        kept.push_back(registry.of(define("g" + std::to_string(i)), "ABI 2", {}));
    }
    for (const auto& each : kept) named += each->setup.has_own_metrics ? 1 : 0;
    EXPECT_GT(named, 0u);
    EXPECT_LE(named, 10u);
}

TEST(statistics_registry, the_servers_log_takes_so_many_lines_a_second) {
    statistics_registry registry({.log_lines_per_second_max = 3});
    const auto statistics = registry.of(define("f"), "ABI 2", {});
    int shown = 0;
    for (int i = 0; i < 100; ++i) {
        shown += registry.keep_line(*statistics, guest_stream::output, "x") ? 1 : 0;
    }
    EXPECT_GE(shown, 3);
    EXPECT_LT(shown, 10);
    EXPECT_EQ(statistics->log_lines_hidden, static_cast<std::uint64_t>(100 - shown));
    EXPECT_EQ(registry.lines_of(*statistics).size(), 100u);
}

}  // namespace

}  // namespace nacre::udf
