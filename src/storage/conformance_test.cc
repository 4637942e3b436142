// What every table_store must do, run over each of them.
#include <functional>
#include <numeric>

#include "storage/store_fixture.h"

namespace nacre::storage::testing {
namespace {

using rows = std::vector<std::string>;

struct store_kind {
    const char* name;
    bool durable;
};

class conformance : public ::testing::TestWithParam<store_kind> {
  protected:
    void SetUp() override {
        if (!GetParam().durable) {
            _store = make_memory_store();
            return;
        }
        auto opened = open_rocks_store({.path = _directory.path(),
                                        .blocking = &_loop.blocking(),
                                        .block_cache_bytes = 1 << 20});
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        _store = std::move(*opened);
    }
    void TearDown() override {
        if (_store) ASSERT_TRUE(_loop.run(_store->close()).ok());
    }

    void apply(std::vector<data::mutation> mutations) {
        const auto done = _loop.run(_store->apply(std::move(mutations)));
        ASSERT_TRUE(done.ok()) << done.error().message();
    }
    scanned scan(scan_request request) {
        auto found = _loop.run(read_all(*_store, std::move(request)));
        EXPECT_TRUE(found.ok()) << found.error().message();
        return found.ok() ? *found : scanned();
    }
    rows read(scan_request request) { return scan(std::move(request)).rows; }

