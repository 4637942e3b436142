#include "gateway/routing.h"

#include <gtest/gtest.h>

#include "cql/parse.h"
#include "function/resolve.h"
#include "gateway/value_calls.h"

namespace nacre::gateway {
namespace {

using types::type;
using types::type_kind;

class doubling final : public function::compiled {
  public:
    result<std::unique_ptr<function::instance>> instantiate(
        runtime::cancellation_ptr) const override {
        return invalid("not called here");
    }
};

// Keyspace ks with the table t and the function twice(int) -> int.
catalog::published_ptr make_schema() {
    auto definition = std::make_shared<schema::function_definition>();
    definition->keyspace = "ks";
    definition->name = "twice";
    definition->argument_names = {"x"};
    definition->argument_types = {type::native(type_kind::int_)};
    definition->return_type = type::native(type_kind::int_);
    definition->language = "wasm";
    schema::keyspace keyspace;
    keyspace.name = "ks";
    keyspace.put(schema::function_ptr(definition));
    auto snapshot = std::make_shared<schema::snapshot>();
    snapshot->keyspaces.insert_or_assign(
        "ks", std::make_shared<const schema::keyspace>(std::move(keyspace)));

    auto scalar = std::make_shared<function::scalar_function>();
    scalar->signature = {"ks", "twice", definition->argument_types, definition->return_type};
    scalar->is_native = false;
    scalar->code = std::make_shared<doubling>();
    scalar->definition = definition;
    auto registry = std::make_shared<function::registry>();
    function::add_builtins(*registry);
    registry->add(function::scalar_function_ptr(std::move(scalar)));
    return std::make_shared<const catalog::published>(
        catalog::published{std::move(snapshot), std::move(registry)});
}

class routing : public ::testing::Test {
  protected:
    route of(const std::string& text, const std::string& keyspace = "ks") {
        const auto parsed = cql::parse_statement(text);
        EXPECT_TRUE(parsed.ok()) << text;
        return route_of(parsed->tree, *_schema, keyspace);
    }
    std::string rewritten(const std::string& text) {
        const auto parsed = cql::parse_statement(text);
        EXPECT_TRUE(parsed.ok()) << text;
        const auto made = value_calls::make(_schema, text, *parsed, "ks");
        return made ? (*made)->text() : made.error().message();
    }

