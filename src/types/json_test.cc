#include "types/json.h"

#include <gtest/gtest.h>

#include "types/value.h"

namespace nacre::types {

namespace {

std::string parsed(std::string_view text) {
    const auto document = parse_json(text);
    return document ? to_error_text(*document) : "no JSON";
}

/// What a type makes of a document, as JSON again.
std::string through(const type_ptr& t, std::string_view text) {
    const auto document = parse_json(text);
    if (!document) return "no JSON";
    const auto value = from_json(*t, *document);
    if (!value) return value.error().message();
    return *value ? to_json(*t, bytes_view(**value)) : to_json(*t, std::nullopt);
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

TEST(json, keeps_numbers_as_they_are_written) {
    EXPECT_EQ(parsed("[0, -7, 99999999999999999999, 1e3, -0.0]"),
              "[0, -7, 99999999999999999999, 1000.0, -0.0]");
}

TEST(json, reads_the_first_value_of_a_text) {
    EXPECT_EQ(parsed(R"({"a": [true, null]} and more)"), "{a=[true, null]}");
    EXPECT_EQ(parsed(""), "no JSON");
    EXPECT_EQ(parsed("[1"), "no JSON");
    EXPECT_EQ(parsed("{'a': 1}"), "no JSON");
    EXPECT_EQ(parsed("\"\xff\""), "no JSON");
}

TEST(json, nesting_is_limited) {
    EXPECT_EQ(parsed(nested(1000)), nested(1000));
    EXPECT_EQ(parsed(nested(1001)), "no JSON");
    EXPECT_EQ(parsed(nested(1'000'000)), "no JSON");
}

TEST(json, collections_are_put_in_order) {
    const auto number = type::native(type_kind::int_);
    EXPECT_EQ(through(type::set_of(number), "[3, \"1\", 2, 1]"), "[1, 2, 3]");
    EXPECT_EQ(through(type::map_of(number, number), R"({"10": 1, "9": 2, "10": 3})"),
              R"({"9": 2, "10": 3})");
    EXPECT_EQ(through(type::list_of(number), R"("[1, \"2\"]")"), "[1, 2]");
}

TEST(json, names_with_upper_case_are_quoted_twice) {
    const auto user = type::user("ks", "u", {"plain", "Mixed"},
                                 {type::native(type_kind::text), type::native(type_kind::int_)});
    EXPECT_EQ(through(user, R"({"PLAIN": "\u0001\"", "\"Mixed\"": 1})"),
              R"({"plain": "\u0001\"", "\"Mixed\"": 1})");
    EXPECT_EQ(through(user, R"({"Mixed": 1})"),
              "Unknown field 'mixed' in value of user defined type u");
}

TEST(json, empty_values_are_empty_strings) {
    EXPECT_EQ(through(type::native(type_kind::int_), R"("")"), R"("")");
    EXPECT_EQ(through(type::native(type_kind::varint), R"("")"),
              "Value '' is not a valid representation of a varint value");
}

}  // namespace

}  // namespace nacre::types
