#include <gtest/gtest.h>

#include "function/registry.h"
#include "query/engine.h"
#include "storage/memory/memory_store.h"
#include "types/value.h"

// Statements in, answers out, over the memory store: what a client sees, without the wire.
namespace nacre::query {
namespace {

// Renders a rows_result as one line a row, the columns' names first.
std::string render(const rows_result& rows) {
    std::string text;
    const auto& columns = rows.metadata->columns;
    for (const auto& column : columns) text += (text.empty() ? "" : " | ") + column.name;
    std::size_t at = 0;
    for (std::uint32_t row = 0; row < rows.row_count; ++row) {
        text += "\n";
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (i != 0) text += " | ";
            const auto size = load_big_endian<std::int32_t>(rows.content.data() + at);
            at += 4;
            if (size < 0) {
                text += "null";
                continue;
            }
            const auto value = bytes_view(rows.content).substr(at, static_cast<std::size_t>(size));
            text += types::to_cql_literal(*columns[i].type, value);
            at += static_cast<std::size_t>(size);
        }
    }
    EXPECT_EQ(at, rows.content.size());
    return text;
}

std::string render(const result<response>& answer) {
    if (!answer) {
        return fmt::format("{:#06x}: {}", static_cast<int>(answer.error().code()),
                           answer.error().message());
    }
    if (const auto* rows = std::get_if<rows_result>(&answer->body)) return render(*rows);
    if (std::holds_alternative<schema_change_result>(answer->body)) return "schema change";
    return "ok";
}

bound_value integer(std::int32_t value) {
    return {bound_value::kind::value, to_big_endian(value)};
}

class query_test : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    query_test() : _shards(GetParam()), _store(storage::make_memory_store()) {
        catalog::catalog::options options;
        options.shards = &_shards;
        options.store = _store.get();
        options.node.host_id = uuid::random();
        options.node.listen_address = "127.0.0.1";
        options.node.release_version = "5.0.8";
        _catalog =
            *runtime::run_blocking(_shards.at(0), [&options] { return catalog::open(options); });
        _engine = make_engine(_shards, *_catalog, *_store);
        _session.protocol_version = 5;
        run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
            "'replication_factor': 1}");
        run("USE ks");
    }
    ~query_test() override {
        runtime::run_blocking(_shards.at(0), [this] { return _catalog->stop(); });
        _shards.stop();
    }

    result<response> answer(const std::string& text, query_options options = {}) {
        return runtime::run_blocking(
            _shards.at(0), [&] { return _engine->execute(_session, text, std::move(options)); });
    }
    std::string run(const std::string& text, query_options options = {}) {
        return render(answer(text, std::move(options)));
    }
    // All pages of a SELECT, and how many there were.
    std::pair<std::string, int> pages(const std::string& text, std::int32_t page_size) {
        std::string all;
        int count = 0;
        query_options options;
        options.page_size = page_size;
        for (;;) {
            const auto page = answer(text, options);
            if (!page) return {render(page), count};
            const auto& rows = std::get<rows_result>(page->body);
            EXPECT_LE(rows.row_count, static_cast<std::uint32_t>(page_size));
            ++count;
            const auto rendered = render(rows);
            const auto first_row = rendered.find('\n');
            if (first_row != std::string::npos) all += rendered.substr(first_row);
            if (!rows.paging_state) return {all, count};
            options.paging_state = rows.paging_state;
        }
    }

    runtime::shard_group _shards;
    std::unique_ptr<storage::table_store> _store;
    std::unique_ptr<catalog::catalog> _catalog;
    std::unique_ptr<engine> _engine;
    session_state _session;
};

TEST_P(query_test, rows_come_in_token_order) {
    run("CREATE TABLE t (id double PRIMARY KEY)");
    for (const auto* id : {"0", "1", "4", "7"}) {
        EXPECT_EQ(run(std::string("INSERT INTO t (id) VALUES (") + id + ")"), "ok");
    }
    EXPECT_EQ(run("SELECT id FROM t"), "id\n7.0\n1.0\n0.0\n4.0");
}

