#include <thread>

#include "catalog/catalog_fixture.h"
#include "catalog/system_tables.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

constexpr const char* simple_keyspace =
    "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

class catalog_ddl : public catalog_test {
  protected:
    catalog_ddl() {
        run(simple_keyspace);
        _session_keyspace = "ks";
    }

    function::scalar_function_ptr scalar(const std::string& name) {
        const auto* found = current()->functions->find("ks", name);
        return found == nullptr || found->scalars.empty() ? nullptr : found->scalars[0];
    }

    void create_everything() {
        run("CREATE TYPE address (street text, numbers frozen<list<int>>)");
        run("CREATE TYPE person (\"Name\" text, home frozen<address>)");
        run("CREATE TABLE t (a int, b text, c int, d int static, e list<frozen<person>>, "
            "f tuple<int, address>, g map<text, int>, PRIMARY KEY ((a, b), c)) "
            "WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s' "
            "AND default_time_to_live = 55 AND bloom_filter_fp_chance = 0.25 AND cdc = true "
            "AND compaction = {'class': 'LeveledCompactionStrategy'}");
        run("CREATE TABLE \"Counts\" (k int PRIMARY KEY, \"N\" counter)");
        run("CREATE FUNCTION plus(a int, b int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua "
            "AS 'return a + b'");
        run("CREATE FUNCTION plus(a int, \"B\" text) RETURNS NULL ON NULL INPUT RETURNS int "
            "LANGUAGE LUA AS $$return 'x'$$");
        run("CREATE FUNCTION shown(s map<text, frozen<address>>) CALLED ON NULL INPUT RETURNS text "
            "LANGUAGE lua AS 'return 1'");
        run("CREATE FUNCTION put(s map<text, frozen<address>>, v int) CALLED ON NULL INPUT "
            "RETURNS map<text, frozen<address>> LANGUAGE lua AS 'return s'");
        run("CREATE AGGREGATE total(int) SFUNC plus STYPE int REDUCEFUNC plus INITCOND -3");
        run("CREATE AGGREGATE \"All\"(int) SFUNC put STYPE map<text, frozen<address>> "
            "FINALFUNC shown INITCOND {'it''s': {street: 'x', numbers: [1, 2]}}");
        run("CREATE KEYSPACE \"K2\" WITH replication = {'class': 'NetworkTopologyStrategy', "
            "'replication_factor': 2} AND durable_writes = false");
    }
};

/// A store whose writes fail when told to.
class faulty_store final : public storage::table_store {
  public:
    explicit faulty_store(std::shared_ptr<storage::table_store> inner) : _inner(std::move(inner)) {}

    result<std::unique_ptr<storage::scan_cursor>> scan(storage::scan_request request) override {
        return _inner->scan(std::move(request));
    }
    runtime::task<status> apply(std::vector<data::mutation> mutations,
                                runtime::cancellation_ptr until) override {
        if (apply_fails) co_return server_error("the disk is full");
        co_return co_await _inner->apply(std::move(mutations), std::move(until));
    }
    runtime::task<status> truncate(schema::table_ptr table) override {
        if (truncate_fails) co_return server_error("the disk is full");
        truncated.push_back(table->storage_id());
        co_return co_await _inner->truncate(std::move(table));
    }
    runtime::task<result<storage::size_estimate>> estimate(schema::table_ptr table,
                                                           data::token_range range) override {
        return _inner->estimate(std::move(table), range);
    }
    runtime::task<status> close() override { return _inner->close(); }

    bool apply_fails = false;
    bool truncate_fails = false;
    std::vector<std::uint32_t> truncated;

  private:
    std::shared_ptr<storage::table_store> _inner;
};

class catalog_with_faults : public catalog_ddl {
  protected:
    catalog_with_faults() {
        stop();
        _faulty = std::make_shared<faulty_store>(_store);
        _store = _faulty;
        start();
    }

    std::shared_ptr<faulty_store> _faulty;
};

TEST_F(catalog_with_faults, a_change_that_cannot_be_written_did_not_happen) {
    const auto before = current();
    _faulty->apply_fails = true;
    expect_error("CREATE TABLE t (a int PRIMARY KEY)", error_code::server_error,
                 "the disk is full");
    EXPECT_EQ(current(), before);
    _faulty->apply_fails = false;
    run("CREATE TABLE t (a int PRIMARY KEY)");
}

