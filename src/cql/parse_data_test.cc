// SELECT, INSERT, UPDATE, DELETE, BATCH.

#include <gtest/gtest.h>

#include "base/identifier.h"
#include "cql/keywords.h"
#include "cql/test_tree.h"

namespace nacre::cql {
namespace {

using test::parse_as;
using test::shown;

using texts = std::vector<std::string>;

select_statement select(const std::string& text) {
    return parse_as<select_statement>(text);
}

texts selectors_of(const std::string& list) {
    texts out;
    for (const auto& selected : select("SELECT " + list + " FROM t").selectors) {
        out.push_back(to_text(selected.value) +
                      (selected.alias ? " -> " + *selected.alias : std::string()));
    }
    return out;
}

relation where(const std::string& text) {
    auto made = select("SELECT * FROM t WHERE " + text);
    if (made.where.size() != 1) {
        ADD_FAILURE() << text << ": " << made.where.size() << " relations";
        return {};
    }
    return std::move(made.where[0]);
}

texts right_of(const relation& one) {
    texts out;
    for (const auto& value : one.right) out.push_back(shown(value));
    return out;
}

TEST(parse_select, selectors) {
    EXPECT_EQ(selectors_of("a, \"B c\" AS \"X\", count(*), f(g(a), 1) AS y"),
              (texts{"a", "B c -> X", "count(*)", "f(g(a), 1) -> y"}));
    EXPECT_EQ(selectors_of("writetime(a), ttl(b), maxwritetime(c), token(k), cast(a AS text)"),
              (texts{"writetime(a)", "ttl(b)", "maxwritetime(c)", "token(k)", "cast(a as text)"}));
    EXPECT_EQ(selectors_of("a.b, m['k'], l[1..2], m[..'z'], ks.f(a).x"),
              (texts{"a.b", "m['k']", "l[1..2]", "m[..'z']", "ks.f(a).x"}));
    EXPECT_TRUE(select("SELECT * FROM ks.t").all_columns);
    EXPECT_EQ(select("SELECT a FROM ks.t").from, (qualified_name{"ks", "t"}));
    EXPECT_FALSE(select("SELECT a FROM t").all_columns);
}

TEST(parse_select, json_and_distinct_are_also_names) {
    const auto flags = [](const char* text) {
        const auto made = select(text);
        return std::string(made.json ? "json " : "") + (made.distinct ? "distinct " : "") +
               (made.all_columns ? "*" : to_text(made.selectors.at(0).value));
    };
    EXPECT_EQ(flags("SELECT JSON * FROM t"), "json *");
    EXPECT_EQ(flags("SELECT JSON a FROM t"), "json a");
    EXPECT_EQ(flags("SELECT DISTINCT a FROM t"), "distinct a");
    EXPECT_EQ(flags("SELECT JSON DISTINCT a FROM t"), "json distinct a");
    EXPECT_EQ(flags("SELECT json FROM t"), "json");
    EXPECT_EQ(flags("SELECT json, a FROM t"), "json");
    EXPECT_EQ(flags("SELECT json AS j FROM t"), "json");
    EXPECT_EQ(flags("SELECT DISTINCT distinct FROM t"), "distinct distinct");
    EXPECT_EQ(flags("SELECT DISTINCT distinct.f FROM t"), "distinct distinct.f");
}

TEST(parse_select, unreserved_words_are_names) {
    for (const char* word :
         {"key", "type", "values", "list", "user", "timestamp", "ttl", "count", "as", "filtering",
          "static", "exists", "contains", "language", "cast", "json", "role", "frozen", "map"}) {
        const std::string name(word);
        const auto made = select("SELECT a, " + name + " FROM " + name + " WHERE " + name + " = 1");
        ASSERT_EQ(made.selectors.size(), 2U) << name;
        EXPECT_EQ(to_text(made.selectors[1].value), name);
        EXPECT_EQ(made.from.name, name);
    }
    for (const char* word : {"select", "table", "order", "set", "token", "primary", "nan"}) {
        EXPECT_FALSE(parse("SELECT a FROM " + std::string(word)).ok()) << word;
    }
}

// What is quoted when a name is printed and what may stand unquoted in a text are the same words.
TEST(parse_select, reserved_words_are_those_of_base) {
    ASSERT_GT(keyword_list().size(), 100U);
    for (const auto word : keyword_list()) {
        if (word == "true" || word == "false") continue;  // constants
        const std::string text = "SELECT a FROM " + std::string(word);
        EXPECT_EQ(parse(text).ok(), !is_reserved_word(word)) << word;
        EXPECT_TRUE(parse("SELECT a FROM " + quote_identifier(word)).ok()) << word;
    }
}

TEST(parse_select, selector_spans) {
    const std::string text = "SELECT  a + 1 , f( x )  AS y FROM t";
    const auto made = select(text);
    const auto piece = [&](std::size_t i) {
        const auto span = made.selectors[i].span;
        return text.substr(span.begin, span.end - span.begin);
    };
    ASSERT_EQ(made.selectors.size(), 2U);
    EXPECT_EQ(piece(0), "a + 1");
    EXPECT_EQ(piece(1), "f( x )");
}

TEST(parse_select, clauses) {
    const auto made = select(
        "SELECT a FROM t WHERE a = 1 GROUP BY a, b ORDER BY a ASC, b DESC, c PER PARTITION LIMIT 2 "
        "LIMIT :n ALLOW FILTERING BYPASS CACHE USING TIMEOUT 5s;");
    EXPECT_EQ(made.group_by.size(), 2U);
    ASSERT_EQ(made.order_by.size(), 3U);
    EXPECT_EQ(made.order_by[1].direction, sort_direction::descending);
    EXPECT_EQ(made.order_by[2].direction, sort_direction::ascending);
    EXPECT_EQ(shown(made.per_partition_limit), "2");
    EXPECT_EQ(shown(made.limit), ":n");
    EXPECT_TRUE(made.allow_filtering);
    EXPECT_TRUE(made.bypass_cache);
    EXPECT_EQ(shown(made.timeout), "5s");
    const auto bare = select("SELECT a FROM t");
    EXPECT_TRUE(bare.where.empty());
    EXPECT_FALSE(bare.limit);
    EXPECT_FALSE(bare.allow_filtering);
}

TEST(parse_select, nearest_neighbours) {
    const auto made = select(
        "SELECT a FROM t ORDER BY v ANN OF [1.0, ?] LIMIT 3 WITH ann_options = {'rerank_k': 10}");
    ASSERT_EQ(made.order_by.size(), 1U);
    EXPECT_EQ(shown(made.order_by[0].by), "v");
    EXPECT_EQ(shown(made.order_by[0].ann_of), "[1.0, ?]");
    EXPECT_EQ(made.options.size(), 1U);
}

TEST(parse_where, comparisons) {
    using enum relation_operator;
    const std::pair<const char*, relation_operator> forms[] = {
        {"=", equal},
        {"!=", not_equal},
        {"<", less},
        {"<=", less_or_equal},
        {">", greater},
        {">=", greater_or_equal},
        {"LIKE", like},
        {"CONTAINS", contains},
        {"CONTAINS KEY", contains_key},
        {"NOT CONTAINS", not_contains},
        {"NOT CONTAINS KEY", not_contains_key},
    };
    for (const auto& [sign, op] : forms) {
        const auto made = where("a " + std::string(sign) + " 'x'");
        EXPECT_EQ(made.op, op) << sign;
        EXPECT_EQ(shown(made.left), "a") << sign;
        EXPECT_EQ(right_of(made), texts{"'x'"}) << sign;
    }
    EXPECT_EQ(where("a IS NOT NULL").op, is_not_null);
    EXPECT_TRUE(where("a IS NOT NULL").right.empty());
    EXPECT_EQ(where("a BETWEEN 1 AND 2 + 3").op, between);
    EXPECT_EQ(right_of(where("a BETWEEN 1 AND 2 + 3")), (texts{"1", "2 + 3"}));
    EXPECT_EQ(select("SELECT * FROM t WHERE a BETWEEN 1 AND 2 AND b = 3").where.size(), 2U);
}

TEST(parse_where, subjects) {
    EXPECT_EQ(shown(where("m['k'] = 1").left), "m['k']");
    EXPECT_EQ(shown(where("token(a, b) > token(1, ?)").left), "token(a, b)");
    EXPECT_EQ(right_of(where("token(a, b) > token(1, ?)")), texts{"token(1, ?)"});
    EXPECT_EQ(shown(where("(a, b) >= (1, 2)").left), "(a, b)");
    EXPECT_EQ(right_of(where("(a, b) >= (1, 2)")), texts{"(1, 2)"});
    EXPECT_EQ(right_of(where("(a, b) = ?")), texts{"?"});
    EXPECT_EQ(shown(where("ks.f(v) = 1").left), "ks.f(v)");
    EXPECT_EQ(shown(where("(a = 1)").left), "a");
    EXPECT_EQ(select("SELECT * FROM t WHERE ((a) > (1)) AND (b = 2)").where.size(), 2U);
}

TEST(parse_where, tuples_of_one) {
    const auto one = where("(a) = (1 + 2)");
    ASSERT_NE(one.left.as<tuple_literal>(), nullptr);
    ASSERT_NE(one.right.at(0).as<tuple_literal>(), nullptr);
    EXPECT_EQ(shown(one.right[0].as<tuple_literal>()->elements.at(0)), "1 + 2");
    const auto in = where("(a) IN ((1), (2))");
    ASSERT_EQ(in.right.size(), 2U);
    EXPECT_NE(in.right[1].as<tuple_literal>(), nullptr);
    EXPECT_EQ(where("a = (1)").right.at(0).as<tuple_literal>(), nullptr);
}

TEST(parse_where, in) {
    EXPECT_EQ(right_of(where("a IN (1, ?, f(2))")), (texts{"1", "?", "f(2)"}));
    EXPECT_FALSE(where("a IN (1)").in_marker);
    EXPECT_FALSE(where("a IN (?)").in_marker);
    EXPECT_TRUE(where("a IN ()").right.empty());
    const auto marker = where("a IN :list");
    EXPECT_TRUE(marker.in_marker);
    EXPECT_EQ(right_of(marker), texts{":list"});
    EXPECT_EQ(where("a NOT IN (1, 2)").op, relation_operator::not_in);
    EXPECT_EQ(right_of(where("(a, b) IN ((1, 2), ?)")), (texts{"(1, 2)", "?"}));
}

TEST(parse_insert, values) {
    const auto made = parse_as<insert_statement>(
        "INSERT INTO ks.t (a, \"B\") VALUES (1, ks.f((int) 2)) IF NOT EXISTS USING TTL ? AND "
        "TIMESTAMP "
        "-5");
    EXPECT_EQ(made.table, (qualified_name{"ks", "t"}));
    EXPECT_EQ(made.columns, (texts{"a", "B"}));
    ASSERT_EQ(made.values.size(), 2U);
    EXPECT_EQ(shown(made.values[1]), "ks.f((int)2)");
    EXPECT_TRUE(made.if_not_exists);
    EXPECT_EQ(shown(made.parameters.ttl), "?");
    EXPECT_EQ(shown(made.parameters.timestamp), "-5");
    EXPECT_FALSE(made.json);
}

TEST(parse_insert, json) {
    const auto made = parse_as<insert_statement>("INSERT INTO t JSON '{\"a\": 1}' DEFAULT UNSET");
    EXPECT_EQ(shown(made.json), "'{\"a\": 1}'");
    EXPECT_TRUE(made.json_default_unset);
    EXPECT_FALSE(
        parse_as<insert_statement>("INSERT INTO t JSON ? DEFAULT NULL").json_default_unset);
}

TEST(parse_update, assignments) {
    const auto made = parse_as<update_statement>(
        "UPDATE ks.t USING TIMESTAMP 1 SET a = ?, b = b + 1, l = [0] + l, m['k'] = 'v', c += 5, "
        "s -= {1}, l[2] += 3, u.f = 4 WHERE k = 1 AND c IN (1, 2)");
    EXPECT_EQ(shown(made.parameters.timestamp), "1");
    ASSERT_EQ(made.assignments.size(), 8U);
    EXPECT_EQ(shown(std::get<assign_column>(made.assignments[1]).value), "b + 1");
    EXPECT_EQ(shown(std::get<assign_column>(made.assignments[2]).value), "[0] + l");
    EXPECT_EQ(shown(std::get<assign_element>(made.assignments[3]).index), "'k'");
    EXPECT_FALSE(std::get<assign_element>(made.assignments[3]).op);
    EXPECT_EQ(std::get<add_assign_column>(made.assignments[4]).op, arithmetic_operator::add);
    EXPECT_EQ(std::get<add_assign_column>(made.assignments[5]).op, arithmetic_operator::subtract);
    EXPECT_EQ(std::get<assign_element>(made.assignments[6]).op, arithmetic_operator::add);
    EXPECT_EQ(std::get<assign_field>(made.assignments[7]).field, "f");
    EXPECT_EQ(made.where.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(made.condition));
}

TEST(parse_update, conditions) {
    const auto made = parse_as<update_statement>(
        "UPDATE t SET a = 1 WHERE k = 1 IF a = 2 AND m['x'] > 3 AND u.z IN ? AND b != null");
    const auto* tests = std::get_if<conditions>(&made.condition);
    ASSERT_NE(tests, nullptr);
    ASSERT_EQ(tests->size(), 4U);
    EXPECT_EQ(shown((*tests)[2].left), "u.z");
    EXPECT_TRUE((*tests)[2].in_marker);
    EXPECT_TRUE(std::holds_alternative<if_exists>(
        parse_as<update_statement>("UPDATE t SET a = 1 WHERE k = 1 IF EXISTS").condition));
    EXPECT_TRUE(std::holds_alternative<conditions>(
        parse_as<update_statement>("UPDATE t SET a = 1 WHERE k = 1 IF exists = 2").condition));
}

TEST(parse_delete, all) {
    const auto made = parse_as<delete_statement>(
        "DELETE a, m['k'], u.f FROM t USING TIMESTAMP 3 WHERE k = 1 IF EXISTS");
    ASSERT_EQ(made.deletions.size(), 3U);
    EXPECT_EQ(made.deletions[0].column, "a");
    EXPECT_EQ(shown(made.deletions[1].index), "'k'");
    EXPECT_EQ(made.deletions[2].field, "f");
    EXPECT_EQ(shown(made.parameters.timestamp), "3");
    EXPECT_TRUE(std::holds_alternative<if_exists>(made.condition));
    EXPECT_TRUE(parse_as<delete_statement>("DELETE FROM t WHERE k = 1").deletions.empty());
}

TEST(parse_batch, all) {
    const auto made = parse_as<batch_statement>(
        "BEGIN UNLOGGED BATCH USING TIMESTAMP ? INSERT INTO t (a) VALUES (1); "
        "UPDATE t SET a = 1 WHERE k = 2 DELETE FROM t WHERE k = ?; APPLY BATCH;");
    EXPECT_EQ(made.kind, batch_kind::unlogged);
    EXPECT_TRUE(made.parameters.timestamp);
    ASSERT_EQ(made.statements.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<insert_statement>(made.statements[0]));
    EXPECT_TRUE(std::holds_alternative<update_statement>(made.statements[1]));
    EXPECT_TRUE(std::holds_alternative<delete_statement>(made.statements[2]));
    EXPECT_EQ(parse_as<batch_statement>("BEGIN BATCH APPLY BATCH").kind, batch_kind::logged);
    EXPECT_EQ(parse_as<batch_statement>("BEGIN COUNTER BATCH UPDATE t SET c = c + 1 WHERE k = 1; "
                                        "APPLY BATCH")
                  .kind,
              batch_kind::counter);
}

TEST(parse_markers, numbered_in_order_of_appearance) {
    const auto made =
        parse_statement("SELECT f(?, :a) FROM t WHERE k = ? AND (c, d) > (:\"B\", ?) LIMIT ?");
    ASSERT_TRUE(made.ok());
    ASSERT_EQ(made->markers.size(), 6U);
    for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(made->markers[i].index, i);
    EXPECT_EQ(made->markers[1].name, "a");
    EXPECT_EQ(made->markers[3].name, "B");
    EXPECT_EQ(made->markers[5].name, "");
    const auto& query = std::get<select_statement>(made->tree);
    ASSERT_TRUE(query.limit);
    EXPECT_EQ(query.limit->as<bind_marker>()->index, 5U);
    const auto batch = parse_statement(
        "BEGIN BATCH USING TIMESTAMP ? INSERT INTO t (a) VALUES (?) USING TTL ?; APPLY BATCH");
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch->markers.size(), 3U);
}

}  // namespace
}  // namespace nacre::cql