    catalog::published_ptr _schema = make_schema();
};

TEST_F(routing, what_calls_no_function_of_ours_is_the_clusters) {
    EXPECT_EQ(of("SELECT max(v) FROM t WHERE k = 1"), route::forward);
    EXPECT_EQ(of("SELECT twice(v) FROM t", "other"), route::forward);
    EXPECT_EQ(of("INSERT INTO t (k, v) VALUES (1, now())"), route::forward);
    EXPECT_EQ(of("SELECT * FROM system_schema.tables"), route::forward);
    EXPECT_EQ(of("TRUNCATE t"), route::forward);
    EXPECT_EQ(of("GRANT SELECT ON t TO r"), route::change_roles);
    EXPECT_EQ(of("DROP ROLE r"), route::change_roles);
    EXPECT_EQ(of("GRANT EXECUTE ON ALL FUNCTIONS IN KEYSPACE ks TO r"), route::change_roles);
    EXPECT_EQ(of("GRANT EXECUTE ON FUNCTION ks.others(int) TO r"), route::change_roles);
    EXPECT_EQ(of("LIST ROLES"), route::forward);
    EXPECT_EQ(of("LIST ALL PERMISSIONS ON t"), route::forward);
}

TEST_F(routing, functions_of_rows_are_called_here) {
    EXPECT_EQ(of("SELECT twice(v) FROM t"), route::here);
    EXPECT_EQ(of("SELECT ks.twice(v) FROM other.t", "other"), route::here);
    EXPECT_EQ(of("SELECT v FROM t WHERE k = twice(3)"), route::here);
    EXPECT_EQ(of("SELECT max(v + twice(v)) FROM t"), route::here);
}

TEST_F(routing, functions_of_values_are_called_before_a_write) {
    EXPECT_EQ(of("INSERT INTO t (k, v) VALUES (1, twice(2))"), route::call_and_write);
    EXPECT_EQ(of("UPDATE t SET v = 1 WHERE k = twice(?)"), route::call_and_write);
    EXPECT_EQ(of("BEGIN BATCH INSERT INTO t (k) VALUES (1); DELETE FROM t WHERE k = twice(1); "
                 "APPLY BATCH"),
              route::call_and_write);
}

TEST_F(routing, definitions_go_to_whoever_runs_them) {
    EXPECT_EQ(of("CREATE TABLE t (k int PRIMARY KEY)"), route::change_schema);
    EXPECT_EQ(of("CREATE FUNCTION f(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE Lua AS 'x'"),
              route::here);
    EXPECT_EQ(of("CREATE FUNCTION f(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'x'"),
              route::change_schema);
    EXPECT_EQ(of("CREATE FUNCTION f(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE ada AS 'x'"),
              route::here);
    EXPECT_EQ(of("DROP FUNCTION twice"), route::here);
    EXPECT_EQ(of("DROP FUNCTION thrice"), route::change_schema);
    EXPECT_EQ(of("CREATE AGGREGATE a(int) SFUNC twice STYPE int"), route::here);
    EXPECT_EQ(of("CREATE AGGREGATE a(int) SFUNC thrice STYPE int"), route::change_schema);
}

TEST_F(routing, gateways_tell_of_themselves) {
    EXPECT_EQ(of("SELECT * FROM system.local WHERE key = 'local'"), route::here);
    EXPECT_EQ(of("SELECT * FROM system.peers_v2"), route::here);
    EXPECT_EQ(of("SELECT * FROM functions", "system_schema"), route::here);
    EXPECT_EQ(of("USE ks"), route::here);
}

TEST_F(routing, a_call_gives_its_place_to_a_marker) {
    EXPECT_EQ(rewritten("INSERT INTO t (k, v) VALUES (?, twice(2)) USING TTL ?"),
              "INSERT INTO t (k, v) VALUES (?, ?) USING TTL ?");
    EXPECT_EQ(rewritten("UPDATE t SET v = twice(twice(?)), w = ? WHERE k IN (1, twice(3))"),
              "UPDATE t SET v = ?, w = ? WHERE k IN (1, ?)");
    EXPECT_EQ(rewritten("INSERT INTO t (k, v) VALUES (:k, twice(:v))"),
              "INSERT INTO t (k, v) VALUES (:k, :call_1)");
}

TEST_F(routing, an_operator_is_told_the_type) {
    EXPECT_EQ(rewritten("UPDATE t SET v = v + twice(1) WHERE k = 1"),
              "UPDATE t SET v = v + (int) ? WHERE k = 1");
}

TEST_F(routing, columns_are_no_values) {
    EXPECT_NE(rewritten("UPDATE t SET v = twice(v) WHERE k = 1").find("v"), std::string::npos);
    const std::string text = "UPDATE t SET v = twice(v) WHERE k = 1";
    EXPECT_FALSE(value_calls::make(_schema, text, *cql::parse_statement(text), "ks").ok());
}

TEST_F(routing, the_gateways_keyspace_is_only_read) {
    const auto refused = [](const std::string& text, const std::string& keyspace = "ks") {
        return !check_modifiable(cql::parse_statement(text)->tree, keyspace);
    };
    EXPECT_TRUE(refused("DROP KEYSPACE nacre"));
    EXPECT_TRUE(refused("DELETE FROM nacre.definitions WHERE part = 'functions'"));
    EXPECT_TRUE(refused("TRUNCATE definitions", "nacre"));
    EXPECT_TRUE(refused("CREATE TABLE nacre.t (k int PRIMARY KEY)"));
    EXPECT_TRUE(refused("BEGIN BATCH INSERT INTO nacre.t (k) VALUES (1) APPLY BATCH"));
    EXPECT_FALSE(refused("SELECT * FROM nacre.definitions"));
    EXPECT_FALSE(refused("USE nacre", "nacre"));
    EXPECT_FALSE(refused("DROP KEYSPACE ks", "nacre"));
    EXPECT_FALSE(refused("INSERT INTO t (k) VALUES (1)"));
}

TEST_F(routing, only_plain_values_may_be_written_twice) {
    const auto twice = [](const std::string& text) {
        return is_idempotent(cql::parse_statement(text)->tree);
    };
    EXPECT_TRUE(twice("SELECT * FROM t"));
    EXPECT_TRUE(twice("INSERT INTO t (k, v) VALUES (?, 2)"));
    EXPECT_TRUE(twice("UPDATE t SET v = 1 WHERE k = 1"));
    EXPECT_FALSE(twice("INSERT INTO t (k, v) VALUES (1, now())"));
    EXPECT_FALSE(twice("INSERT INTO t (k) VALUES (1) IF NOT EXISTS"));
    EXPECT_FALSE(twice("UPDATE t SET v = v + 1 WHERE k = 1"));
    EXPECT_FALSE(twice("UPDATE t SET v += 1 WHERE k = 1"));
    EXPECT_FALSE(twice("UPDATE t SET v = 1 WHERE k = 1 IF v = 2"));
    EXPECT_FALSE(twice("DELETE l[0] FROM t WHERE k = 1"));
}

}  // namespace
}  // namespace nacre::gateway
