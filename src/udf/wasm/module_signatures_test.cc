#include "udf/wasm/module_signatures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "udf/wasm/custom_section.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::ElementsAre;
using testing::HasSubstr;
using types::type;
using types::type_kind;

std::string refusal(bytes_view section) {
    const auto parsed = parse_signatures(section);
    if (parsed.ok()) return "accepted";
    EXPECT_EQ(parsed.error().code(), error_code::invalid);
    return parsed.error().message();
}

TEST(module_signatures, reads_a_line_for_each_function) {
    const auto parsed = parse_signatures(
        "abi 3\n"
        "fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\n"
        "\r\n"
        "  Mixed ( \"the key\" frozen< map<varchar,list<frozen<address>>> > , v VECTOR<float,3>)\t"
        "called on null input returns \"Pair\"\r\n"
        "now() CALLED ON NULL INPUT RETURNS tuple<int, text>");
    ASSERT_TRUE(parsed.ok()) << parsed.error().message();
    EXPECT_EQ(parsed->abi, 3u);
    ASSERT_EQ(parsed->functions.size(), 3u);
    const auto& fib = parsed->functions.at("fib");
    EXPECT_THAT(fib.argument_types, ElementsAre("bigint"));
    EXPECT_EQ(fib.return_type, "bigint");
    EXPECT_EQ(fib.on_null, null_input::returns_null);
    EXPECT_TRUE(fib.is_deterministic);
    const auto& mixed = parsed->functions.at("Mixed");
    EXPECT_THAT(mixed.argument_types, ElementsAre("map<text, list<address>>", "vector<float, 3>"));
    EXPECT_EQ(mixed.return_type, "\"Pair\"");
    EXPECT_EQ(mixed.on_null, null_input::called);
    EXPECT_FALSE(mixed.is_deterministic);
    EXPECT_THAT(parsed->functions.at("now").argument_types, ElementsAre());
}

TEST(module_signatures, every_type_reads_back) {
    std::vector<types::type_ptr> all;
    for (int kind = 0; kind < static_cast<int>(type_kind::list); ++kind) {
        all.push_back(type::native(static_cast<type_kind>(kind)));
    }
    all.push_back(type::list_of(all[0], true));
    all.push_back(type::set_of(type::map_of(all[1], type::tuple_of({all[2], all[3]})), true));
    all.push_back(type::vector_of(all[4], 12));
    all.push_back(type::user("ks", "Odd \"name\"", {"a"}, {all[0]}, true));
    all.push_back(type::user("ks", "select", {"a"}, {all[0]}, true));
    for (const auto& t : all) {
        const auto parsed = parse_signatures(
            fmt::format("f(a {}) CALLED ON NULL INPUT RETURNS {}", t->to_cql(), t->to_cql()));
        ASSERT_TRUE(parsed.ok()) << parsed.error().message();
        schema::function_definition definition;
        definition.name = "f";
        definition.argument_types = {t};
        definition.return_type = t;
        EXPECT_TRUE(check_promise(parsed->functions.at("f"), definition).ok()) << t->to_cql();
    }
}

TEST(module_signatures, says_what_is_wrong_in_which_line) {
    constexpr std::string_view good = "f(a int) CALLED ON NULL INPUT RETURNS int";
    EXPECT_EQ(refusal("\n g int"),
              "The module's section nacre.functions can't be read: `(` is expected in line 2, "
              "` g int`");
    EXPECT_THAT(refusal("f(int) CALLED"), HasSubstr("a type is expected"));
    EXPECT_THAT(refusal("f(a int,) CALLED"), HasSubstr("the name of an argument is expected"));
    EXPECT_THAT(refusal("f(a int"), HasSubstr("`)` is expected"));
    EXPECT_THAT(refusal("f(a list<int) X"), HasSubstr("`>` is expected"));
    EXPECT_THAT(refusal("f(a map<int>) X"), HasSubstr("`,` is expected"));
    EXPECT_THAT(refusal("f(a vector<int, x>) X"), HasSubstr("the number of dimensions"));
    EXPECT_THAT(refusal("f(a \"x) X"), HasSubstr("a quoted name has no end"));
    EXPECT_THAT(refusal("f(a int) RETURNS int"), HasSubstr("NULL is expected"));
    EXPECT_THAT(refusal("f(a int) DETERMINISTIC"), HasSubstr("CALLED ON NULL INPUT or"));
    EXPECT_THAT(refusal(fmt::format("{} deterministic x", good)),
                HasSubstr("the end of the line is expected"));
    EXPECT_THAT(refusal(fmt::format("{}\n{}", good, good)),
                HasSubstr("the function has a line already in line 2"));
    EXPECT_THAT(refusal("f\xff"), HasSubstr("is not UTF-8 text"));
    EXPECT_THAT(refusal(bytes("f(a int)\0", 9)), HasSubstr("CALLED ON NULL INPUT or"));
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "list<";
    const auto said = refusal("f(a " + deep);
    EXPECT_THAT(said, HasSubstr("nested too deeply"));
    EXPECT_LT(said.size(), 400u);
}

