// Statements that define: keyspaces, tables, types, functions, indexes, views, roles.

#include <gtest/gtest.h>

#include "cql/obscure.h"
#include "cql/test_tree.h"

namespace nacre::cql {
namespace {

using test::parse_as;
using test::shown;

using texts = std::vector<std::string>;

std::string text_of(const property& option) {
    if (const auto* text = std::get_if<std::string>(&option.value)) {
        return option.name + "=" + *text;
    }
    std::string out = option.name + "={";
    for (const auto& [key, value] : std::get<option_map>(option.value)) {
        out += key + ":" + value + ",";
    }
    return out + "}";
}

texts texts_of(const std::vector<property>& options) {
    texts out;
    for (const auto& option : options) out.push_back(text_of(option));
    return out;
}

texts texts_of(const std::vector<type_name>& types) {
    texts out;
    for (const auto& type : types) out.push_back(to_text(type));
    return out;
}

TEST(parse_keyspace, use_and_drop) {
    EXPECT_EQ(parse_as<use_statement>("USE ks").keyspace, "ks");
    EXPECT_EQ(parse_as<use_statement>("use \"Ks \"\"x\"").keyspace, "Ks \"x");
    EXPECT_EQ(parse_as<drop_keyspace_statement>("DROP KEYSPACE KS;").keyspace, "ks");
    EXPECT_TRUE(parse_as<drop_keyspace_statement>("drop schema if exists ks").if_exists);
}

TEST(parse_keyspace, create_and_alter) {
    const auto made = parse_as<create_keyspace_statement>(
        "CREATE KEYSPACE IF NOT EXISTS ks WITH replication = "
        "{'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = False");
    EXPECT_EQ(made.keyspace, "ks");
    EXPECT_TRUE(made.if_not_exists);
    EXPECT_EQ(texts_of(made.properties),
              (texts{"replication={class:SimpleStrategy,replication_factor:1,}",
                     "durable_writes=false"}));
    const auto altered =
        parse_as<alter_keyspace_statement>("ALTER KEYSPACE ks WITH durable_writes = true");
    EXPECT_EQ(texts_of(altered.properties), texts{"durable_writes=true"});
}

TEST(parse_table, columns_and_keys) {
    const auto made = parse_as<create_table_statement>(
        "CREATE TABLE IF NOT EXISTS ks.t (a int, \"B\" text STATIC, c frozen<map<text, list<int>>>,"
        " d 'org.example.Type', type ks.address, v vector<float, 3>, PRIMARY KEY ((a, \"B\"), c))");
    EXPECT_EQ(made.table, (qualified_name{"ks", "t"}));
    EXPECT_TRUE(made.if_not_exists);
    ASSERT_EQ(made.columns.size(), 6U);
    EXPECT_EQ(made.columns[1].name, "B");
    EXPECT_TRUE(made.columns[1].is_static);
    EXPECT_FALSE(made.columns[0].is_static);
    EXPECT_EQ(to_text(made.columns[2].type), "frozen<map<text, list<int>>>");
    EXPECT_TRUE(made.columns[2].type.frozen);
    EXPECT_TRUE(made.columns[3].type.custom_class);
    EXPECT_EQ(made.columns[4].name, "type");
    EXPECT_EQ(made.columns[4].type.keyspace, "ks");
    EXPECT_EQ(made.columns[5].type.dimension, 3U);
    ASSERT_EQ(made.primary_keys.size(), 1U);
    EXPECT_EQ(made.primary_keys[0].partition_key, (texts{"a", "B"}));
    EXPECT_EQ(made.primary_keys[0].clustering_key, texts{"c"});
}

TEST(parse_table, primary_key_forms) {
    const auto key = [](const char* text) {
        const auto made = parse_as<create_table_statement>(text);
        return made.primary_keys.empty() ? primary_key_declaration{} : made.primary_keys[0];
    };
    EXPECT_EQ(key("CREATE TABLE t (a int PRIMARY KEY, b int)").partition_key, texts{"a"});
    EXPECT_EQ(key("CREATE COLUMNFAMILY t (a int, PRIMARY KEY (a))").partition_key, texts{"a"});
    const auto two = key("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (a, b, c))");
    EXPECT_EQ(two.partition_key, texts{"a"});
    EXPECT_EQ(two.clustering_key, (texts{"b", "c"}));
    EXPECT_TRUE(parse_as<create_table_statement>("CREATE TABLE t (a int)").primary_keys.empty());
    EXPECT_EQ(parse_as<create_table_statement>("CREATE TABLE t (a int PRIMARY KEY, PRIMARY KEY(a))")
                  .primary_keys.size(),
              2U);
}

TEST(parse_table, options) {
    const auto made = parse_as<create_table_statement>(
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b)) WITH CLUSTERING ORDER BY (b DESC, c) "
        "AND "
        "COMPACT STORAGE AND comment = 'it''s' AND gc_grace_seconds = 10 AND bloom = -0.5 AND "
        "extensions = {} AND ID = 5a1c395e-b41f-11e5-9f22-ba0be0483c18 AND retry = ALWAYS");
    EXPECT_TRUE(made.options.compact_storage);
    ASSERT_EQ(made.options.clustering.size(), 2U);
    EXPECT_EQ(made.options.clustering[0].column, "b");
    EXPECT_EQ(made.options.clustering[0].direction, sort_direction::descending);
    EXPECT_EQ(made.options.clustering[1].direction, sort_direction::ascending);
    EXPECT_EQ(texts_of(made.options.properties),
              (texts{"comment=it's", "gc_grace_seconds=10", "bloom=-0.5", "extensions={}",
                     "id=5a1c395e-b41f-11e5-9f22-ba0be0483c18", "retry=always"}));
}