TEST_F(catalog_with_faults, rows_of_dropped_tables_go_at_the_next_start_at_the_latest) {
    run("CREATE TABLE t (a int PRIMARY KEY)");
    const auto id = schema()->find_table("ks", "t")->storage_id();
    _faulty->truncate_fails = true;
    run("DROP TABLE t");
    EXPECT_TRUE(_faulty->truncated.empty());
    _faulty->truncate_fails = false;
    restart();
    EXPECT_EQ(_faulty->truncated, std::vector<std::uint32_t>{id});
    restart();
    EXPECT_EQ(_faulty->truncated.size(), 1u);
}

TEST_F(catalog_with_faults, truncate_empties_a_table_and_changes_no_schema) {
    run("CREATE TABLE t (a int PRIMARY KEY)");
    const auto before = current();
    const auto done = execute("TRUNCATE t");
    ASSERT_TRUE(done.ok());
    EXPECT_FALSE(done->change);
    EXPECT_EQ(_faulty->truncated.size(), 1u);
    EXPECT_EQ(current(), before);
}

TEST_F(catalog_test, an_empty_store_holds_the_system_keyspaces) {
    const auto found = schema();
    EXPECT_TRUE(found->find_table("system", "local"));
    EXPECT_TRUE(found->find_table("system_schema", "scylla_aggregates"));
    EXPECT_TRUE(found->find_keyspace("system_virtual_schema")->is_virtual);
    EXPECT_NE(current()->functions->find("system", "now"), nullptr);
}

TEST_F(catalog_ddl, a_change_is_visible_on_every_shard_and_told_there) {
    run("CREATE TABLE t (a int PRIMARY KEY, b text)");
    EXPECT_EQ(current(0), current(1));
    const auto table = current(1)->schema->find_table("ks", "t");
    ASSERT_TRUE(table);
    EXPECT_GE(table->storage_id(), first_user_storage_id);
    ASSERT_EQ(_changes.size(), 2u);
    EXPECT_EQ(_changes[1].what, schema::change::kind::created);
    EXPECT_EQ(_changes[1].on, schema::change::target::table);
    EXPECT_EQ(_changes[1].keyspace, "ks");
    EXPECT_EQ(_changes[1].name, "t");
}

TEST_F(catalog_ddl, if_not_exists_and_if_exists_change_nothing) {
    run("CREATE TABLE t (a int PRIMARY KEY)");
    const auto before = current();
    for (const auto* text :
         {"CREATE TABLE IF NOT EXISTS t (b int PRIMARY KEY)", "DROP TABLE IF EXISTS other",
          "DROP KEYSPACE IF EXISTS other", "DROP TYPE IF EXISTS other",
          "DROP FUNCTION IF EXISTS other", "DROP AGGREGATE IF EXISTS other(int)",
          "DROP FUNCTION IF EXISTS nope.other(int)", "ALTER TABLE IF EXISTS other ADD x int",
          "ALTER TABLE t ADD IF NOT EXISTS a int", "ALTER TABLE t DROP IF EXISTS z"}) {
        const auto done = execute(text);
        ASSERT_TRUE(done.ok()) << text << ": " << done.error().message();
        EXPECT_FALSE(done->change) << text;
    }
    EXPECT_EQ(current(), before);
}

TEST_F(catalog_ddl, everything_is_there_again_after_a_restart) {
    create_everything();
    run("ALTER TABLE t DROP g");
    run("ALTER TABLE t ADD g int");
    const auto before = fingerprint();
    restart();
    EXPECT_EQ(fingerprint(), before);
    EXPECT_TRUE(scalar("shown"));
    EXPECT_EQ(current()->functions->find("ks", "All")->aggregates.size(), 1u);
    restart();
    EXPECT_EQ(fingerprint(), before);
}

TEST_F(catalog_ddl, what_is_dropped_stays_dropped_after_a_restart) {
    create_everything();
    run("DROP AGGREGATE total");
    run("DROP FUNCTION plus(int, int)");
    run("DROP TABLE t");
    run("DROP KEYSPACE \"K2\"");
    const auto before = fingerprint();
    restart();
    EXPECT_EQ(fingerprint(), before);
    EXPECT_FALSE(schema()->find_table("ks", "t"));
    run("DROP KEYSPACE ks");
    restart();
    EXPECT_FALSE(schema()->find_keyspace("ks"));
}

