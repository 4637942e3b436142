#include "catalog/constant.h"

#include <gtest/gtest.h>

#include "catalog/resolve_type.h"
#include "cql/parse.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

schema::by_name<types::type_ptr> user_types() {
    const auto native = [](types::type_kind kind) { return types::type::native(kind); };
    return {{"simple",
             types::type::user("ks", "simple", {"xx", "y"},
                               {native(types::type_kind::int_), native(types::type_kind::text)})}};
}

types::type_ptr type_named(std::string_view text) {
    return resolve_type(*cql::parse_type(text), "ks", user_types()).value();
}

/// The value as a literal again, or the error's text.
std::string evaluated(std::string_view text, std::string_view type_text) {
    const auto parsed = cql::parse_expression(text);
    if (!parsed) return "does not parse: " + parsed.error().message();
    const auto type = type_named(type_text);
    const auto value = constant_value(*parsed, type, "c");
    if (!value) return value.error().message();
    if (!*value) return "null";
    EXPECT_TRUE(types::validate(*type, **value).ok()) << text;
    return types::to_cql_literal(*type, **value);
}

TEST(constant, values_read_back) {
    EXPECT_EQ(evaluated("-42", "int"), "-42");
    EXPECT_EQ(evaluated("5", "double"), "5.0");
    EXPECT_EQ(evaluated("-Infinity", "double"), "-Infinity");
    EXPECT_EQ(evaluated("1e10", "double"), "1.0E10");
    EXPECT_EQ(evaluated("'it''s'", "text"), "'it''s'");
    EXPECT_EQ(evaluated("$$a'b$$", "text"), "'a''b'");
    EXPECT_EQ(evaluated("''", "text"), "''");
    EXPECT_EQ(evaluated("0xCAFE", "blob"), "0xcafe");
    EXPECT_EQ(evaluated("0x", "blob"), "0x");
    EXPECT_EQ(evaluated("true", "boolean"), "true");
    EXPECT_EQ(evaluated("null", "int"), "null");
    EXPECT_EQ(evaluated("12345", "timestamp"), "'1970-01-01T00:00:12.345Z'");
    EXPECT_EQ(evaluated("12345678-1234-1234-1234-123456789012", "uuid"),
              "12345678-1234-1234-1234-123456789012");
    EXPECT_EQ(evaluated("(bigint) 5", "bigint"), "5");
    EXPECT_EQ(evaluated("(0, 0)", "tuple<bigint, bigint>"), "(0, 0)");
}

TEST(constant, collections_are_sorted_and_distinct) {
    EXPECT_EQ(evaluated("[3, 1, 3]", "list<int>"), "[3, 1, 3]");
    EXPECT_EQ(evaluated("{3, 1, 2, 2, -5}", "set<int>"), "{-5, 1, 2, 3}");
    EXPECT_EQ(evaluated("{}", "set<int>"), "{}");
    EXPECT_EQ(evaluated("{}", "map<text, int>"), "{}");
    EXPECT_EQ(evaluated("{'b': 1, 'a': 2, 'b': 3}", "map<text, int>"), "{'a': 2, 'b': 3}");
    EXPECT_EQ(evaluated("[1, 2.5]", "vector<float, 2>"), "[1.0, 2.5]");
    EXPECT_EQ(evaluated("['a', 'bc']", "vector<text, 2>"), "['a', 'bc']");
    EXPECT_EQ(evaluated("{y: 'q', xx: 4}", "frozen<simple>"), "{xx: 4, y: 'q'}");
    EXPECT_EQ(evaluated("{y: 'q'}", "simple"), "{xx: null, y: 'q'}");
    EXPECT_EQ(
        evaluated("{'k': ({1, 2}, [{xx: 1}])}", "map<text, frozen<tuple<set<int>, list<simple>>>>"),
        "{'k': ({1, 2}, [{xx: 1, y: null}])}");
}

