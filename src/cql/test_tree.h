#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cql/parse.h"
#include "cql/print.h"

namespace nacre::cql::test {

/// The statement of a text that must parse as a `Statement`; fails the test and gives an empty one
/// otherwise.
template <typename Statement>
Statement parse_as(std::string_view text) {
    auto made = parse(text);
    if (!made.ok()) {
        ADD_FAILURE() << text << "\n" << made.error().message();
        return {};
    }
    auto* found = std::get_if<Statement>(&*made);
    if (found == nullptr) {
        ADD_FAILURE() << text << "\nis another statement, of index " << made->index();
        return {};
    }
    return std::move(*found);
}

/// An expression printed so that it reads back.
inline std::string shown(const expression& value) {
    return to_text(value, naming::quoted_names);
}
inline std::string shown(const std::optional<expression>& value) {
    return value ? shown(*value) : "-";
}

/// The message for a text that must not parse.
inline std::string failure_of(std::string_view text) {
    const auto made = parse(text);
    if (made.ok()) return "parsed";
    EXPECT_EQ(made.error().code(), error_code::syntax_error);
    return made.error().message();
}

}  // namespace nacre::cql::test