TEST(module_signatures, lines_of_a_later_version_are_not_read) {
    const auto parsed = parse_signatures("f[a int] -> something new\nabi 4\nabi 3\n");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->abi, 4u);
    EXPECT_TRUE(parsed->functions.empty());
}

TEST(module_signatures, a_declaration_that_does_not_fit_is_told_with_both) {
    const auto parsed =
        parse_signatures("f(a bigint, b text) RETURNS NULL ON NULL INPUT RETURNS list<int>\n");
    ASSERT_TRUE(parsed.ok());
    const auto& promise = parsed->functions.at("f");
    schema::function_definition definition;
    definition.name = "Other";
    definition.options["export"] = "f";
    definition.argument_types = {type::native(type_kind::bigint), type::native(type_kind::text)};
    definition.return_type = type::list_of(type::native(type_kind::int_), true);
    definition.on_null = null_input::returns_null;
    EXPECT_TRUE(check_promise(promise, definition).ok());

    auto changed = definition;
    changed.argument_types.pop_back();
    EXPECT_EQ(check_promise(promise, changed).error().message(),
              "The declaration does not fit the module: it declares f(bigint) RETURNS NULL ON NULL "
              "INPUT RETURNS list<int>, the module has f(bigint, text) RETURNS NULL ON NULL INPUT "
              "RETURNS list<int>");
    changed = definition;
    changed.return_type = type::set_of(type::native(type_kind::int_), true);
    EXPECT_THAT(check_promise(promise, changed).error().message(), HasSubstr("RETURNS set<int>,"));
    changed = definition;
    changed.on_null = null_input::called;
    EXPECT_THAT(check_promise(promise, changed).error().message(), HasSubstr("CALLED ON NULL"));
    changed = definition;
    changed.is_deterministic = true;
    EXPECT_THAT(check_promise(promise, changed).error().message(), HasSubstr("DETERMINISTIC, the"));
    auto promises_more = promise;
    promises_more.is_deterministic = true;
    EXPECT_TRUE(check_promise(promises_more, definition).ok());
}

// ---- Where the section comes from ---------------------------------------------------------------

TEST(custom_section, of_a_text_is_an_annotation) {
    const auto of = [](std::string_view text) { return custom_section(text, "a.b"); };
    EXPECT_EQ(of("(module (memory 1))"), std::nullopt);
    EXPECT_EQ(of(R"((module (@custom "a.b" "one\n" "two")))"), "one\ntwo");
    EXPECT_EQ(of(R"((@custom "a.b" (after func) "\41\t\"\'\\\u{e9}\u{1F600}\u{20ac}") (memory 1))"),
              "A\t\"'\\\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac");
    EXPECT_EQ(of(R"((module (@custom "x" "no") (@custom "a.b" "1") (@custom "a.b" "2")))"), "12");
    EXPECT_EQ(of(R"((module (@custom "a.b")))"), "");
    // Not annotations: strings, comments, and what only begins alike.
    EXPECT_EQ(of(R"text((module (data "(@custom \"a.b\" \"no\")")))text"), std::nullopt);
    EXPECT_EQ(of("(module (; (; ;) (@custom \"a.b\" \"no\") ;) ;; (@custom \"a.b\" \"no\")\n)"),
              std::nullopt);
    EXPECT_EQ(of(R"((module (@customer "a.b" "no")))"), std::nullopt);
    EXPECT_EQ(of(R"((module (@customer (@custom "a.b" "no"))))"), std::nullopt);
    EXPECT_EQ(of(R"((module (func (@custom "a.b" "no"))))"), std::nullopt);
    EXPECT_EQ(of("( @custom \"a.b\" \"blanks\")"), "blanks");
    EXPECT_EQ(of("(module (;;) (\n;; c\n(; (; ;) ;)@custom(; ;)\"a.b\" \"comments\"))"),
              "comments");
}

TEST(custom_section, of_a_binary_is_the_sections_together) {
    const bytes head("\0asm\1\0\0\0", 8);
    const auto section = [](bytes_view name, bytes_view contents) {
        bytes body(1, static_cast<char>(name.size()));
        body += name;
        body += contents;
        bytes whole(1, '\0');
        whole += static_cast<char>(0x80 | (body.size() & 0x7f));  // two bytes where one would do
        whole += static_cast<char>(body.size() >> 7);
        return whole + body;
    };
    const bytes types("\1\4\1\x60\0\0", 6);
    EXPECT_EQ(custom_section(head + types, "a.b"), std::nullopt);
    EXPECT_EQ(custom_section(head + section("a.b", std::string(200, 'x')) + types +
                                 section("c", "no") + section("a.b", "yz"),
                             "a.b"),
              std::string(200, 'x') + "yz");
    // Cut anywhere, it is not read beyond its end.
    const auto whole = head + types + section("a.b", "xyz");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(custom_section(whole.substr(0, size), "a.b"), std::nullopt) << size;
    }
}

}  // namespace
}  // namespace nacre::udf::wasm