TEST_F(catalog_ddl, storage_and_column_ids_are_never_used_again) {
    run("CREATE TABLE t (a int PRIMARY KEY, b int)");
    const auto first = schema()->find_table("ks", "t");
    run("DROP TABLE t");
    restart();
    run("CREATE TABLE t (a int PRIMARY KEY, b int)");
    const auto second = schema()->find_table("ks", "t");
    EXPECT_GT(second->storage_id(), first->storage_id());
    EXPECT_NE(second->id(), first->id());

    const auto id_of = [&](const char* column) {
        const auto table = schema()->find_table("ks", "t");
        return table->columns()[*table->find(column)].id;
    };
    const auto old_id = id_of("b");
    run("ALTER TABLE t DROP b");
    restart();
    run("ALTER TABLE t ADD b text");
    EXPECT_GT(id_of("b"), old_id);
    run("ALTER TABLE t RENAME a TO key");
    EXPECT_TRUE(schema()->find_table("ks", "t")->find("key"));
}

TEST_F(catalog_ddl, a_function_that_does_not_compile_is_not_created) {
    const auto before = current();
    expect_invalid(
        "CREATE FUNCTION f(a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua "
        "AS 'bad'",
        "syntax error near 'bad'");
    EXPECT_EQ(current(), before);
}

TEST_F(catalog_ddl, replacing_a_function_reaches_its_aggregates) {
    create_everything();
    const auto version = scalar("shown")->definition->version;
    const auto aggregate = current()->functions->find("ks", "All")->aggregates[0];
    const auto before = _language->compilations.load();
    const auto done = execute(
        "CREATE OR REPLACE FUNCTION shown(s map<text, frozen<address>>) CALLED ON NULL INPUT "
        "RETURNS text LANGUAGE lua AS 'return 2'");
    ASSERT_TRUE(done.ok()) << done.error().message();
    EXPECT_EQ(done->change->what, schema::change::kind::updated);
    EXPECT_EQ(done->change->argument_types, std::vector<std::string>{"map<text, frozen<address>>"});
    EXPECT_EQ(_language->compilations, before + 1);
    EXPECT_NE(scalar("shown")->definition->version, version);
    EXPECT_NE(current()->functions->find("ks", "All")->aggregates[0], aggregate);
    EXPECT_EQ(scalar("shown")->definition->body, "return 2");
}

TEST_F(catalog_ddl, a_function_that_no_longer_loads_is_kept_and_says_why) {
    create_everything();
    stop();
    _language->fails = true;
    start();
    const auto broken = scalar("shown");
    ASSERT_TRUE(broken);
    const auto made = broken->code->instantiate({});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().message(),
              "Function 'ks.shown(map<text, address>)' exists but hasn't been loaded successfully "
              "for the following reason: syntax error near 'bad'. Please see the server log for "
              "details");
    // Other changes go on, and a replacement repairs it.
    run("CREATE TABLE other (a int PRIMARY KEY)");
    _language->fails = false;
    run("CREATE OR REPLACE FUNCTION shown(s map<text, frozen<address>>) CALLED ON NULL INPUT "
        "RETURNS text LANGUAGE lua AS 'return 3'");
    EXPECT_EQ(scalar("shown")->code->instantiate({}).error().message(), "a fake has no instances");
}

TEST_F(catalog_ddl, functions_compile_side_by_side_at_start_but_not_all_at_once) {
    for (int i = 0; i < 20; ++i) {
        run(
            fmt::format("CREATE FUNCTION f{}(a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua "
                        "AS 'return {}'",
                        i, i));
    }
    EXPECT_EQ(_language->most_at_once, 1u);
    restart();
    EXPECT_EQ(_language->compilations, 40u);
    EXPECT_EQ(_language->most_at_once, 4u);
}

TEST_F(catalog_ddl, altering_a_type_reaches_all_that_is_made_of_it) {
    create_everything();
    run("ALTER TYPE address ADD zip int");
    const auto table = schema()->find_table("ks", "t");
    const auto& tuple = table->columns()[*table->find("f")].type;
    EXPECT_EQ(tuple->parameters()[1]->field_names().back(), "zip");
    const auto& state = scalar("put")->signature.argument_types[0];
    EXPECT_EQ(state->mapped()->field_names().back(), "zip");
    const auto person = *schema()->find_keyspace("ks")->user_types().find("person");
    EXPECT_EQ(person->parameters()[1]->field_names().size(), 3u);
    const auto before = fingerprint();
    restart();
    EXPECT_EQ(fingerprint(), before);
}