TEST(parse_table, masks) {
    const auto made = parse_as<create_table_statement>(
        "CREATE TABLE t (a int PRIMARY KEY, b text MASKED WITH DEFAULT, "
        "c text MASKED WITH ks.inner_mask(1, 'x'))");
    ASSERT_TRUE(made.columns[1].mask);
    EXPECT_FALSE(made.columns[1].mask->function);
    ASSERT_TRUE(made.columns[2].mask);
    EXPECT_EQ(made.columns[2].mask->function, (qualified_name{"ks", "inner_mask"}));
    EXPECT_EQ(made.columns[2].mask->arguments.size(), 2U);
}

TEST(parse_table, like) {
    const auto made = parse_as<create_table_like_statement>(
        "CREATE TABLE IF NOT EXISTS a.t LIKE b.s WITH INDEXES AND comment = 'x'");
    EXPECT_EQ(made.table, (qualified_name{"a", "t"}));
    EXPECT_EQ(made.source, (qualified_name{"b", "s"}));
    EXPECT_TRUE(made.if_not_exists);
    EXPECT_TRUE(made.with_indexes);
    EXPECT_EQ(texts_of(made.properties), texts{"comment=x"});
    EXPECT_FALSE(parse_as<create_table_like_statement>("CREATE TABLE t LIKE s").with_indexes);
}

template <typename Action>
Action altered(const char* text) {
    auto made = parse_as<alter_table_statement>(text);
    auto* action = std::get_if<Action>(&made.action);
    if (action == nullptr) {
        ADD_FAILURE() << text << " is another action";
        return {};
    }
    return std::move(*action);
}