TEST_P(query_test, keys_slices_and_order) {
    run("CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c))");
    for (int c = 1; c <= 5; ++c) {
        run(fmt::format("INSERT INTO t (p, c, v) VALUES (1, {}, 'v{}')", c, c));
    }
    EXPECT_EQ(run("SELECT v FROM t WHERE p = 1 AND c = 3"), "v\n'v3'");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND c > 1 AND c <= 3"), "c\n2\n3");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND c IN (4, 2, 9)"), "c\n2\n4");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 ORDER BY c DESC LIMIT 2"), "c\n5\n4");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 2"), "c");
    EXPECT_EQ(run("SELECT c AS x FROM t WHERE p = 1 AND c = 1"), "x\n1");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND c > 3 AND c < 2"), "c");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND (c) >= (4)"), "c\n4\n5");
    EXPECT_EQ(run("SELECT c FROM t WHERE v = 'v2'"),
              "0x2200: Cannot execute this query as it might involve data filtering and thus may "
              "have unpredictable performance. If you want to execute this query despite the "
              "performance unpredictability, use ALLOW FILTERING");
    EXPECT_EQ(run("SELECT c FROM t WHERE v = 'v2' ALLOW FILTERING"), "c\n2");
    EXPECT_EQ(run("SELECT c FROM t WHERE c = 2 ALLOW FILTERING"), "c\n2");
}

TEST_P(query_test, descending_clustering_order) {
    run("CREATE TABLE t (p int, c int, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)");
    for (int c = 1; c <= 4; ++c) run(fmt::format("INSERT INTO t (p, c) VALUES (1, {})", c));
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1"), "c\n4\n3\n2\n1");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND c >= 2 AND c < 4"), "c\n3\n2");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 ORDER BY c ASC"), "c\n1\n2\n3\n4");
    EXPECT_EQ(run("SELECT c FROM t WHERE p = 1 AND c IN (1, 3)"), "c\n3\n1");
}

TEST_P(query_test, updates_and_deletes) {
    run("CREATE TABLE t (p int, c int, v int, s int static, PRIMARY KEY (p, c))");
    run("INSERT INTO t (p, c, v, s) VALUES (1, 1, 10, 7)");
    run("INSERT INTO t (p, c, v) VALUES (1, 2, 20)");
    run("INSERT INTO t (p, c, v) VALUES (1, 3, 30)");
    EXPECT_EQ(run("SELECT * FROM t"),
              "p | c | s | v\n1 | 1 | 7 | 10\n1 | 2 | 7 | 20\n1 | 3 | 7 | 30");
    EXPECT_EQ(run("UPDATE t SET v = 21 WHERE p = 1 AND c = 2"), "ok");
    EXPECT_EQ(run("DELETE v FROM t WHERE p = 1 AND c = 1"), "ok");
    EXPECT_EQ(run("SELECT c, v FROM t"), "c | v\n1 | null\n2 | 21\n3 | 30");
    EXPECT_EQ(run("DELETE FROM t WHERE p = 1 AND c > 2"), "ok");
    EXPECT_EQ(run("SELECT c FROM t"), "c\n1\n2");
    EXPECT_EQ(run("DELETE FROM t WHERE p = 1 AND c = 2"), "ok");
    EXPECT_EQ(run("SELECT c FROM t"), "c\n1");
    EXPECT_EQ(run("DELETE FROM t WHERE p = 1"), "ok");
    EXPECT_EQ(run("SELECT c FROM t"), "c");
    EXPECT_EQ(run("UPDATE t SET v = 1 WHERE p = 1"), "0x2200: Some clustering keys are missing: c");
    EXPECT_EQ(run("DELETE FROM t WHERE c = 1"), "0x2200: Some partition key parts are missing: p");
}