TEST(constant, refusals_have_cassandras_words) {
    const auto refused = [](std::string_view text, std::string_view type,
                            std::string_view message) {
        EXPECT_EQ(evaluated(text, type), message) << text;
    };
    refused("1", "text", "Invalid INTEGER constant (1) for \"c\" of type text");
    refused("'x'", "int", "Invalid STRING constant (x) for \"c\" of type int");
    refused("1.5", "int", "Invalid FLOAT constant (1.5) for \"c\" of type int");
    refused("true", "int", "Invalid BOOLEAN constant (true) for \"c\" of type int");
    refused("0xff", "int", "Invalid HEX constant (0xff) for \"c\" of type int");
    refused("1h", "int", "Invalid DURATION constant (1h) for \"c\" of type int");
    refused("12345678-1234-1234-1234-123456789012", "int",
            "Invalid UUID constant (12345678-1234-1234-1234-123456789012) for \"c\" of type int");
    refused("5", "simple", "Invalid INTEGER constant (5) for \"c\" of type simple");
    refused("99999999999", "int", "Unable to make int from '99999999999'");
    refused("0xcaf", "blob", "cannot parse 'caf' as hex bytes");
    refused("(1, 2)", "int", "Invalid tuple type literal for c of type int");
    refused("[1]", "set<int>",
            "Unexpected receiver type 'set<int>'; only list and vector are expected");
    refused("{1}", "list<int>", "Invalid set literal for c of type list<int>");
    refused("{'x': 1}", "simple", "Invalid map literal for c of type simple");
    refused("{a: 1}", "map<text, int>", "Invalid user type literal for c of type map<text, int>");
    refused("(1, 'x')", "tuple<int, bigint>",
            "Invalid tuple literal for c: component 1 is not of type bigint");
    refused(
        "(1, 2, 3)", "tuple<int, int>",
        "Invalid tuple literal for c: too many elements. Type frozen<tuple<int, int>> expects 2 "
        "but got 3");
    refused("{'a': 'b'}", "map<text, int>",
            "Invalid map literal for c: value 'b' is not of type int");
    refused("{1: 1}", "map<text, int>", "Invalid map literal for c: key 1 is not of type text");
    refused("{'a': null}", "map<text, int>", "null is not supported inside collections");
    refused("[null]", "list<int>", "null is not supported inside collections");
    refused("{'a'}", "set<int>", "Invalid set literal for c: value 'a' is not of type int");
    refused("[1]", "vector<float, 2>",
            "Invalid vector literal for c of type vector<float, 2>; expected 2 elements, but given "
            "1");
    refused("['a', 2]", "vector<int, 2>",
            "Invalid vector literal for c: value 'a' is not of type int");
    refused("[null, 2]", "vector<int, 2>", "null is not supported inside vectors");
    refused("{nope: 4}", "simple", "Unknown field 'nope' in value of user defined type simple");
    refused("{xx: 'a'}", "simple", "Invalid user type literal for c: field xx is not of type int");
    refused("(int) 5", "bigint", "Cannot assign value (int)5 to c of type bigint");
    refused("(int) 'a'", "int", "Cannot cast value 'a' to type int");
}

TEST(constant, knows_what_is_constant) {
    const auto constant = [](std::string_view text) {
        return is_constant(*cql::parse_expression(text));
    };
    EXPECT_TRUE(constant("{'a': [1, (2, {b: 0x00})]}"));
    EXPECT_TRUE(constant("(text) 'a'"));
    EXPECT_FALSE(constant("f(1)"));
    EXPECT_FALSE(constant("[1, f(2)]"));
    EXPECT_FALSE(constant("?"));
    EXPECT_FALSE(constant("a"));
    EXPECT_FALSE(constant("1 + 2"));
}

TEST(constant, fits_weakly_unless_hinted) {
    const auto fits = [](std::string_view text, std::string_view type) {
        return constant_fit(*cql::parse_expression(text), *type_named(type));
    };
    EXPECT_EQ(fits("1", "int"), function::fit::weak);
    EXPECT_EQ(fits("1", "text"), function::fit::none);
    EXPECT_EQ(fits("null", "text"), function::fit::weak);
    EXPECT_EQ(fits("(int) 1", "int"), function::fit::exact);
    EXPECT_EQ(fits("(ascii) 'a'", "text"), function::fit::weak);
    EXPECT_EQ(fits("[1, 'a']", "list<int>"), function::fit::none);
}

TEST(resolve_type, freezes_what_is_inside_frozen) {
    const auto shown = [](std::string_view text) { return type_named(text)->to_cql(); };
    EXPECT_EQ(shown("frozen<list<list<int>>>"), "frozen<list<frozen<list<int>>>>");
    EXPECT_EQ(shown("tuple<list<int>, set<text>>"),
              "frozen<tuple<frozen<list<int>>, frozen<set<text>>>>");
    EXPECT_EQ(shown("list<frozen<simple>>"), "list<frozen<simple>>");
    EXPECT_EQ(shown("simple"), "simple");
    EXPECT_EQ(shown("vector<float, 3>"), "vector<float, 3>");
    EXPECT_EQ(shown("varchar"), "text");
    EXPECT_EQ(shown("'org.apache.cassandra.db.marshal.Int32Type'"), "int");
    EXPECT_EQ(described_function_type(type_named("tuple<int, simple>")),
              "tuple<int, frozen<simple>>");
    EXPECT_EQ(function_type_text(types::type::freeze(type_named("map<text, frozen<simple>>"))),
              "map<text, frozen<simple>>");
    EXPECT_FALSE(resolve_type(*cql::parse_type("frozen<int>"), "ks", user_types()).ok());
    EXPECT_FALSE(resolve_type(*cql::parse_type("\"int\""), "ks", user_types()).ok());
}

}  // namespace

}  // namespace nacre::catalog
