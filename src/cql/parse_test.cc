// What is not CQL: error messages and places, limits, hostile text; and speed.

#include "cql/parse.h"

#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cql/test_tree.h"

namespace nacre::cql {
namespace {

using test::failure_of;
using test::parse_as;

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    out.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i) out += piece;
    return out;
}

// Processor time: other work on the machine does not count.
double seconds_of(const auto& work) {
    const auto start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

TEST(parse_error, tells_line_and_column) {
    EXPECT_EQ(failure_of("SELEC * FROM t"), "line 1:0 no viable alternative at input 'SELEC'");
    EXPECT_EQ(failure_of("SELECT * FROM t FOO"), "line 1:16 no viable alternative at input 'FOO'");
    EXPECT_EQ(failure_of("SELECT *\n\n  FRM t"), "line 3:2 no viable alternative at input 'FRM'");
    EXPECT_EQ(failure_of("SELECT a FROM"), "line 1:13 no viable alternative at input '<EOF>'");
    EXPECT_EQ(failure_of(""), "line 1:0 no viable alternative at input '<EOF>'");
    EXPECT_EQ(failure_of("SELECT '\xc3\xa9' FRM"),
              "line 1:11 no viable alternative at input 'FRM'");
    EXPECT_EQ(failure_of("SELECT 'x\ny' FRM"), "line 2:3 no viable alternative at input 'FRM'");
    EXPECT_EQ(failure_of("SELECT a ! b FROM t"), "line 1:9 no viable alternative at character '!'");
    EXPECT_EQ(failure_of("SELECT \xc3\xa9 FROM t"),
              "line 1:7 no viable alternative at character '\xc3\xa9'");
    EXPECT_EQ(failure_of("USE a; USE b"), "line 1:7 no viable alternative at input 'USE'");
}

TEST(parse_error, shortens_long_tokens) {
    const auto message = failure_of("SELECT '" + repeated("\xc3\xa9", 1000) + "'");
    EXPECT_LT(message.size(), 200U);
    EXPECT_FALSE(parse("SELECT " + repeated("'x' ", 10)).ok());
}

TEST(parse_error, unterminated) {
    for (const char* text :
         {"SELECT 'abc", "SELECT 'a''", "SELECT \"abc", "SELECT $$abc$", "/* x", "USE ks /*/"}) {
        EXPECT_THAT(failure_of(text), ::testing::HasSubstr("does not end")) << text;
    }
    EXPECT_EQ(failure_of("USE \"\""), "line 1:4 no viable alternative at input '\"\"'");
}

TEST(parse_error, not_utf8) {
    for (const std::string_view text :
         {"USE k\xff", "SELECT '\xc3'", "INSERT INTO t JSON '\xed\xa0\x80'", "-- \x80\nUSE k",
          "USE \"\xf8\x88\x80\x80\x80\""}) {
        EXPECT_THAT(failure_of(text), ::testing::HasSubstr("UTF-8"));
    }
    EXPECT_FALSE(parse(std::string_view("USE k\0s", 7)).ok());
    EXPECT_FALSE(parse(std::string_view("USE k\0", 6)).ok());
}

TEST(parse_error, options_given_twice) {
    EXPECT_FALSE(parse("CREATE ROLE r WITH LOGIN = true AND LOGIN = false").ok());
}

TEST(parse_error, what_is_no_statement) {
    for (const char* text :
         {"SELECT",
          "SELECT * FROM t WHERE",
          "SELECT * FROM t WHERE a",
          "SELECT a, FROM t",
          "SELECT a b FROM t",
          "INSERT INTO t VALUES (1)",
          "INSERT INTO t (a) VALUES ()",
          "UPDATE t SET WHERE k = 1",
          "UPDATE t SET a = 1",
          "DELETE FROM t",
          "CREATE TABLE t ()",
          "CREATE KEYSPACE k",
          "BEGIN BATCH SELECT a FROM t APPLY BATCH",
          "BEGIN BATCH",
          "CREATE FUNCTION f(int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
          "CREATE FUNCTION f(a int) RETURNS int LANGUAGE lua AS 'x'",
          "CREATE OR REPLACE TABLE t (a int)",
          "DESCRIBE",
          "DESCRIBE TABLE",
          ";",
          "SELECT 1..2 FROM t",
          "UPDATE t SET a = 1 WHERE k = 1 IF NOT EXISTS",
          "SELECT * FROM t LIMIT 'x'",
          "SELECT f(*, a) FROM t",
          "SELECT {1: 2, 3} FROM t",
          "DROP KEYSPACE 'ks'"}) {
        EXPECT_FALSE(parse(text).ok()) << text;
    }
}

TEST(parse_comments, everywhere) {
    EXPECT_EQ(
        parse_as<use_statement>("-- one\n// two\r\n/* three\n * / */ USE /**/ ks -- end").keyspace,
        "ks");
    EXPECT_EQ(parse_as<use_statement>("USE\n\t ks // end\n;;\n").keyspace, "ks");
    EXPECT_FALSE(parse("-- USE ks").ok());
}

TEST(parse_limits, nesting_at_the_edge) {
    const auto nested = [](std::string_view open, std::string_view inner, std::string_view close,
                           std::size_t depth) {
        return parse_expression(repeated(open, depth) + std::string(inner) + repeated(close, depth))
            .ok();
    };
    EXPECT_TRUE(nested("(", "1", ")", max_nesting));
    EXPECT_FALSE(nested("(", "1", ")", max_nesting + 1));
    EXPECT_TRUE(nested("[", "1", "]", max_nesting - 1));
    EXPECT_FALSE(nested("[", "1", "]", max_nesting));
    EXPECT_TRUE(nested("- ", "a", "", max_nesting - 1));
    EXPECT_FALSE(nested("- ", "a", "", max_nesting));
    EXPECT_TRUE(nested("1 + ", "1", "", max_nesting - 1));
    EXPECT_FALSE(nested("1 + ", "1", "", max_nesting));
    EXPECT_TRUE(parse_type(repeated("list<", 255) + "int" + repeated(">", 255)).ok());
    EXPECT_FALSE(parse_type(repeated("list<", 256) + "int" + repeated(">", 256)).ok());
    // Nesting is given back: a thousand shallow ones in a row are fine.
    EXPECT_TRUE(parse_expression("[" + repeated("(-(a)), ", 1000) + "1]").ok());
    EXPECT_TRUE(parse_expression("[" + repeated("(list<int>) [1], ", 1000) + "1]").ok());
}

TEST(parse_limits, hostile_nesting) {
    for (const std::string_view piece :
         {"(",     "[",       "{",     "- ",   "(int)", "f(", "(list<",
          "{1:",   "a[",      "cast(", "((a,", "1+",    "a.", "(int) - ",
          "list<", "frozen<", "a < (", "NOT ", "?",     ",",  "(a<a<"}) {
        const auto text = repeated(piece, 100'000);
        EXPECT_FALSE(parse("SELECT " + text).ok()) << piece;
        EXPECT_FALSE(parse("SELECT * FROM t WHERE " + text).ok()) << piece;
        EXPECT_FALSE(parse("CREATE TABLE t (a " + text).ok()) << piece;
        EXPECT_FALSE(parse_type(text).ok()) << piece;
        EXPECT_FALSE(parse_expression(text).ok()) << piece;
    }
    EXPECT_FALSE(parse_type(repeated("frozen<", 100'000) + "int" + repeated(">", 100'000)).ok());
}

TEST(parse_limits, terms_and_markers) {
    EXPECT_TRUE(parse_expression("[" + repeated("1,", 100'000) + "1]").ok());
    EXPECT_FALSE(parse_expression("[" + repeated("1,", max_nodes) + "1]").ok());
    EXPECT_TRUE(parse_expression("[" + repeated("?,", 65'534) + "?]").ok());
    EXPECT_FALSE(parse_expression("[" + repeated("?,", 65'535) + "?]").ok());
    EXPECT_FALSE(parse("ALTER TABLE t DROP a USING TIMESTAMP 99999999999999999999").ok());
}

TEST(parse_speed, sixteen_megabytes_of_literal) {
    constexpr std::size_t size = 16 << 20;
    const std::string head =
        "CREATE FUNCTION f(a int) CALLED ON NULL INPUT RETURNS int LANGUAGE wasm AS ";
    struct form {
        std::string text;
        std::size_t body_size;
    };
    const form forms[] = {
        {head + "'" + std::string(size, 'x') + "'", size},
        {head + "'" + repeated("''", size / 2) + "'", size / 2},
        {head + "$$" + repeated("$ ", size / 2) + "$$", size},
        {head + "$$" + repeated("\n", size) + "$$", size},
        {head + "'" + repeated("\xc3\xa9", size / 2) + "'", size},
        {"/*" + repeated("* ", size / 2) + "*/" + head + "''", 0},
        {repeated("-- x\n", size / 5) + head + "''", 0},
    };
    for (const auto& [text, body_size] : forms) {
        const auto seconds = seconds_of(
            [&] { EXPECT_EQ(parse_as<create_function_statement>(text).body.size(), body_size); });
        EXPECT_LT(seconds, 1.0) << text.substr(0, 100);
    }
}

TEST(parse_speed, is_linear_in_hostile_text) {
    constexpr std::size_t size = 4 << 20;
    for (const std::string_view piece :
         {"(a<", "(a.", "''", "$", "/*", "- ", "a ", "\n", "1.", "P1Y", "\"\"", "(int)",
          "(list<int>)", "0-", "00000000-"}) {
        const auto text = repeated(piece, size / piece.size());
        EXPECT_LT(seconds_of([&] { EXPECT_FALSE(parse("SELECT " + text).ok()); }), 1.0) << piece;
        EXPECT_LT(seconds_of([&] { (void)parse_expression(text); }), 1.0) << piece;
    }
}

}  // namespace
}  // namespace nacre::cql