TEST_P(query_test, collections_and_tuples) {
    run("CREATE TABLE t (p int PRIMARY KEY, l list<int>, s set<text>, m map<text, int>, "
        "f frozen<list<int>>, u tuple<int, text>)");
    run("INSERT INTO t (p, l, s, m, f, u) VALUES (1, [1, 2], {'b', 'a'}, {'k': 1}, [9], (1, 'x'))");
    EXPECT_EQ(run("SELECT l, s, m, f, u FROM t"),
              "l | s | m | f | u\n[1, 2] | {'a', 'b'} | {'k': 1} | [9] | (1, 'x')");
    run("UPDATE t SET l = l + [3], s = s + {'c'}, m = m + {'j': 2} WHERE p = 1");
    run("UPDATE t SET l = [0] + l, s = s - {'a'}, m['k'] = 5 WHERE p = 1");
    EXPECT_EQ(run("SELECT l, s, m FROM t"),
              "l | s | m\n[0, 1, 2, 3] | {'b', 'c'} | {'j': 2, 'k': 5}");
    run("DELETE m['j'], s['b'] FROM t WHERE p = 1");
    EXPECT_EQ(run("SELECT s, m, m['k'] FROM t"), "s | m | m['k']\n{'c'} | {'k': 5} | 5");
    run("UPDATE t SET l = [7], m = null WHERE p = 1");
    EXPECT_EQ(run("SELECT l, m FROM t"), "l | m\n[7] | null");
}

TEST_P(query_test, bind_markers_by_place_and_by_name) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    query_options options;
    options.values = {integer(1), integer(10)};
    EXPECT_EQ(run("INSERT INTO t (p, v) VALUES (?, ?)", options), "ok");
    options.values = {integer(20), integer(2)};
    options.value_names = {"value", "key"};
    EXPECT_EQ(run("INSERT INTO t (p, v) VALUES (:key, :value)", options), "ok");
    EXPECT_EQ(run("SELECT p, v FROM t WHERE p IN (1, 2)"), "p | v\n1 | 10\n2 | 20");
    query_options none;
    EXPECT_EQ(run("SELECT v FROM t WHERE p = ?", none), "0x2200: Invalid amount of bind variables");
    query_options unset;
    unset.values = {integer(1), {bound_value::kind::unset, {}}};
    EXPECT_EQ(run("INSERT INTO t (p, v) VALUES (?, ?)", unset), "ok");
    EXPECT_EQ(run("SELECT v FROM t WHERE p = 1"), "v\n10");
}

TEST_P(query_test, aggregates_of_all_rows_and_of_groups) {
    run("CREATE TABLE t (p int, c int, v int, PRIMARY KEY (p, c))");
    EXPECT_EQ(run("SELECT count(*), max(v) FROM t"), "count | system.max(v)\n0 | null");
    for (int i = 0; i < 20; ++i) {
        run(fmt::format("INSERT INTO t (p, c, v) VALUES ({}, {}, {})", i % 2, i, i));
    }
    EXPECT_EQ(run("SELECT count(*), min(v), max(v), sum(v), avg(v) FROM t"),
              "count | system.min(v) | system.max(v) | system.sum(v) | system.avg(v)\n"
              "20 | 0 | 19 | 190 | 9");
    EXPECT_EQ(run("SELECT p, count(v) AS n, max(c) AS top FROM t GROUP BY p"),
              "p | n | top\n1 | 10 | 19\n0 | 10 | 18");
    EXPECT_EQ(run("SELECT count(*) FROM t WHERE v > 4 ALLOW FILTERING"), "count\n15");
    const auto read_before = _engine->totals().rows_read;
    EXPECT_EQ(run("SELECT count(*) FROM t WHERE p = 0 AND c < 10"), "count\n5");
    EXPECT_EQ(_engine->totals().rows_read - read_before, 5u);
    EXPECT_EQ(pages("SELECT p, count(*) FROM t GROUP BY p", 1).first, "\n1 | 10\n0 | 10");
}

