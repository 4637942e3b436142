#pragma once

#include <string_view>

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::cql {

/// Reads one CQL statement; a single trailing `;` is allowed. Time and memory are linear in the
/// text. Any thread; keeps nothing of `text`. Fails with error_code::syntax_error.
[[nodiscard]] result<parsed_statement> parse_statement(std::string_view text);

/// The same without the list of bind markers.
[[nodiscard]] result<statement> parse(std::string_view text);

/// Reads a type: `frozen<map<text, ks.address>>`.
[[nodiscard]] result<type_name> parse_type(std::string_view text);

/// Reads an expression, as it stands in a selector, a value or INITCOND.
[[nodiscard]] result<expression> parse_expression(std::string_view text);

}  // namespace nacre::cql
