#include "data/reconcile.h"

#include <random>

#include <gtest/gtest.h>

namespace nacre::data {
namespace {

cell_view live(std::int64_t at, bytes_view value) {
    return {.column_id = 1, .has_value = true, .write_timestamp_us = at, .value = value};
}
cell_view expiring(std::int64_t at, bytes_view value, std::int32_t ttl, std::int32_t expires_at) {
    auto cell = live(at, value);
    cell.ttl_seconds = ttl;
    cell.expires_or_deleted_at = expires_at;
    return cell;
}
cell_view dead(std::int64_t at, std::int32_t deleted_at) {
    return {.column_id = 1, .expires_or_deleted_at = deleted_at, .write_timestamp_us = at};
}

struct contest {
    const char* rule;
    cell_view winner;
    cell_view loser;
};

TEST(prevails, every_rule_in_both_orders) {
    const std::vector<contest> contests{
        {"later write", live(2, "a"), live(1, "b")},
        {"later write beats a tombstone", live(2, "a"), dead(1, 100)},
        {"tombstone beats a value of its time", dead(1, 5), live(1, "b")},
        {"expiring beats lasting", expiring(1, "a", 10, 20), live(1, "b")},
        {"tombstone beats expiring", dead(1, 5), expiring(1, "b", 10, 20)},
        {"later deletion", dead(1, 6), dead(1, 5)},
        {"later expiry", expiring(1, "a", 10, 21), expiring(1, "b", 10, 20)},
        {"smaller ttl", expiring(1, "a", 9, 20), expiring(1, "b", 10, 20)},
        {"larger value, expiring", expiring(1, "b", 10, 20), expiring(1, "a", 10, 20)},
        {"larger value", live(1, "b"), live(1, "a")},
        {"larger value is unsigned", live(1, "\x80"), live(1, "\x7f")},
        {"longer value", live(1, "aa"), live(1, "a")},
    };
    for (const auto& each : contests) {
        EXPECT_TRUE(prevails(each.winner, each.loser)) << each.rule;
        EXPECT_FALSE(prevails(each.loser, each.winner)) << each.rule;
    }
}

TEST(row_marker, later_then_expiring_then_longer_then_smaller_ttl) {
    const row_marker lasting{.write_timestamp_us = 5};
    const row_marker later{.write_timestamp_us = 6};
    const row_marker short_lived{.write_timestamp_us = 5, .ttl_seconds = 10, .expires_at = 20};
    const row_marker longer{.write_timestamp_us = 5, .ttl_seconds = 10, .expires_at = 21};
    const row_marker smaller_ttl{.write_timestamp_us = 5, .ttl_seconds = 9, .expires_at = 20};
    const auto wins = [](const row_marker& winner, const row_marker& loser) {
        return reconcile(winner, loser) == winner && reconcile(loser, winner) == winner;
    };
    EXPECT_TRUE(wins(later, short_lived));
    EXPECT_TRUE(wins(short_lived, lasting));
    EXPECT_TRUE(wins(longer, short_lived));
    EXPECT_TRUE(wins(smaller_ttl, short_lived));
}

TEST(row, deletions_shadow_what_is_not_later) {
    row source{.marker = {.write_timestamp_us = 10}, .deletion = {10, 1}};
    source.complex_deletions = {{3, {12, 1}}, {4, {9, 1}}};
    source.cells = {{.column_id = 1, .value = "gone", .write_timestamp_us = 10},
                    {.column_id = 2, .value = "stays", .write_timestamp_us = 11},
                    {.column_id = 3, .path = "a", .value = "gone", .write_timestamp_us = 12},
                    {.column_id = 3, .path = "b", .value = "stays", .write_timestamp_us = 13}};
    const auto view = view_of(source);
    EXPECT_FALSE(view.marker.exists());
    ASSERT_EQ(view.cells.size(), 2u);
    EXPECT_EQ(view.cells[0].column_id, 2u);
    EXPECT_EQ(view.cells[1].path, "b");
    ASSERT_EQ(view.complex_deletions.size(), 1u);  // the other one is within the row's deletion
    EXPECT_EQ(view.complex_deletions[0].column_id, 3u);
}

TEST(row, exists_by_marker_or_any_live_cell) {
    row source;
    EXPECT_FALSE(is_live(view_of(source), 100));
    source.marker = {.write_timestamp_us = 1, .ttl_seconds = 10, .expires_at = 100};
    EXPECT_TRUE(is_live(view_of(source), 99));
    EXPECT_FALSE(is_live(view_of(source), 100));
    source.cells = {{.column_id = 1, .value = std::nullopt, .write_timestamp_us = 1}};
    EXPECT_FALSE(is_live(view_of(source), 100));
    source.cells[0].value = "";
    EXPECT_TRUE(is_live(view_of(source), 100));
}

TEST(row, cells_out_of_order_are_arranged_and_reconciled) {
    row source;
    source.cells = {{.column_id = 2, .value = "b", .write_timestamp_us = 1},
                    {.column_id = 1, .value = "old", .write_timestamp_us = 1},
                    {.column_id = 1, .value = "new", .write_timestamp_us = 2}};
    const auto view = view_of(source);
    ASSERT_EQ(view.cells.size(), 2u);
    EXPECT_EQ(view.cells[0].value, "new");
    EXPECT_EQ(view.cells[1].value, "b");
}

TEST(row, expire_then_purge) {
    row source{.marker = {.write_timestamp_us = 1, .ttl_seconds = 10, .expires_at = 50}};
    source.cells = {{.column_id = 1,
                     .value = "x",
                     .write_timestamp_us = 1,
                     .ttl_seconds = 10,
                     .expires_or_deleted_at = 50}};
    auto view = view_of(source);
    EXPECT_FALSE(expire(view, 49));
    EXPECT_TRUE(expire(view, 50));
    ASSERT_EQ(view.cells.size(), 1u);
    EXPECT_FALSE(view.cells[0].has_value);
    EXPECT_EQ(view.cells[0].expires_or_deleted_at, 40);  // as if deleted when it was written
    EXPECT_FALSE(purge(view, 40));
    EXPECT_TRUE(purge(view, 41));
    EXPECT_TRUE(view.cells.empty());
    EXPECT_TRUE(view.marker.exists());
    EXPECT_TRUE(purge(view, 51));
    EXPECT_TRUE(is_empty(view));
}

row random_row(std::mt19937& random) {
    const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    row made;
    if (upto(2) != 0) made.marker = {.write_timestamp_us = upto(4)};
    if (upto(6) == 0 && made.marker.exists()) {
        made.marker.ttl_seconds = 1 + upto(3);
        made.marker.expires_at = upto(3);
    }
    if (upto(5) == 0) made.deletion = {upto(4), upto(3)};
    for (std::uint32_t column = 3; column < 5; ++column) {
        if (upto(4) == 0) made.complex_deletions.push_back({column, {upto(4), upto(3)}});
    }
    for (std::uint32_t column = 1; column < 5; ++column) {
        for (char path = 'a'; path < (column >= 3 ? 'c' : 'b'); ++path) {
            if (upto(3) == 0) continue;
            cell each{.column_id = column, .write_timestamp_us = upto(4)};
            if (column >= 3) each.path = bytes(1, path);
            if (upto(4) != 0) each.value = bytes(1, static_cast<char>('p' + upto(3)));
            if (!each.value) each.expires_or_deleted_at = upto(3);
            if (each.value && upto(3) == 0) {
                each.ttl_seconds = 1 + upto(3);
                each.expires_or_deleted_at = upto(3);
            }
            made.cells.push_back(each);
        }
    }
    return made;
}

TEST(reconcile, is_commutative_associative_and_idempotent) {
    std::mt19937 random(20'240'607);
    const auto merged = [](row_view into, const row_view& other) {
        reconcile(into, other);
        return into;
    };
    for (int i = 0; i < 20'000; ++i) {
        const row rows[] = {random_row(random), random_row(random), random_row(random)};
        const auto a = view_of(rows[0]);
        const auto b = view_of(rows[1]);
        const auto c = view_of(rows[2]);
        ASSERT_EQ(to_row(merged(a, b)), to_row(merged(b, a))) << "case " << i;
        ASSERT_EQ(to_row(merged(merged(a, b), c)), to_row(merged(a, merged(b, c)))) << "case " << i;
        ASSERT_EQ(to_row(merged(merged(a, b), b)), to_row(merged(a, b))) << "case " << i;
    }
}

}  // namespace
}  // namespace nacre::data