TEST_P(query_test, pages_give_every_row_once) {
    run("CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))");
    for (int i = 0; i < 30; ++i) {
        run(fmt::format("INSERT INTO t (p, c) VALUES ({}, {})", i % 3, i));
    }
    const auto whole = run("SELECT p, c FROM t");
    for (const int size : {1, 2, 7, 29, 30, 31}) {
        EXPECT_EQ("p | c" + pages("SELECT p, c FROM t", size).first, whole) << size;
    }
    const auto limited = run("SELECT p, c FROM t PER PARTITION LIMIT 2");
    EXPECT_EQ(std::ranges::count(limited, '\n'), 6);
    for (const int size : {1, 3, 4}) {
        EXPECT_EQ("p | c" + pages("SELECT p, c FROM t PER PARTITION LIMIT 2", size).first, limited);
    }
    EXPECT_EQ(pages("SELECT p, c FROM t LIMIT 5", 2).second, 3);
    query_options hostile;
    hostile.page_size = 2;
    hostile.paging_state = "garbage";
    EXPECT_EQ(run("SELECT p, c FROM t", hostile), "0x000a: Invalid value for the paging state");
}

TEST_P(query_test, token_ranges_and_distinct) {
    run("CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))");
    for (int p = 0; p < 10; ++p) {
        for (int c = 0; c < 3; ++c) run(fmt::format("INSERT INTO t (p, c) VALUES ({}, {})", p, c));
    }
    const auto low = run("SELECT DISTINCT p FROM t WHERE token(p) <= 0");
    const auto high = run("SELECT DISTINCT p FROM t WHERE token(p) > 0");
    EXPECT_EQ(std::ranges::count(low, '\n') + std::ranges::count(high, '\n'), 10);
    EXPECT_EQ(run("SELECT DISTINCT p FROM t"), low + high.substr(1));
}

TEST_P(query_test, writetime_ttl_and_timestamps) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int, w int)");
    run("INSERT INTO t (p, v) VALUES (1, 1) USING TIMESTAMP 1000");
    run("UPDATE t USING TIMESTAMP 500 SET v = 2 WHERE p = 1");
    run("UPDATE t USING TTL 1000 SET w = 3 WHERE p = 1");
    EXPECT_EQ(run("SELECT v, writetime(v), ttl(v) FROM t"),
              "v | writetime(v) | ttl(v)\n1 | 1000 | null");
    const auto ttl = run("SELECT ttl(w) FROM t");
    EXPECT_TRUE(ttl == "ttl(w)\n1000" || ttl == "ttl(w)\n999") << ttl;
    EXPECT_EQ(run("INSERT INTO t (p) VALUES (1) USING TTL -1"),
              "0x2200: A TTL must be greater or equal to 0, but was -1");
}

TEST_P(query_test, batches_apply_together) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    EXPECT_EQ(run("BEGIN BATCH INSERT INTO t (p, v) VALUES (1, 1); UPDATE t SET v = 2 WHERE p = 2; "
                  "DELETE FROM t WHERE p = 3; APPLY BATCH"),
              "ok");
    EXPECT_EQ(run("SELECT p, v FROM t WHERE p IN (1, 2, 3)"), "p | v\n1 | 1\n2 | 2");
}

