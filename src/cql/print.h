#pragma once

#include <string>

#include "cql/ast.h"

namespace nacre::cql {

/// The text of an expression as Cassandra names result columns: `ks.f(a, 1)`, `cast(a as int)`,
/// `m['k']`, `a + 1`; names are not quoted, a function has a keyspace only if one was written.
/// With `quoted_names` the text reads back as the same expression. Errors quote names as well, but
/// show strings as they are.
enum class naming : unsigned char { as_column, in_error, quoted_names };
[[nodiscard]] std::string to_text(const expression& value, naming names = naming::as_column);

/// A type as DESCRIBE prints it: `frozen<map<text, int>>`; names quoted where they must be.
[[nodiscard]] std::string to_text(const type_name& type);

/// `'it''s'`
[[nodiscard]] std::string quote_string(std::string_view text);

}  // namespace nacre::cql
