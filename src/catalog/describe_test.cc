#include "catalog/catalog_fixture.h"
#include "catalog/keyspace_options.h"
#include "catalog/system_tables.h"

namespace nacre::catalog {

namespace {

class describe_ddl : public catalog_test {
  protected:
    describe_ddl() {
        run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
            "'replication_factor': 1}");
        run("CREATE TYPE ks.simple (x int, y text)");
        run("CREATE TYPE ks.base (s frozen<simple>, \"B c\" list<int>)");
        run("CREATE TABLE ks.t1 (a int, b text, c list<int>, d int static, e "
            "frozen<map<text,int>>, f tuple<int, text>, g set<text>, \"Q x\" int, g2 text, PRIMARY "
            "KEY ((a, b), \"Q x\", g2)) WITH CLUSTERING ORDER BY (\"Q x\" DESC)");
        run("CREATE TABLE ks.\"Cap\" (\"A\" int primary key, b int) WITH comment = 'it''s' AND "
            "caching = {'keys': 'NONE'} AND compression = {'enabled': false} AND "
            "speculative_retry = 'NONE'");
        run("CREATE FUNCTION ks.f(a int, c text) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS "
            "'return 2 -- ''quoted'' \"x\"'");
        run("CREATE FUNCTION ks.f(a bigint) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS "
            "'return 1'");
        run("CREATE FUNCTION ks.fu(a simple, t tuple<int, simple>) CALLED ON NULL INPUT RETURNS "
            "map<text, frozen<simple>> LANGUAGE lua AS 'has $$ inside'");
        run("CREATE FUNCTION ks.\"S S\"(s list<text>, v int) CALLED ON NULL INPUT RETURNS "
            "list<text> LANGUAGE lua AS 'x'");
        run("CREATE FUNCTION ks.both(a list<text>, b list<text>) CALLED ON NULL INPUT RETURNS "
            "list<text> LANGUAGE lua AS 'x'");
        run("CREATE FUNCTION ks.last(a list<text>) CALLED ON NULL INPUT RETURNS text LANGUAGE lua "
            "AS 'x'");
        run("CREATE AGGREGATE ks.\"Agg\"(int) SFUNC \"S S\" STYPE list<text> REDUCEFUNC both "
            "FINALFUNC last INITCOND ['it''s']");
    }
};

TEST_F(describe_ddl, prints_what_cassandra_prints) {
    EXPECT_EQ(described("DESCRIBE ONLY KEYSPACE ks"),
              std::vector<std::string>{"CREATE KEYSPACE ks WITH replication = {'class': "
                                       "'SimpleStrategy', 'replication_factor': '1'}  AND "
                                       "durable_writes = true;"});
    EXPECT_EQ(described("DESCRIBE FUNCTION ks.f"),
              (std::vector<std::string>{
                  "CREATE FUNCTION ks.f(a bigint)\n    RETURNS NULL ON NULL INPUT\n    RETURNS "
                  "int\n    LANGUAGE lua\n    AS $$return 1$$;",
                  "CREATE FUNCTION ks.f(a int, c text)\n    CALLED ON NULL INPUT\n    RETURNS "
                  "int\n    LANGUAGE lua\n    AS $$return 2 -- 'quoted' \"x\"$$;"}));
    EXPECT_EQ(described("DESCRIBE FUNCTION ks.fu"),
              std::vector<std::string>{
                  "CREATE FUNCTION ks.fu(a simple, t tuple<int, frozen<simple>>)\n    CALLED ON "
                  "NULL INPUT\n    RETURNS map<text, frozen<simple>>\n    LANGUAGE lua\n    AS "
                  "'has $$ inside';"});
    EXPECT_EQ(described("DESCRIBE AGGREGATE ks.\"Agg\""),
              std::vector<std::string>{
                  "CREATE AGGREGATE ks.\"Agg\"(int)\n    SFUNC \"S S\"\n    STYPE list<text>\n    "
                  "REDUCEFUNC both\n    FINALFUNC last\n    INITCOND ['it''s'];"});
    EXPECT_EQ(described("DESCRIBE TYPE ks.base"),
              std::vector<std::string>{
                  "CREATE TYPE ks.base (\n    s frozen<simple>,\n    \"B c\" list<int>\n);"});
    EXPECT_EQ(described("DESCRIBE TABLE ks.t1"), std::vector<std::string>{
                                                     R"(CREATE TABLE ks.t1 (
    a int,
    b text,
    "Q x" int,
    g2 text,
    d int static,
    e frozen<map<text, int>>,
    f frozen<tuple<int, text>>,
    c list<int>,
    g set<text>,
    PRIMARY KEY ((a, b), "Q x", g2)
) WITH CLUSTERING ORDER BY ("Q x" DESC, g2 ASC)
    AND additional_write_policy = '99p'
    AND allow_auto_snapshot = true
    AND bloom_filter_fp_chance = 0.01
    AND caching = {'keys': 'ALL', 'rows_per_partition': 'NONE'}
    AND cdc = false
    AND comment = ''
    AND compaction = {'class': 'org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy', 'max_threshold': '32', 'min_threshold': '4'}
    AND compression = {'chunk_length_in_kb': '16', 'class': 'org.apache.cassandra.io.compress.LZ4Compressor'}
    AND memtable = 'default'
    AND crc_check_chance = 1.0
    AND default_time_to_live = 0
    AND extensions = {}
    AND gc_grace_seconds = 864000
    AND incremental_backups = true
    AND max_index_interval = 2048
    AND memtable_flush_period_in_ms = 0
    AND min_index_interval = 128
    AND read_repair = 'BLOCKING'
    AND speculative_retry = '99p';)"});
}

TEST_F(describe_ddl, shows_ids_with_internals) {
    const auto table = schema()->find_table("ks", "Cap");
    const auto text = described("DESCRIBE TABLE ks.\"Cap\" WITH INTERNALS")[0];
    EXPECT_NE(text.find(") WITH ID = " + table->id().to_string() + "\n    AND additional_write"),
              std::string::npos);
    EXPECT_NE(text.find("    \"A\" int PRIMARY KEY,\n    b int\n)"), std::string::npos);
    EXPECT_NE(text.find("AND speculative_retry = 'NEVER';"), std::string::npos);
    EXPECT_NE(text.find("AND compression = {'enabled': 'false'}"), std::string::npos);
}

TEST_F(describe_ddl, prints_virtual_tables_as_comments) {
    EXPECT_EQ(described("DESCRIBE TABLE system_virtual_schema.tables"), std::vector<std::string>{
                                                                            R"(/*
Warning: Table system_virtual_schema.tables is a virtual table and cannot be recreated with CQL.
Structure, for reference:
VIRTUAL TABLE system_virtual_schema.tables (
    keyspace_name text,
    table_name text,
    comment text,
    PRIMARY KEY (keyspace_name, table_name)
) WITH CLUSTERING ORDER BY (table_name ASC)
    AND comment = 'virtual table definitions';
*/)"});
}

TEST_F(describe_ddl, lists_the_keyspace_in_use_or_all) {
    EXPECT_EQ(described("DESCRIBE FUNCTIONS"),
              (std::vector<std::string>{"both(list<text>, list<text>)", "f(bigint)", "f(int, text)",
                                        "fu(simple, tuple<int, frozen<simple>>)",
                                        "last(list<text>)", "\"S S\"(list<text>, int)"}));
    EXPECT_EQ(described("DESCRIBE AGGREGATES"), std::vector<std::string>{"\"Agg\"(int)"});
    EXPECT_EQ(described("DESCRIBE KEYSPACES"),
              (std::vector<std::string>{"ks", "system", "system_auth", "system_distributed",
                                        "system_nacre", "system_schema", "system_traces",
                                        "system_views", "system_virtual_schema"}));
    EXPECT_GT(described("DESCRIBE TABLES").size(), 20u);
    _session_keyspace = "ks";
    EXPECT_EQ(described("DESCRIBE TABLES"), (std::vector<std::string>{"\"Cap\"", "t1"}));
    EXPECT_EQ(described("DESCRIBE TYPES"), (std::vector<std::string>{"base", "simple"}));
}

TEST_F(describe_ddl, says_what_it_cannot_find) {
    const auto fails = [&](std::string_view text, const std::string& message) {
        EXPECT_EQ(described(text), std::vector<std::string>{message}) << text;
    };
    fails("DESCRIBE KEYSPACE nope", "'nope' not found in keyspaces");
    fails("DESCRIBE KEYSPACE", "No keyspace specified and no current keyspace");
    fails("DESCRIBE TABLE t1", "No keyspace specified and no current keyspace");
    fails("DESCRIBE TABLE ks.nope", "Table 'nope' not found in keyspace 'ks'");
    fails("DESCRIBE TABLE nope.nope", "'nope' not found in keyspaces");
    fails("DESCRIBE TYPE ks.nope", "User defined type 'nope' not found in 'ks'");
    fails("DESCRIBE FUNCTION ks.\"Agg\"", "User defined function 'Agg' not found in 'ks'");
    fails("DESCRIBE AGGREGATE ks.f", "User defined aggregate 'f' not found in 'ks'");
    fails("DESCRIBE INDEX ks.nope", "Table for existing index 'nope' not found in 'ks'");
    fails("DESCRIBE nope", "'nope' not found in keyspaces");
    fails("DESCRIBE ks.f", "'f' not found in keyspace 'ks'");
    _session_keyspace = "ks";
    fails("DESCRIBE nope", "'nope' not found in keyspace 'ks'");
    EXPECT_EQ(described("DESCRIBE t1"), described("DESCRIBE TABLE ks.t1"));
    EXPECT_EQ(described("DESCRIBE ks"), described("DESCRIBE KEYSPACE"));
}

TEST_F(describe_ddl, what_it_prints_makes_the_same_schema_again) {
    run("CREATE KEYSPACE \"K2\" WITH replication = {'class': 'NetworkTopologyStrategy', "
        "'datacenter1': 3} "
        "AND durable_writes = false");
    const auto before = described("DESCRIBE SCHEMA WITH INTERNALS");
    const auto storage_id = schema()->find_table("ks", "t1")->storage_id();
    run("DROP KEYSPACE ks");
    run("DROP KEYSPACE \"K2\"");
    EXPECT_TRUE(described("DESCRIBE SCHEMA").empty());
    for (const auto& statement : before) run(statement);
    EXPECT_EQ(described("DESCRIBE SCHEMA WITH INTERNALS"), before);
    EXPECT_NE(schema()->find_table("ks", "t1")->storage_id(), storage_id);
}

TEST(system_tables, have_cassandras_ids) {
    const auto id = [](const char* keyspace, const char* table) {
        return system_table(keyspace, table)->id().to_string();
    };
    EXPECT_EQ(id("system", "local"), "7ad54392-bcdd-35a6-8417-4e047860b377");
    EXPECT_EQ(id("system", "IndexInfo"), "9f5c6374-d485-3229-9a0a-5094af9ad1e3");
    EXPECT_EQ(id("system", "peers_v2"), "c4325fbb-8e5e-3baf-bd07-0f9250ed818e");
    EXPECT_EQ(id("system_schema", "tables"), "afddfb9d-bc1e-3068-8056-eed6c302ba09");
    EXPECT_EQ(id("system_schema", "functions"), "96489b79-80be-3e14-a701-66a0b9159450");
    EXPECT_EQ(id("system_traces", "events"), "8826e8e9-e16a-3728-8753-3bc1fc713c25");
}

TEST(system_tables, have_distinct_small_storage_ids) {
    std::set<std::uint32_t> ids;
    std::size_t count = 0;
    for (const auto& [keyspace_name, keyspace] : system_keyspaces()) {
        EXPECT_TRUE(is_system_keyspace(keyspace_name));
        for (const auto& [name, table] : keyspace->tables()) {
            EXPECT_LT(table->storage_id(), first_user_storage_id);
            ids.insert(table->storage_id());
            ++count;
        }
    }
    EXPECT_EQ(ids.size(), count);
}

}  // namespace

}  // namespace nacre::catalog