TEST_P(query_test, prepared_statements_follow_the_schema) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    run("INSERT INTO t (p, v) VALUES (1, 5)");
    const auto prepared = runtime::run_blocking(_shards.at(0), [&] {
        return _engine->prepare(_session, "SELECT * FROM t WHERE p = ?", std::nullopt);
    });
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->markers.size(), 1u);
    EXPECT_EQ(prepared->markers[0].name, "p");
    EXPECT_EQ(prepared->partition_key_indices, std::vector<std::uint16_t>{0});
    query_options options;
    options.values = {integer(1)};
    const auto run_on = [&](std::uint32_t shard, bytes metadata_id) {
        return runtime::run_blocking(_shards.at(shard), [&] {
            return _engine->execute_prepared(_session, prepared->id, metadata_id, options);
        });
    };
    for (std::uint32_t shard = 0; shard < _shards.size(); ++shard) {
        EXPECT_EQ(render(run_on(shard, prepared->metadata->id)), "p | v\n1 | 5");
    }
    run("DROP TABLE t");
    run("CREATE TABLE t (p int PRIMARY KEY, v int, w text)");
    run("INSERT INTO t (p, v, w) VALUES (1, 6, 'w')");
    const auto changed = run_on(0, prepared->metadata->id);
    EXPECT_EQ(render(changed), "p | v | w\n1 | 6 | 'w'");
    EXPECT_TRUE(std::get<rows_result>(changed->body).metadata_changed);
    const auto unknown = runtime::run_blocking(
        _shards.at(0), [&] { return _engine->execute_prepared(_session, "unknown", {}, options); });
    EXPECT_EQ(unknown.error().code(), error_code::unprepared);
}

TEST_P(query_test, builtin_functions_nest_and_cast) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    run("INSERT INTO t (p, v) VALUES (1, -5)");
    EXPECT_EQ(run("SELECT abs(v), CAST(v AS text), v + 7, v * 2 FROM t"),
              "system.abs(v) | cast(v as text) | v + 7 | v * 2\n5 | '-5' | 2 | -10");
    EXPECT_EQ(run("SELECT nothing(v) FROM t"), "0x2200: Unknown function 'nothing'");
    EXPECT_EQ(run("SELECT intasblob(v) FROM t"), "system.intasblob(v)\n0xfffffffb");
}

TEST_P(query_test, errors_name_what_is_wrong) {
    EXPECT_EQ(run("SELECT * FROM nope"), "0x2200: table nope does not exist");
    EXPECT_EQ(run("SELECT * FROM nope.t"), "0x2200: keyspace nope does not exist");
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    EXPECT_EQ(run("SELECT x FROM t"), "0x2200: Undefined column name x in table ks.t");
    EXPECT_EQ(run("INSERT INTO t (p) VALUES (null)"),
              "0x2200: Invalid null value in condition for column p");
    EXPECT_EQ(run("INSERT INTO t (p, v) VALUES (1)"), "0x2200: Unmatched column names/values");
    EXPECT_EQ(run("INSERT INTO system.local (key) VALUES ('x')"),
              "0x2100: system keyspace is not user-modifiable.");
    EXPECT_EQ(run("SELECT * FROM t LIMIT 0"), "0x2200: LIMIT must be strictly positive");
    EXPECT_EQ(run("SELEC").substr(0, 6), "0x2000");
}

TEST_P(query_test, hints_say_what_a_value_is) {
    run("CREATE TABLE t (p int PRIMARY KEY, v int)");
    EXPECT_EQ(run("INSERT INTO t (p, v) VALUES ((int)1, (int)2)"), "ok");
    EXPECT_EQ(run("SELECT (bigint)5, v FROM t"), "(bigint)5 | v\n5 | 2");
    EXPECT_EQ(run("INSERT INTO t (p) VALUES ((text)'a')"),
              "0x2200: Cannot assign value (text)'a' to p of type int");
}

TEST_P(query_test, truncate_empties_a_table) {
    run("CREATE TABLE t (p int PRIMARY KEY)");
    run("INSERT INTO t (p) VALUES (1)");
    EXPECT_EQ(run("TRUNCATE t"), "ok");
    EXPECT_EQ(run("SELECT count(*) FROM t"), "count\n0");
}

INSTANTIATE_TEST_SUITE_P(shards, query_test, ::testing::Values(1u, 2u));

}  // namespace
}  // namespace nacre::query