    temporary_directory _directory;
    loop _loop;
    std::unique_ptr<table_store> _store;
};

const type_ptr integer = type::native(type_kind::int_);
const type_ptr text = type::native(type_kind::text);

schema::table_ptr plain_table() {
    return table_builder().partition("p", integer).regular("v", integer).regular("w", text).make();
}
schema::table_ptr wide_table() {
    return table_builder()
        .partition("p", integer)
        .clustering("c", integer)
        .clustering("d", text)
        .fixed("s", integer)
        .regular("v", integer)
        .make();
}
data::partition_key key(std::int32_t p) {
    return {int_value(p)};
}
data::clustering_key at(std::int32_t c, bytes d) {
    return {int_value(c), std::move(d)};
}

/// Partition 1 with rows (c, d): (1,a) (1,b) (2,a) (3,a), v = 10 × c.
data::mutation four_rows(const schema::table_ptr& table) {
    change made(table, key(1), 100);
    for (const auto& [c, d] :
         std::vector<std::pair<int, bytes>>{{1, "a"}, {1, "b"}, {2, "a"}, {3, "a"}}) {
        made.insert(at(c, d)).set("v", int_value(10 * c));
    }
    return made;
}
const std::vector<std::string> all_of_wide{"p", "c", "d", "s", "v"};

TEST_P(conformance, rows_come_in_token_order) {
    const auto table = plain_table();
    std::vector<std::pair<std::int64_t, std::string>> expected;
    for (int p = 0; p < 100; ++p) {
        apply({change(table, key(p), 1).insert({}).set("v", int_value(p))});
        expected.emplace_back(data::token_of(int_value(p)).value, std::to_string(p));
    }
    std::ranges::sort(expected);
    const auto found = scan(request_for(table, {"p"}));
    ASSERT_EQ(found.rows.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(found.rows[i], expected[i].second);
    EXPECT_EQ(found.partition_starts, data::all_rows(100));
}

TEST_P(conformance, small_tables_are_measured_and_large_ones_estimated) {
    const auto table = plain_table();
    const auto whole = data::token_range();
    const auto estimate = [&](data::token_range range) {
        auto found = _loop.run(_store->estimate(table, range));
        EXPECT_TRUE(found.ok());
        return found.ok() ? *found : size_estimate();
    };
    EXPECT_EQ(estimate(whole).partitions, 0u);
    std::vector<data::mutation> some;
    constexpr std::uint32_t few = 100;
    constexpr std::uint32_t many = 40'000;
    const auto write = [&](std::uint32_t from, std::uint32_t to) {
        std::vector<data::mutation> rows;
        for (auto i = from; i < to; ++i) {
            rows.push_back(
                change(table, key(static_cast<int>(i)), 1).insert({}).set("v", int_value(1)));
        }
        apply(std::move(rows));
    };
    write(0, few);
    EXPECT_EQ(estimate(whole).partitions, few);
    EXPECT_GT(estimate(whole).mean_partition_bytes, 10u);
    EXPECT_LT(estimate(whole).mean_partition_bytes, 100u);
    const auto below = estimate({data::minimum_token, data::token{0}}).partitions;
    const auto above = estimate({data::token{0}, data::maximum_token}).partitions;
    EXPECT_EQ(below + above, few);
    EXPECT_GT(below, 20u);
    EXPECT_GT(above, 20u);
    write(few, many);
    EXPECT_NEAR(static_cast<double>(estimate(whole).partitions), many, many * 0.1);
}

TEST_P(conformance, token_ranges_are_open_at_the_start_and_closed_at_the_end) {
    const auto table = plain_table();
    std::vector<data::token> tokens;
    for (int p = 0; p < 20; ++p) {
        apply({change(table, key(p), 1).insert({})});
        tokens.push_back(data::token_of(int_value(p)));
    }
    std::ranges::sort(tokens);
    auto request = request_for(table, {"p"});
    request.partitions = std::vector<data::token_range>{
        {tokens[2], tokens[5]}, {tokens[9], tokens[9]}, {tokens[17], data::maximum_token}};
    EXPECT_EQ(read(request).size(), 3u + 0u + 2u);
    request.partitions = std::vector<data::token_range>{{data::minimum_token, tokens[0]}};
    EXPECT_EQ(read(request).size(), 1u);
    request.partitions = std::vector<data::token_range>{};
    EXPECT_TRUE(read(request).empty());
}

// Reads `batches` batches, ends the cursor at its token, reads the rest of it, then what it left to
// another scan.
runtime::task<rows> read_in_two_scans(table_store& store, scan_request request, int batches) {
    rows found;
    auto cursor = std::move(*store.scan(request));
    data::row_batch batch;
    std::optional<data::token_range> covered;
    for (int count = 0; *co_await cursor->next(batch); ++count) {
        for (std::uint32_t row = 0; row < batch.row_count; ++row) {
            found.push_back(row_text(batch, row));
        }
        if (count == batches) covered = cursor->end_at_token();
    }
    if (!covered) co_return found;
    EXPECT_EQ(cursor->end_at_token().has_value(), false) << "it has ended";
    request.partitions = std::vector<data::token_range>{{covered->up_to, data::maximum_token}};
    request.resume_after.reset();
    const auto rest = *co_await read_all(store, request);
    found.insert(found.end(), rest.rows.begin(), rest.rows.end());
    co_return found;
}

TEST_P(conformance, a_scan_that_ends_at_its_token_leaves_the_rest_to_another) {
    const auto wide = wide_table();
    for (int p = 0; p < 9; ++p) {
        change made(wide, key(p), 1);
        for (int c = 0; c < p % 4; ++c) made.insert(at(c, "x"));
        if (p % 3 == 0) made.update_static().set("s", int_value(p));
        apply({made});
    }
    const auto plain = table_builder(2).partition("p", integer).regular("v", integer).make();
    for (int p = 0; p < 30; ++p) apply({change(plain, key(p), 1).insert({})});
    for (auto request : {request_for(wide, {"p", "c", "s"}), request_for(plain, {"p"})}) {
        request.want_positions = true;
        const auto whole = scan(request);
        for (const std::uint32_t size : {1u, 2u, 3u, 100u}) {
            request.batch_rows_max = size;
            for (int batches = 0; batches < 12; ++batches) {
                request.resume_after.reset();
                EXPECT_EQ(_loop.run(read_in_two_scans(*_store, request, batches)), whole.rows);
                request.resume_after = whole.positions[4];
                EXPECT_EQ(_loop.run(read_in_two_scans(*_store, request, batches)),
                          rows(whole.rows.begin() + 5, whole.rows.end()));
            }
        }
    }
    auto listed = request_for(plain, {"p"});
    listed.partitions = std::vector<data::partition_key>{key(1), key(2)};
    EXPECT_EQ(_loop.run(read_in_two_scans(*_store, listed, 0)), (rows{"1", "2"}));
}

TEST_P(conformance, listed_partitions_come_in_the_order_of_the_list) {
    const auto table = plain_table();
    for (int p = 0; p < 10; ++p) apply({change(table, key(p), 1).insert({})});
    auto request = request_for(table, {"p"});
    request.partitions = std::vector<data::partition_key>{key(7), key(99), key(0), key(3)};
    EXPECT_EQ(read(request), (rows{"7", "0", "3"}));
    request.partitions = std::vector<data::partition_key>{};
    EXPECT_TRUE(read(request).empty());
}

TEST_P(conformance, later_writes_win_and_absent_columns_are_null) {
    const auto table = plain_table();
    apply({change(table, key(1), 10).insert({}).set("v", int_value(1)).set("w", "first")});
    apply({change(table, key(1), 5).insert({}).set("v", int_value(2)).set("w", "earlier")});
    apply({change(table, key(1), 20).update({}).set("v", int_value(3))});
    apply({change(table, key(2), 10).insert({})});
    apply({change(table, key(3), 10).update({}).set("w", "")});
    auto request = request_for(table, {"p", "v", "w"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2), key(3)};
    EXPECT_EQ(read(request), (rows{"1 3 'first'", "2 null null", "3 null ''"}));
}

TEST_P(conformance, a_row_without_marker_lives_by_its_cells) {
    const auto table = plain_table();
    apply({change(table, key(1), 10).update({}).set("v", int_value(1)).set("w", "x")});
    apply({change(table, key(2), 10).insert({}).set("v", int_value(1))});
    for (int p : {1, 2}) apply({change(table, key(p), 11).update({}).unset("v")});
    auto request = request_for(table, {"p", "v"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2)};
    EXPECT_EQ(read(request), (rows{"1 null", "2 null"}));
    apply({change(table, key(1), 11).update({}).unset("w")});
    EXPECT_EQ(read(request), (rows{"2 null"}));
}

TEST_P(conformance, deletions_of_every_extent_shadow_what_is_not_later) {
    const auto table = wide_table();
    apply({four_rows(table)});
    apply({change(table, key(1), 100).update_static().set("s", int_value(7))});
    const auto request = request_for(table, {"c", "d", "s"});
    EXPECT_EQ(read(request), (rows{"1 'a' 7", "1 'b' 7", "2 'a' 7", "3 'a' 7"}));

    apply({change(table, key(1), 100).delete_row(at(2, "a"))});
    EXPECT_EQ(read(request), (rows{"1 'a' 7", "1 'b' 7", "3 'a' 7"}));
    apply({change(table, key(1), 99).delete_range({{}, true}, {{}, true})});
    EXPECT_EQ(read(request).size(), 3u) << "deletions before the writes change nothing";
    apply(
        {change(table, key(1), 100).delete_range({{int_value(1)}, true}, {{int_value(1)}, true})});
    EXPECT_EQ(read(request), (rows{"3 'a' 7"}));
    apply({change(table, key(1), 101).insert(at(1, "b"))});
    EXPECT_EQ(read(request), (rows{"1 'b' 7", "3 'a' 7"}));
    apply({change(table, key(1), 100).delete_partition()});
    EXPECT_EQ(read(request), (rows{"1 'b' null"}));
    apply({change(table, key(1), 101).delete_partition()});
    EXPECT_TRUE(read(request).empty());
    apply({change(table, key(1), 102).insert(at(9, "z"))});
    EXPECT_EQ(read(request), (rows{"9 'z' null"}));
}

TEST_P(conformance, overlapping_range_tombstones) {
    const auto table = wide_table();
    change made(table, key(1), 100);
    for (int c = 0; c < 10; ++c) made.insert(at(c, "x")).at(100 + c);
    apply({made});
    const auto bound = [](int c, bool inclusive) {
        return data::clustering_bound{{int_value(c)}, inclusive};
    };
    // Row c was written at 99 + c, but for row 0 at 100.
    apply({change(table, key(1), 103).delete_range(bound(1, false), bound(6, true))});
    apply({change(table, key(1), 105).delete_range(bound(5, true), bound(8, false))});
    apply({change(table, key(1), 200).delete_range(bound(9, true), {{}, true})});
    EXPECT_EQ(read(request_for(table, {"c"})), (rows{"0", "1", "7", "8"}));
    auto reversed = request_for(table, {"c"});
    reversed.reversed = true;
    EXPECT_EQ(read(reversed), (rows{"8", "7", "1", "0"}));
}

TEST_P(conformance, what_expires_is_hidden_from_its_second_on) {
    const auto table = plain_table();
    apply({change(table, key(1), 10).ttl(60, 2060).insert({}).set("v", int_value(1))});
    apply({change(table, key(2), 10).insert({}).ttl(60, 2060).set("v", int_value(2))});
    auto request = request_for(table, {"p", "v"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2)};
    request.columns.push_back({.ordinal = 1, .what = wanted_column::part::ttl});
    request.columns.push_back({.ordinal = 1, .what = wanted_column::part::write_timestamp});
    EXPECT_EQ(read(request), (rows{"1 1 60 10", "2 2 60 10"}));
    request.now_seconds = 2059;
    EXPECT_EQ(read(request), (rows{"1 1 1 10", "2 2 1 10"}));
    request.now_seconds = 2060;
    EXPECT_EQ(read(request), (rows{"2 null null null"}));
}

TEST_P(conformance, slices) {
    const auto table = wide_table();
    apply({four_rows(table)});
    apply({change(table, key(2), 100).insert(at(2, "z")).set("v", int_value(0))});
    auto request = request_for(table, {"p", "c", "d"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2)};
    const auto sliced = [&](std::vector<data::clustering_range> slices) {
        request.slices = std::move(slices);
        request.reversed = false;
        auto forward = read(request);
        request.reversed = true;
        auto backward = read(request);
        // Backward per partition: compare as sets, and the order where there is one partition.
        EXPECT_TRUE(std::ranges::is_permutation(forward, backward));
        return forward;
    };
    const bytes one = int_value(1), two = int_value(2), three = int_value(3);
    EXPECT_EQ(sliced({{{{one}, true}, {{one}, true}}}), (rows{"1 1 'a'", "1 1 'b'"}));
    EXPECT_EQ(sliced({{{{one}, false}, {{three}, false}}}), (rows{"1 2 'a'", "2 2 'z'"}));
    EXPECT_EQ(sliced({{{{one, "a"}, false}, {{two}, true}}}),
              (rows{"1 1 'b'", "1 2 'a'", "2 2 'z'"}));
    EXPECT_EQ(
        sliced({{{{one, "a"}, true}, {{one, "a"}, true}}, {{{three, "a"}, true}, {{}, true}}}),
        (rows{"1 1 'a'", "1 3 'a'"}));
    EXPECT_EQ(sliced({{{{}, true}, {{one, "b"}, false}}}), (rows{"1 1 'a'"}));
    EXPECT_TRUE(sliced({{{{three}, false}, {{}, true}}}).empty());
    EXPECT_TRUE(sliced({{{{two}, true}, {{one}, true}}}).empty()) << "an empty slice is no slice";
}

TEST_P(conformance, reversed_within_each_partition) {
    const auto table = wide_table();
    apply({four_rows(table)});
    apply({change(table, key(2), 1).insert(at(1, "x")).insert(at(2, "y"))});
    apply({change(table, key(1), 1).update_static().set("s", int_value(5))});
    auto request = request_for(table, {"p", "c", "d", "s"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2)};
    request.reversed = true;
    EXPECT_EQ(read(request), (rows{"1 3 'a' 5", "1 2 'a' 5", "1 1 'b' 5", "1 1 'a' 5",
                                   "2 2 'y' null", "2 1 'x' null"}));
    request.partitions = std::vector<data::token_range>{data::token_range()};
    EXPECT_EQ(read(request).size(), 6u);
}

TEST_P(conformance, descending_columns_are_stored_so) {
    const auto table = table_builder()
                           .partition("p", integer)
                           .clustering("c", text, schema::clustering_order::descending)
                           .clustering("d", integer)
                           .make();
    change made(table, key(1), 1);
    for (const bytes c : {"", "a", "ab", "b"}) {
        for (int d : {-1, 0, 1}) made.insert({c, int_value(d)});
    }
    apply({made});
    auto request = request_for(table, {"c", "d"});
    EXPECT_EQ(read(request), (rows{"'b' -1", "'b' 0", "'b' 1", "'ab' -1", "'ab' 0", "'ab' 1",
                                   "'a' -1", "'a' 0", "'a' 1", "'' -1", "'' 0", "'' 1"}));
    // From 'ab' in stored order: what is less than or equal to it.
    request.slices = {{{{"ab"}, false}, {{}, true}}};
    EXPECT_EQ(read(request), (rows{"'a' -1", "'a' 0", "'a' 1", "'' -1", "'' 0", "'' 1"}));
}

TEST_P(conformance, static_columns) {
    const auto table = wide_table();
    apply({four_rows(table)});
    for (int p : {1, 2}) {
        apply({change(table, key(p), 1).update_static().set("s", int_value(p * 11))});
    }
    auto request = request_for(table, all_of_wide);
    request.partitions = std::vector<data::partition_key>{key(1), key(2), key(3)};
    const rows with{"1 1 'a' 11 10", "1 1 'b' 11 10", "1 2 'a' 11 20", "1 3 'a' 11 30",
                    "2 null null 22 null"};
    EXPECT_EQ(read(request), with);
    auto reversed = request;
    reversed.reversed = true;
    EXPECT_EQ(read(reversed).back(), with.back());
    auto without = request;
    without.static_rows = false;
    EXPECT_EQ(read(without), rows(with.begin(), with.end() - 1));
    auto sliced = request;
    sliced.slices = {{{{int_value(2)}, true}, {{int_value(2)}, true}}};
    EXPECT_EQ(read(sliced), (rows{with[2]}));

    apply({change(table, key(2), 2).update_static().unset("s")});
    EXPECT_EQ(read(request), rows(with.begin(), with.end() - 1));
    apply({change(table, key(1), 100).delete_range({{}, true}, {{}, true})});
    EXPECT_EQ(read(request), (rows{"1 null null 11 null"}));
}

TEST_P(conformance, partitions_only) {
    const auto table = wide_table();
    apply({four_rows(table)});
    apply({change(table, key(2), 1).update_static().set("s", int_value(22))});
    apply(
        {change(table, key(3), 1).insert(at(1, "a")), change(table, key(4), 1).insert(at(1, "a"))});
    apply({change(table, key(3), 1).delete_partition()});
    auto request = request_for(table, {"p", "s"});
    request.partitions = std::vector<data::partition_key>{key(1), key(2), key(3), key(4)};
    request.partitions_only = true;
    EXPECT_EQ(read(request), (rows{"1 null", "2 22", "4 null"}));
    request.partitions = std::vector<data::token_range>{data::token_range()};
    auto found = scan(request);
    EXPECT_EQ(found.rows.size(), 3u);
    EXPECT_EQ(found.partition_starts, (std::vector<std::uint32_t>{0, 1, 2}));
    request.batch_rows_max = 1;
    EXPECT_EQ(scan(request), found);
}

TEST_P(conformance, per_partition_limit_and_batches) {
    const auto table = wide_table();
    for (int p = 0; p < 7; ++p) {
        change made(table, key(p), 1);
        for (int c = 0; c < 5; ++c) made.insert(at(c, "x"));
        apply({made});
    }
    auto request = request_for(table, {"p", "c"});
    request.rows_per_partition_max = 3;
    const auto whole = scan(request);
    EXPECT_EQ(whole.rows.size(), 21u);
    EXPECT_EQ(whole.partition_starts, (std::vector<std::uint32_t>{0, 3, 6, 9, 12, 15, 18}));
    for (const std::uint32_t size : {1u, 2u, 3u, 4u, 20u, 21u}) {
        request.batch_rows_max = size;
        const auto pieces = scan(request);
        EXPECT_EQ(pieces.rows, whole.rows);
        EXPECT_EQ(pieces.partition_starts, whole.partition_starts);
        EXPECT_EQ(*std::ranges::max_element(pieces.batches), size);
    }
    request.reversed = true;
    EXPECT_EQ(read(request)[1].back(), '3');
}

TEST_P(conformance, a_scan_resumes_after_any_position) {
    const auto table = wide_table();
    for (int p = 0; p < 6; ++p) {
        change made(table, key(p), 1);
        if (p % 2 == 0) made.update_static().set("s", int_value(p));
        for (int c = 0; c < p; ++c) made.insert(at(c, "x"));
        if (p == 4) made.delete_row(at(2, "x"));
        apply({made});
    }
    std::vector<scan_request> requests(6, request_for(table, all_of_wide));
    requests[1].reversed = true;
    requests[2].rows_per_partition_max = 2;
    requests[3].partitions = std::vector<data::partition_key>{key(5), key(2), key(0), key(4)};
    requests[4].partitions_only = true;
    requests[5].slices = {{{{int_value(1)}, true}, {{int_value(1)}, true}},
                          {{{int_value(3)}, true}, {{}, true}}};
    for (auto& request : requests) {
        request.want_positions = true;
        const auto whole = scan(request);
        ASSERT_EQ(whole.positions.size(), whole.rows.size());
        ASSERT_GT(whole.rows.size(), 2u);
        for (std::size_t i = 0; i < whole.rows.size(); ++i) {
            auto rest = request;
            rest.resume_after = whole.positions[i];
            const auto found = scan(rest);
            EXPECT_EQ(found.rows, rows(whole.rows.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                       whole.rows.end()))
                << "after row " << i;
            // A partition begun before the pause is not begun again.
            std::vector<std::uint32_t> starts;
            for (const auto start : whole.partition_starts) {
                if (start > i) starts.push_back(start - static_cast<std::uint32_t>(i) - 1);
            }
            EXPECT_EQ(found.partition_starts, starts) << "after row " << i;
        }
    }
}

TEST_P(conformance, a_position_whose_row_is_gone_still_resumes) {
    const auto table = wide_table();
    apply({four_rows(table)});
    auto request = request_for(table, {"c", "d"});
    request.want_positions = true;
    const auto whole = scan(request);
    apply({change(table, key(1), 200).delete_row(at(1, "b"))});
    request.resume_after = whole.positions[1];
    EXPECT_EQ(read(request), (rows{"2 'a'", "3 'a'"}));
}

TEST_P(conformance, forged_positions_are_refused) {
    const auto table = wide_table();
    apply({four_rows(table)});
    auto request = request_for(table, {"c"});
    for (const bytes& forged : {bytes(), bytes("x"), bytes(40, '\1'), bytes("\1\0\0\0\0\2", 6)}) {
        request.resume_after = forged;
        const auto refused = _store->scan(request);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), error_code::invalid);
    }
}

TEST_P(conformance, a_cursor_sees_the_store_as_it_was) {
    const auto table = plain_table();
    apply({change(table, key(1), 1).insert({}).set("v", int_value(1))});
    auto cursor = _store->scan(request_for(table, {"v"}));
    ASSERT_TRUE(cursor.ok());
    apply({change(table, key(1), 2).insert({}).set("v", int_value(2)),
           change(table, key(2), 1).insert({})});
    data::row_batch batch;
    ASSERT_TRUE(*_loop.run((*cursor)->next(batch)));
    EXPECT_EQ(batch.row_count, 1u);
    EXPECT_EQ(row_text(batch, 0), "1");
    EXPECT_FALSE(*_loop.run((*cursor)->next(batch)));
    EXPECT_EQ(batch.row_count, 0u);
}

TEST_P(conformance, multi_cell_columns_are_assembled_in_the_order_of_their_type) {
    const auto point = type::user("ks", "point", {"x", "y", "z"}, {integer, integer, integer});
    const auto table = table_builder()
                           .partition("p", integer)
                           .regular("l", type::list_of(text))
                           .regular("s", type::set_of(integer))
                           .regular("m", type::map_of(integer, text))
                           .regular("u", point)
                           .make();
    const auto id = [](std::uint8_t low, std::uint8_t high) {
        return bytes{
            0, 0, 0, static_cast<char>(low), 0, static_cast<char>(high), 0x10, 0, 0, 0, 0, 0, 0,
            0, 0, 0};
    };
    change made(table, key(1), 10);
    made.insert({});
    for (const auto* column : {"l", "s", "m", "u"}) made.clear(column);
    made.at(11);
    made.element("l", id(1, 2), "third")
        .element("l", id(9, 1), "second")
        .element("l", id(8, 1), "first");
    for (int n : {3, -1, 0}) made.element("s", int_value(n), "");
    made.element("m", int_value(2), "two").element("m", int_value(-2), "minus two");
    made.element("u", to_big_endian(std::uint16_t{2}), int_value(30));
    made.element("u", to_big_endian(std::uint16_t{0}), int_value(10));
    apply({made});
    const auto request = request_for(table, {"l", "s", "m", "u"});
    EXPECT_EQ(read(request), (rows{"['first', 'second', 'third'] {-1, 0, 3} "
                                   "{-2: 'minus two', 2: 'two'} {x: 10, y: null, z: 30}"}));

    change later(table, key(1), 20);
    later.update({}).element("l", id(9, 1), std::nullopt).element("s", int_value(0), std::nullopt);
    later.element("m", int_value(2), "zwei").clear("u");
    apply({later});
    EXPECT_EQ(read(request),
              (rows{"['first', 'third'] {-1, 3} {-2: 'minus two', 2: 'zwei'} null"}));
    apply({change(table, key(1), 20).update({}).clear("l").clear("s").clear("m")});
    EXPECT_EQ(read(request), (rows{"null null null null"}));
}

TEST_P(conformance, spellings_of_a_clustering_key_are_one_row_and_come_back_as_written) {
    const auto decimal = type::native(type_kind::decimal);
    const auto table = table_builder()
                           .partition("p", integer)
                           .clustering("c", decimal)
                           .regular("v", integer)
                           .make();
    const auto spelt = [](std::int32_t scale, std::int8_t unscaled) {
        return to_big_endian(scale) + to_big_endian(unscaled);
    };
    apply({change(table, key(1), 1).insert({spelt(2, 100)}).set("v", int_value(1))});
    apply({change(table, key(1), 1).insert({spelt(0, 2)}).set("v", int_value(2))});
    EXPECT_EQ(read(request_for(table, {"c", "v"})), (rows{"1.00 1", "2 2"}));
    apply({change(table, key(1), 2).update({spelt(1, 10)}).set("v", int_value(3))});
    const auto found = read(request_for(table, {"v"}));
    EXPECT_EQ(found, (rows{"3", "2"}));
    auto request = request_for(table, {"v"});
    request.slices = {{{{spelt(0, 1)}, true}, {{spelt(0, 1)}, true}}};
    EXPECT_EQ(read(request), (rows{"3"}));
    apply({change(table, key(1), 3).delete_row({spelt(0, 1)})});
    EXPECT_EQ(read(request_for(table, {"v"})), (rows{"2"}));
}

TEST_P(conformance, cells_of_dropped_columns_are_not_there) {
    const auto before = plain_table();
    apply({change(before, key(1), 1).update({}).set("v", int_value(1)).set("w", "x")});
    apply({change(before, key(2), 1).update({}).set("v", int_value(2))});
    const auto after = std::make_shared<schema::table>(
        "ks", "t", uuid(), 1, 14,
        std::vector{before->columns()[0],
                    schema::column_definition{.name = "v", .type = integer, .id = 13},
                    before->columns()[2]},
        schema::table_options());
    EXPECT_EQ(read(request_for(after, {"p", "v", "w"})), (rows{"1 null 'x'"}));
}

TEST_P(conformance, truncate_takes_one_table_and_no_later_write) {
    const auto table = plain_table();
    const auto other = table_builder(2).partition("p", integer).regular("v", integer).make();
    const auto mine = [&](int v) {
        return data::mutation(change(table, key(1), 50).insert({}).set("v", int_value(v)));
    };
    apply({mine(1), change(table, key(2), 50).delete_partition(),
           change(other, key(1), 1).insert({}).set("v", int_value(9))});
    ASSERT_TRUE(_loop.run(_store->truncate(table)).ok());
    EXPECT_TRUE(read(request_for(table, {"p"})).empty());
    EXPECT_EQ(read(request_for(other, {"v"})), (rows{"9"}));
    // Earlier timestamps count as well: nothing is left that could shadow them.
    apply({change(table, key(1), 1).insert({}).set("v", int_value(2)),
           change(table, key(2), 1).insert({}).set("v", int_value(3))});
    EXPECT_EQ(read(request_for(table, {"v"})).size(), 2u);
}

TEST_P(conformance, composite_and_awkward_partition_keys) {
    const auto blob = type::native(type_kind::blob);
    const auto table =
        table_builder().partition("a", blob).partition("b", blob).regular("v", integer).make();
    const std::vector<bytes> parts{"", bytes(1, '\0'), bytes("\0\0", 2), "\xff",
                                   bytes("a\0\xff", 3)};
    std::vector<data::partition_key> keys;
    for (const auto& a : parts) {
        for (const auto& b : parts) {
            keys.push_back({a, b});
            apply({change(table, keys.back(), 1).insert({}).set("v", int_value(1))});
        }
    }
    auto request = request_for(table, {"a", "b"});
    auto found = read(request);
    EXPECT_EQ(found.size(), 25u);
    request.partitions = keys;
    auto listed = read(request);
    std::ranges::sort(found);
    std::ranges::sort(listed);
    EXPECT_EQ(found, listed);
    EXPECT_EQ(std::ranges::unique(listed).size(), 0u);
}

TEST_P(conformance, empty_values_differ_from_null_and_zero) {
    const auto table = table_builder()
                           .partition("p", integer)
                           .clustering("c", integer)
                           .regular("v", integer)
                           .make();
    apply({change(table, key(1), 1)
               .insert({""})
               .set("v", "")
               .insert({int_value(0)})
               .set("v", int_value(0))});
    auto cursor = _store->scan(request_for(table, {"c", "v"}));
    data::row_batch batch;
    ASSERT_TRUE(*_loop.run((*cursor)->next(batch)));
    ASSERT_EQ(batch.row_count, 2u);
    EXPECT_EQ(batch.columns[0].serialised(0), "");
    EXPECT_EQ(batch.columns[1].serialised(0), "");
    EXPECT_EQ(batch.columns[1].serialised(1), int_value(0));
}

TEST_P(conformance, the_loop_turns_during_a_long_scan) {
    const auto table = plain_table();
    std::vector<data::mutation> many;
    for (int p = 0; p < 20'000; ++p) {
        many.push_back(change(table, key(p), 1).update({}).unset("v"));
    }
    apply(std::move(many));
    const auto body = [](table_store& store, schema::table_ptr t) -> runtime::task<int> {
        auto cursor = store.scan(request_for(std::move(t), {"p"}));
        bool done = false;
        int turns = 0;
        const auto reader = [](scan_cursor& c, bool& end) -> runtime::task<void> {
            data::row_batch batch;
            EXPECT_FALSE(*co_await c.next(batch));
            end = true;
        };
        runtime::this_shard().spawn(reader(**cursor, done));
        while (!done) {
            co_await runtime::yield();
            ++turns;
        }
        co_return turns;
    };
    EXPECT_GE(_loop.run(body(*_store, table)), 3);
}

TEST_P(conformance, big_rows_end_a_batch_early) {
    const auto table = plain_table();
    for (int p = 0; p < 12; ++p) {
        apply({change(table, key(p), 1).insert({}).set("w", bytes(1 << 20, 'x'))});
    }
    const auto found = scan(request_for(table, {"w"}));
    EXPECT_EQ(found.rows.size(), 12u);
    EXPECT_GE(found.batches.size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(stores, conformance,
                         ::testing::Values(store_kind{"memory", false}, store_kind{"rocks", true}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nacre::storage::testing
