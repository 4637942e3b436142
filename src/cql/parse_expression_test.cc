// Expressions, types, and the texts that they are printed as.

#include <gtest/gtest.h>

#include "cql/test_tree.h"

namespace nacre::cql {
namespace {

using test::shown;

expression expr(std::string_view text) {
    auto made = parse_expression(text);
    if (!made.ok()) {
        ADD_FAILURE() << text << "\n" << made.error().message();
        return {};
    }
    return std::move(*made);
}

literal constant(std::string_view text) {
    const auto made = expr(text);
    const auto* node = made.as<literal>();
    if (node == nullptr) {
        ADD_FAILURE() << text << " is no literal";
        return {};
    }
    return *node;
}

TEST(parse_literal, kinds) {
    using enum literal_kind;
    EXPECT_EQ(constant("12"), (literal{integer, "12"}));
    EXPECT_EQ(constant("-12"), (literal{integer, "-12"}));
    EXPECT_EQ(constant("1.5"), (literal{floating, "1.5"}));
    EXPECT_EQ(constant("1."), (literal{floating, "1."}));
    EXPECT_EQ(constant("1.e3"), (literal{floating, "1.e3"}));
    EXPECT_EQ(constant("-1e-3"), (literal{floating, "-1e-3"}));
    EXPECT_EQ(constant("nan"), (literal{floating, "NaN"}));
    EXPECT_EQ(constant("-INFINITY"), (literal{floating, "-Infinity"}));
    EXPECT_EQ(constant("True"), (literal{boolean, "True"}));
    EXPECT_EQ(constant("NULL"), (literal{null, ""}));
    EXPECT_EQ(constant("0xCAfe"), (literal{blob, "CAfe"}));
    EXPECT_EQ(constant("0X"), (literal{blob, ""}));
    EXPECT_EQ(constant("550e8400-e29b-41d4-a716-446655440000"),
              (literal{uuid, "550e8400-e29b-41d4-a716-446655440000"}));
    EXPECT_EQ(constant("abcdef00-e29b-41d4-a716-446655440000").kind, uuid);
    EXPECT_EQ(constant("'it''s'"), (literal{string, "it's"}));
    EXPECT_EQ(constant("''"), (literal{string, ""}));
    EXPECT_EQ(constant("''''"), (literal{string, "'"}));
    EXPECT_EQ(constant("$$it's \n$$"), (literal{string, "it's \n"}));
    EXPECT_EQ(constant("'\xc3\xa9'"), (literal{string, "\xc3\xa9"}));
}

TEST(parse_literal, durations) {
    for (const char* text : {"1h30m", "1y2mo3w4d5h6m7s8ms9us10ns", "2\xc2\xb5s", "1Y",
                             "P1Y2M3DT4H5M6S", "PT5M", "P3W", "P0001-02-03T04:05:06", "-5d"}) {
        EXPECT_EQ(constant(text), (literal{literal_kind::duration, text}));
    }
    EXPECT_NE(expr("p1y").as<column_ref>(), nullptr);
    EXPECT_NE(expr("P").as<column_ref>(), nullptr);
}

TEST(parse_expression, nodes) {
    EXPECT_NE(expr("a").as<column_ref>(), nullptr);
    EXPECT_EQ(expr("\"A b\"").as<column_ref>()->name, "A b");
    EXPECT_NE(expr("?").as<bind_marker>(), nullptr);
    EXPECT_EQ(expr(":x").as<bind_marker>()->name, "x");
    EXPECT_NE(expr("[]").as<list_literal>(), nullptr);
    EXPECT_NE(expr("{1, 2}").as<set_literal>(), nullptr);
    EXPECT_NE(expr("{1: 2}").as<map_literal>(), nullptr);
    EXPECT_NE(expr("{}").as<map_literal>(), nullptr);
    EXPECT_NE(expr("{?: :v}").as<map_literal>(), nullptr);
    EXPECT_NE(expr("(1, 2)").as<tuple_literal>(), nullptr);
    EXPECT_NE(expr("(1)").as<literal>(), nullptr);
    EXPECT_TRUE(expr("(1)").parenthesised);
    EXPECT_FALSE(expr("1").parenthesised);
    ASSERT_NE(expr("{a: 1, \"B\": 2}").as<user_type_literal>(), nullptr);
    EXPECT_EQ(expr("{a: 1, \"B\": 2}").as<user_type_literal>()->fields[1].field, "B");
    EXPECT_TRUE(expr("count(*)").as<function_call>()->star);
    EXPECT_TRUE(expr("count(1)").as<function_call>()->star);
    EXPECT_FALSE(expr("count(2)").as<function_call>()->star);
    EXPECT_EQ(expr("ks.f()").as<function_call>()->function, (qualified_name{"ks", "f"}));
    EXPECT_NE(expr("a.b").as<field_access>(), nullptr);
    EXPECT_NE(expr("a[1]").as<subscript>(), nullptr);
    const auto sliced = expr("a[1..]");
    ASSERT_NE(sliced.as<slice>(), nullptr);
    EXPECT_TRUE(sliced.as<slice>()->from);
    EXPECT_FALSE(sliced.as<slice>()->to);
    EXPECT_NE(expr("cast(a as int)").as<cast>(), nullptr);
}

TEST(parse_expression, hints_and_parentheses) {
    const auto hinted = [](const char* text) { return expr(text).as<type_hint>() != nullptr; };
    for (const char* text : {"(int) 5",
                             "(int) -5",
                             "(int) ?",
                             "(int) a",
                             "(int) :a",
                             "(int) (5)",
                             "(list<int>) [1]",
                             "(vector<float, 2>) [1, 2]",
                             "(set<int>) {}",
                             "(u) {a: 1}",
                             "(ks.u) {a: 1}",
                             "(int) f(a)",
                             "(frozen<u>) (1, 2)",
                             "(u) 'x'",
                             "(\"U\") null",
                             "(map<text, frozen<list<int>>>) {}",
                             "(text) (ascii) 'x'",
                             "(int) cast(a as int)",
                             "(int) token(a)",

                             "(text) values"}) {
        EXPECT_TRUE(hinted(text)) << text;
    }
    for (const char* text : {"(a) - 5", "(a)", "(a)[1]", "(a) + 1", "(a) * (b)", "(f(a)) - 1"}) {
        EXPECT_FALSE(hinted(text)) << text;
    }
    EXPECT_NE(expr("(a) - 5").as<arithmetic>(), nullptr);
    EXPECT_NE(expr("(a)[1]").as<subscript>(), nullptr);
}

TEST(parse_expression, precedence) {
    // Parentheses are printed only where the tree needs them.
    const std::pair<const char*, const char*> pairs[] = {
        {"1 + 2 * 3", "1 + 2 * 3"},
        {"(1 + 2) * 3", "(1 + 2) * 3"},
        {"1 - 2 - 3", "1 - 2 - 3"},
        {"1 - (2 - 3)", "1 - (2 - 3)"},
        {"a / b % c", "a / b % c"},
        {"a / (b % c)", "a / (b % c)"},
        {"a-1", "a - 1"},
        {"a - -1", "a - -1"},
        {"-a * b", "-a * b"},
        {"-(a * b)", "-(a * b)"},
        {"- - a", "-(-a)"},
        {"-(5)", "-(5)"},
        {"a/*x*/-/*y*/1 -- z", "a - 1"},
    };
    for (const auto& [text, printed] : pairs) EXPECT_EQ(to_text(expr(text)), printed) << text;
}

TEST(print_expression, reads_back) {
    for (const char* text : {"a",
                             "\"A\"",
                             "\"select\"",
                             "\"json\"",
                             "f(a, 1, 'it''s')",
                             "ks.\"F\"(?, :x)",
                             "count(*)",
                             "token(a, b)",
                             "[1, -2, 3.5]",
                             "{1, 2}",
                             "{'a': 1, 'b': :v}",
                             "{}",
                             "{f: 1, \"G\": {x: 2}}",
                             "(1, 'x', NULL)",
                             "(int)5",
                             "(list<int>)([1])",
                             "(ks.\"U\")({a: 1})",
                             "cast(a as double)",
                             "a.b.c",
                             "f(a).b",
                             "m['k'][1]",
                             "m['a' .. 'b']",
                             "m[1. .. ]",
                             "m[ .. 2]",
                             "(a + b) * -c",
                             "-(-5)",
                             "-(5)",
                             "-5 - -5",
                             "0xff",
                             "1h30m",
                             "-1mo",
                             "NaN",
                             "-Infinity",
                             "true",
                             "550e8400-e29b-41d4-a716-446655440000",
                             "(5).f",
                             "(u)(a)",
                             "(u)((a.f)) - -5",
                             "(\"U\")(-1)",
                             "{(1, 2)}",
                             "(int)(-a)",
                             "(frozen<tuple<int, text>>)((1, 'x'))"}) {
        const auto once = shown(expr(text));
        EXPECT_EQ(once, text);
        EXPECT_EQ(shown(expr(once)), once);
    }
}

TEST(print_expression, as_result_columns_are_named) {
    EXPECT_EQ(to_text(expr("KS.F( A,1 , \"B\")")), "ks.f(a, 1, B)");
    EXPECT_EQ(to_text(expr("CAST(a AS int)")), "cast(a as int)");
    EXPECT_EQ(to_text(expr("m [ 1 .. 2 ]")), "m[1..2]");
    EXPECT_EQ(to_text(expr("( int )5")), "(int)5");
}

TEST(parse_type, forms) {
    for (const char* text :
         {"int", "frozen<list<int>>", "map<text, frozen<map<int, ks.u>>>",
          "tuple<int, text, 'a.b.C'>", "vector<float, 1536>", "set<\"My type\">", "\"int\"",
          "ks.\"U\"", "frozen<u>", "list<frozen<vector<int, 2>>>", "timestamp"}) {
        const auto made = parse_type(text);
        ASSERT_TRUE(made.ok()) << text << made.error().message();
        EXPECT_EQ(to_text(*made), text);
    }
    EXPECT_EQ(to_text(*parse_type(" LIST < Int > ")), "list<int>");
    for (const char* text : {"", "list<>", "list<int, int>", "map<int>", "vector<int>",
                             "vector<3, int>", "vector<int, 99999999999>", "int<int>", "frozen<5>",
                             "list<int", "list<int>>", "select", "int int", "tuple<>"}) {
        EXPECT_FALSE(parse_type(text).ok()) << text;
    }
}

}  // namespace
}  // namespace nacre::cql