TEST_F(catalog_ddl, changes_from_many_threads_all_take_effect) {
    constexpr int per_thread = 10;
    std::vector<std::thread> threads;
    for (std::uint32_t shard = 0; shard < 2; ++shard) {
        threads.emplace_back([this, shard] {
            for (int i = 0; i < per_thread; ++i) {
                const auto made = execute(
                    fmt::format("CREATE TABLE t{}_{} (a int PRIMARY KEY)", shard, i), shard);
                EXPECT_TRUE(made.ok());
                const auto contested = execute("CREATE TABLE contested (a int PRIMARY KEY)", shard);
                if (contested) _contested_won.fetch_add(1);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(_contested_won, 1);
    const auto tables = schema()->find_keyspace("ks")->tables();
    EXPECT_EQ(tables.size(), 2u * per_thread + 1);
    std::set<std::uint32_t> ids;
    for (const auto& [name, table] : tables) ids.insert(table->storage_id());
    EXPECT_EQ(ids.size(), tables.size());
}

TEST_F(catalog_ddl, a_stopped_catalog_refuses_changes) {
    runtime::run_blocking(_shards.at(0), [this] { return _catalog->stop(); });
    expect_error("CREATE TABLE t (a int PRIMARY KEY)", error_code::server_error,
                 "The server is stopping");
}

/// Reads a table's rows as text of the wanted column.
runtime::task<std::vector<std::string>> read_column(storage::table_store* store,
                                                    schema::table_ptr table, std::string column) {
    storage::scan_request request;
    request.table = table;
    request.columns = {{*table->find(column)}};
    request.partitions = std::vector<data::token_range>{data::token_range()};
    auto cursor = store->scan(std::move(request));
    EXPECT_TRUE(cursor.ok());
    std::vector<std::string> values;
    data::row_batch batch;
    while (true) {
        const auto more = co_await (*cursor)->next(batch);
        EXPECT_TRUE(more.ok());
        if (!more || !*more) co_return values;
        for (std::uint32_t row = 0; row < batch.row_count; ++row) {
            const auto value = batch.columns[0].serialised(row);
            const auto& type = *table->columns()[*table->find(column)].type;
            values.push_back(value ? types::to_cql_literal(type, *value) : "null");
        }
    }
}

TEST_F(catalog_ddl, system_local_tells_of_this_node_and_of_every_schema_version) {
    const auto local = [&](const std::string& column) {
        const auto values = runtime::run_blocking(_shards.at(0), [&] {
            return read_column(_store.get(), system_table("system", "local"), column);
        });
        return values.size() == 1 ? values[0] : "?";
    };
    EXPECT_EQ(local("rpc_address"), "'127.0.0.1'");
    EXPECT_EQ(local("release_version"), "'5.0.8'");
    EXPECT_EQ(local("tokens"), "{'0'}");
    EXPECT_EQ(local("schema_version"), schema()->version.to_string());
    const auto before = schema()->version;
    run("CREATE TABLE t (a int PRIMARY KEY)");
    EXPECT_NE(schema()->version, before);
    EXPECT_EQ(local("schema_version"), schema()->version.to_string());
}

TEST_F(catalog_ddl, drivers_find_their_columns_in_the_schema_tables) {
    create_everything();
    const auto read = [&](const char* table, const char* column) {
        auto values = runtime::run_blocking(_shards.at(0), [&] {
            return read_column(_store.get(), system_table("system_schema", table), column);
        });
        return std::multiset<std::string>(values.begin(), values.end());
    };
    EXPECT_TRUE(read("columns", "type").contains("'frozen<tuple<int, frozen<address>>>'"));
    EXPECT_TRUE(read("columns", "type").contains("'list<frozen<person>>'"));
    EXPECT_EQ(
        read("aggregates", "initcond"),
        (std::multiset<std::string>{"'-3'", "'{''it''''s'': {street: ''x'', numbers: [1, 2]}}'"}));
    EXPECT_EQ(read("scylla_aggregates", "reduce_func"), std::multiset<std::string>{"'plus'"});
    EXPECT_TRUE(read("functions", "argument_types").contains("['map<text, frozen<address>>']"));
    EXPECT_TRUE(read("keyspaces", "replication")
                    .contains("{'class': 'org.apache.cassandra.locator.NetworkTopologyStrategy', "
                              "'datacenter1': '2'}"));
    EXPECT_TRUE(read("tables", "table_name").contains("'local'"));
    EXPECT_FALSE(read("keyspaces", "keyspace_name").contains("'system_virtual_schema'"));
}

}  // namespace

}  // namespace nacre::catalog