TEST(parse_table, alter) {
    EXPECT_EQ(parse_as<alter_table_statement>("ALTER TABLE IF EXISTS ks.t ADD a int").table,
              (qualified_name{"ks", "t"}));
    EXPECT_TRUE(parse_as<alter_table_statement>("ALTER TABLE IF EXISTS t ADD a int").if_exists);
    const auto added =
        altered<add_columns>("ALTER TABLE t ADD IF NOT EXISTS (a int, b text static)");
    EXPECT_TRUE(added.if_not_exists);
    ASSERT_EQ(added.columns.size(), 2U);
    EXPECT_TRUE(added.columns[1].is_static);
    EXPECT_EQ(altered<add_columns>("ALTER TABLE t ADD a int, b int").columns.size(), 2U);
    EXPECT_EQ(to_text(altered<alter_column_type>("ALTER TABLE t ALTER a TYPE blob").type), "blob");
    EXPECT_TRUE(altered<alter_column_mask>("ALTER TABLE t ALTER a MASKED WITH DEFAULT").mask);
    EXPECT_FALSE(altered<alter_column_mask>("ALTER TABLE t ALTER a DROP MASKED").mask);
    EXPECT_EQ(altered<drop_columns>("ALTER TABLE t DROP (a, b)").columns, (texts{"a", "b"}));
    EXPECT_EQ(altered<drop_columns>("ALTER TABLE t DROP compact").columns, texts{"compact"});
    EXPECT_EQ(altered<drop_columns>("ALTER TABLE t DROP a USING TIMESTAMP 12").timestamp_us, 12);
    EXPECT_TRUE(altered<drop_columns>("ALTER TABLE t DROP IF EXISTS a, b").if_exists);
    altered<drop_compact_storage>("ALTER TABLE t DROP COMPACT STORAGE");
    EXPECT_EQ(altered<rename_columns>("ALTER TABLE t RENAME a TO b AND c TO d").renames,
              (std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", "d"}}));
    EXPECT_EQ(texts_of(altered<table_options>("ALTER TABLE t WITH comment = 'y'").properties),
              texts{"comment=y"});
}

TEST(parse_table, drop_and_truncate) {
    EXPECT_EQ(parse_as<drop_table_statement>("DROP TABLE ks.t").table, (qualified_name{"ks", "t"}));
    EXPECT_TRUE(parse_as<drop_table_statement>("DROP TABLE IF EXISTS t").if_exists);
    EXPECT_EQ(parse_as<truncate_statement>("TRUNCATE t").table.name, "t");
    EXPECT_EQ(parse_as<truncate_statement>("TRUNCATE TABLE ks.t").table.keyspace, "ks");
}

TEST(parse_type_statement, all) {
    const auto made = parse_as<create_type_statement>(
        "CREATE TYPE IF NOT EXISTS ks.address (street text, zip frozen<set<int>>)");
    EXPECT_EQ(made.type, (qualified_name{"ks", "address"}));
    ASSERT_EQ(made.fields.size(), 2U);
    EXPECT_EQ(to_text(made.fields[1].type), "frozen<set<int>>");
    const auto added = parse_as<alter_type_statement>("ALTER TYPE a ADD IF NOT EXISTS f int");
    EXPECT_TRUE(std::get<add_field>(added.action).if_not_exists);
    const auto renamed = parse_as<alter_type_statement>("ALTER TYPE a RENAME x TO y AND z TO w");
    EXPECT_EQ(std::get<rename_fields>(renamed.action).renames.size(), 2U);
    const auto retyped = parse_as<alter_type_statement>("ALTER TYPE a ALTER f TYPE text");
    EXPECT_EQ(std::get<alter_field_type>(retyped.action).field.name, "f");
    EXPECT_TRUE(parse_as<drop_type_statement>("DROP TYPE IF EXISTS ks.a").if_exists);
}

TEST(parse_function, create) {
    const auto made = parse_as<create_function_statement>(
        "CREATE FUNCTION mult(a double, \"B\" frozen<ks.u>) RETURNS NULL ON NULL INPUT RETURNS "
        "double "
        "LANGUAGE Lua AS 'return a * b .. ''x'''");
    EXPECT_EQ(made.function, (qualified_name{"", "mult"}));
    EXPECT_FALSE(made.or_replace);
    EXPECT_FALSE(made.if_not_exists);
    ASSERT_EQ(made.arguments.size(), 2U);
    EXPECT_EQ(made.arguments[1].name, "B");
    EXPECT_EQ(to_text(made.arguments[1].type), "frozen<ks.u>");
    EXPECT_FALSE(made.called_on_null_input);
    EXPECT_EQ(to_text(made.return_type), "double");
    EXPECT_EQ(made.language, "lua");
    EXPECT_EQ(made.body, "return a * b .. 'x'");
    EXPECT_FALSE(made.deterministic);
}

TEST(parse_function, variants) {
    const auto made = parse_as<create_function_statement>(
        "CREATE OR REPLACE FUNCTION IF NOT EXISTS ks.f() CALLED ON NULL INPUT RETURNS "
        "tuple<int,int> "
        "DETERMINISTIC MONOTONIC ON val LANGUAGE \"wasm\" AS $$ a 'b' $ c\n$$ WITH memory = 10");
    EXPECT_TRUE(made.or_replace);
    EXPECT_TRUE(made.if_not_exists);
    EXPECT_TRUE(made.arguments.empty());
    EXPECT_TRUE(made.called_on_null_input);
    EXPECT_TRUE(made.deterministic);
    EXPECT_TRUE(made.monotonic);
    EXPECT_EQ(made.monotonic_on, "val");
    EXPECT_EQ(made.body, " a 'b' $ c\n");
    EXPECT_EQ(texts_of(made.properties), texts{"memory=10"});
    const auto plain = parse_as<create_function_statement>(
        "CREATE FUNCTION f(a int) CALLED ON NULL INPUT RETURNS int MONOTONIC LANGUAGE lua AS ''");
    EXPECT_TRUE(plain.monotonic);
    EXPECT_FALSE(plain.monotonic_on);
    EXPECT_EQ(plain.body, "");
}

TEST(parse_function, drop) {
    EXPECT_FALSE(parse_as<drop_function_statement>("DROP FUNCTION ks.f").argument_types);
    const auto none = parse_as<drop_function_statement>("DROP FUNCTION IF EXISTS f()");
    EXPECT_TRUE(none.if_exists);
    ASSERT_TRUE(none.argument_types);
    EXPECT_TRUE(none.argument_types->empty());
    const auto some = parse_as<drop_function_statement>("DROP FUNCTION f(int, list<text>)");
    ASSERT_TRUE(some.argument_types);
    EXPECT_EQ(texts_of(*some.argument_types), (texts{"int", "list<text>"}));
}

TEST(parse_aggregate, create) {
    const auto made = parse_as<create_aggregate_statement>(
        "CREATE OR REPLACE AGGREGATE ks.avg_length(text) SFUNC accumulate STYPE "
        "tuple<bigint,bigint> "
        "REDUCEFUNC merge FINALFUNC present INITCOND (0, 0)");
    EXPECT_TRUE(made.or_replace);
    EXPECT_EQ(texts_of(made.argument_types), texts{"text"});
    EXPECT_EQ(made.state_function, "accumulate");
    EXPECT_EQ(to_text(made.state_type), "tuple<bigint, bigint>");
    EXPECT_EQ(made.reduce_function, "merge");
    EXPECT_EQ(made.final_function, "present");
    EXPECT_EQ(shown(made.initial_condition), "(0, 0)");
    const auto least = parse_as<create_aggregate_statement>(
        "CREATE AGGREGATE IF NOT EXISTS a() SFUNC f STYPE int");
    EXPECT_TRUE(least.if_not_exists);
    EXPECT_FALSE(least.reduce_function);
    EXPECT_FALSE(least.final_function);
    EXPECT_FALSE(least.initial_condition);
    const auto hinted = parse_as<create_aggregate_statement>(
        "CREATE AGGREGATE a(int) SFUNC f STYPE int INITCOND (int) -1 DETERMINISTIC");
    EXPECT_EQ(shown(hinted.initial_condition), "(int)(-1)");
    EXPECT_TRUE(hinted.deterministic);
    EXPECT_TRUE(
        parse_as<drop_aggregate_statement>("DROP AGGREGATE IF EXISTS a(int)").argument_types);
}

TEST(parse_index, create_and_drop) {
    const auto made = parse_as<create_index_statement>(
        "CREATE CUSTOM INDEX IF NOT EXISTS i ON ks.t (KEYS(m)) USING 'sai' WITH OPTIONS = {'a': "
        "'b'}");
    EXPECT_TRUE(made.custom);
    EXPECT_EQ(made.name, "i");
    EXPECT_EQ(made.using_class, "sai");
    ASSERT_EQ(made.targets.size(), 1U);
    EXPECT_EQ(made.targets[0].column, "m");
    EXPECT_EQ(made.targets[0].kind, index_target_kind::keys);
    EXPECT_EQ(texts_of(made.properties), texts{"options={a:b,}"});
    EXPECT_EQ(parse_as<create_index_statement>("CREATE INDEX ON t (c)").name, "");
    EXPECT_EQ(parse_as<create_index_statement>("CREATE INDEX ON t (values)").targets[0].kind,
              index_target_kind::column);
    EXPECT_EQ(parse_as<create_index_statement>("CREATE INDEX ON t (full(c))").targets[0].kind,
              index_target_kind::full);
    EXPECT_EQ(parse_as<drop_index_statement>("DROP INDEX IF EXISTS ks.i").index.name, "i");
}

TEST(parse_view, all) {
    const auto made = parse_as<create_view_statement>(
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT a, b FROM ks.t WHERE a IS NOT NULL AND "
        "b > 1 PRIMARY KEY (b, a) WITH CLUSTERING ORDER BY (a DESC)");
    EXPECT_EQ(made.selectors.size(), 2U);
    EXPECT_EQ(made.where.size(), 2U);
    EXPECT_EQ(made.primary_key.partition_key, texts{"b"});
    EXPECT_EQ(made.options.clustering.size(), 1U);
    EXPECT_TRUE(
        parse_as<create_view_statement>(
            "CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE a IS NOT NULL PRIMARY KEY (a)")
            .all_columns);
    EXPECT_EQ(parse_as<alter_view_statement>("ALTER MATERIALIZED VIEW v WITH comment = ''")
                  .properties.size(),
              1U);
    EXPECT_TRUE(parse_as<drop_view_statement>("DROP MATERIALIZED VIEW IF EXISTS v").if_exists);
    EXPECT_EQ(parse_as<create_trigger_statement>("CREATE TRIGGER x ON t USING 'c'").using_class,
              "c");
    EXPECT_EQ(parse_as<drop_trigger_statement>("DROP TRIGGER x ON ks.t").table.keyspace, "ks");
}

TEST(parse_role, roles) {
    const auto made = parse_as<create_role_statement>(
        "CREATE ROLE IF NOT EXISTS 'R x' WITH PASSWORD = 'p' AND LOGIN = true AND SUPERUSER = "
        "false "
        "AND OPTIONS = {'a': 1} AND ACCESS TO DATACENTERS {'x', 'y'} AND ACCESS FROM ALL CIDRS");
    EXPECT_EQ(made.role, "R x");
    EXPECT_EQ(made.options.password, "p");
    EXPECT_EQ(made.options.login, true);
    EXPECT_EQ(made.options.superuser, false);
    EXPECT_EQ(made.options.datacenters, (texts{"x", "y"}));
    EXPECT_EQ(made.options.cidr_groups, texts{});
    const auto user = parse_as<create_role_statement>("CREATE USER u WITH PASSWORD 'p' SUPERUSER");
    EXPECT_TRUE(user.legacy_user);
    EXPECT_EQ(user.options.superuser, true);
    EXPECT_EQ(user.options.login, true);
    EXPECT_EQ(parse_as<alter_role_statement>("ALTER ROLE r WITH HASHED PASSWORD = 'h'")
                  .options.hashed_password,
              "h");
    EXPECT_TRUE(parse_as<drop_role_statement>("DROP USER IF EXISTS u").legacy_user);
    EXPECT_EQ(parse_as<grant_role_statement>("GRANT a TO b").grantee, "b");
    EXPECT_EQ(parse_as<revoke_role_statement>("REVOKE a FROM b").role, "a");
    EXPECT_FALSE(parse_as<list_roles_statement>("LIST ROLES OF r NORECURSIVE").recursive);
    EXPECT_TRUE(parse_as<list_roles_statement>("LIST USERS").legacy_users);
    parse_as<list_superusers_statement>("LIST SUPERUSERS");
}

TEST(parse_role, users_keep_their_capital_letters_and_roles_do_not) {
    EXPECT_EQ(parse_as<create_role_statement>("CREATE ROLE Bob").role, "bob");
    EXPECT_EQ(parse_as<create_role_statement>("CREATE USER Bob").role, "Bob");
    EXPECT_EQ(parse_as<alter_role_statement>("ALTER USER IF EXISTS 'Bob' SUPERUSER").role, "Bob");
    EXPECT_EQ(parse_as<drop_role_statement>("DROP USER Bob").role, "Bob");
    EXPECT_FALSE(parse("CREATE USER \"Bob\""));
}

TEST(parse_role, identities) {
    const auto added = parse_as<add_identity_statement>("ADD IDENTITY IF NOT EXISTS 'i' TO ROLE R");
    EXPECT_EQ(added.identity, "i");
    EXPECT_EQ(added.role, "r");
    EXPECT_TRUE(added.if_not_exists);
    EXPECT_EQ(parse_as<add_identity_statement>("ADD IDENTITY 'i' TO ROLE 'R'").role, "R");
    EXPECT_TRUE(parse_as<drop_identity_statement>("DROP IDENTITY IF EXISTS 'i'").if_exists);
    EXPECT_EQ(parse_as<create_role_statement>("CREATE ROLE identity").role, "identity");
}

TEST(without_passwords, hides_what_follows_the_word) {
    EXPECT_EQ(without_passwords("CREATE ROLE r WITH PASSWORD = 'secret' AND LOGIN = true"),
              "CREATE ROLE r WITH PASSWORD *******");
    EXPECT_EQ(without_passwords("/* x */ alter user r with hashed\npassword'x'"),
              "/* x */ alter user r with hashed\npassword *******");
    EXPECT_EQ(without_passwords("SELECT password FROM ks.t"), "SELECT password FROM ks.t");
    EXPECT_EQ(without_passwords("CREATE TABLE ks.t (password text PRIMARY KEY)"),
              "CREATE TABLE ks.t (password text PRIMARY KEY)");
}

TEST(parse_role, permissions) {
    const auto all = parse_as<grant_permission_statement>("GRANT ALL ON ALL KEYSPACES TO r");
    EXPECT_TRUE(all.permissions.empty());
    EXPECT_EQ(all.on.kind, resource_kind::all_keyspaces);
    const auto made = parse_as<grant_permission_statement>(
        "GRANT EXECUTE, SELECT PERMISSION ON FUNCTION ks.f(int, text) TO r");
    EXPECT_EQ(made.permissions, (texts{"EXECUTE", "SELECT"}));
    EXPECT_EQ(made.on.kind, resource_kind::function);
    EXPECT_EQ(made.on.name, (qualified_name{"ks", "f"}));
    EXPECT_EQ(texts_of(made.on.argument_types), (texts{"int", "text"}));
    EXPECT_EQ(parse_as<grant_permission_statement>("GRANT MODIFY ON ks.t TO r").on.kind,
              resource_kind::table);
    EXPECT_EQ(
        parse_as<grant_permission_statement>("GRANT UNMASK ON KEYSPACE ks TO r").on.name.keyspace,
        "ks");
    EXPECT_EQ(parse_as<revoke_permission_statement>(
                  "REVOKE EXECUTE ON ALL FUNCTIONS IN KEYSPACE ks FROM r")
                  .on.kind,
              resource_kind::all_functions_in_keyspace);
    const auto listed =
        parse_as<list_permissions_statement>("LIST ALL PERMISSIONS ON ROLE r OF s NORECURSIVE");
    ASSERT_TRUE(listed.on);
    EXPECT_EQ(listed.on->kind, resource_kind::role);
    EXPECT_EQ(listed.of, "s");
    EXPECT_FALSE(listed.recursive);
}

TEST(parse_describe, every_form) {
    struct form {
        const char* text;
        describe_kind kind;
        qualified_name name;
    };
    const form forms[] = {
        {"DESCRIBE CLUSTER", describe_kind::cluster, {}},
        {"DESC SCHEMA", describe_kind::schema, {}},
        {"DESCRIBE FULL SCHEMA", describe_kind::full_schema, {}},
        {"DESCRIBE KEYSPACES", describe_kind::keyspaces, {}},
        {"DESCRIBE KEYSPACE", describe_kind::keyspace, {}},
        {"DESCRIBE KEYSPACE ks", describe_kind::keyspace, {"", "ks"}},
        {"DESCRIBE ONLY KEYSPACE ks", describe_kind::only_keyspace, {"", "ks"}},
        {"DESCRIBE TABLES", describe_kind::tables, {}},
        {"DESCRIBE TABLE ks.t", describe_kind::table, {"ks", "t"}},
        {"DESCRIBE COLUMNFAMILY t", describe_kind::table, {"", "t"}},
        {"DESCRIBE TYPES", describe_kind::types, {}},
        {"DESCRIBE TYPE ks.u", describe_kind::type, {"ks", "u"}},
        {"DESCRIBE FUNCTIONS;", describe_kind::functions, {}},
        {"DESCRIBE FUNCTION ks.f", describe_kind::function, {"ks", "f"}},
        {"DESCRIBE AGGREGATES", describe_kind::aggregates, {}},
        {"DESCRIBE AGGREGATE a", describe_kind::aggregate, {"", "a"}},
        {"DESCRIBE INDEX ks.i", describe_kind::index, {"ks", "i"}},
        {"DESCRIBE MATERIALIZED VIEW v", describe_kind::materialized_view, {"", "v"}},
        {"DESCRIBE \"Ks\".t", describe_kind::generic, {"Ks", "t"}},
        {"DESCRIBE user", describe_kind::generic, {"", "user"}},
    };
    for (const auto& [text, kind, name] : forms) {
        const auto made = parse_as<describe_statement>(text);
        EXPECT_EQ(made.kind, kind) << text;
        EXPECT_EQ(made.name, name) << text;
        EXPECT_FALSE(made.with_internals) << text;
    }
    EXPECT_TRUE(parse_as<describe_statement>("DESCRIBE SCHEMA WITH INTERNALS").with_internals);
}

}  // namespace
}  // namespace nacre::cql
