#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace nacre::cql {

/// The grammar's token number of a word in lower case that has a meaning of its own; reserved or
/// not, which is the grammar's to know.
[[nodiscard]] std::optional<int> find_keyword(std::string_view word);

/// Every such word, sorted.
[[nodiscard]] std::vector<std::string_view> keyword_list();

/// A type of the language itself, such as `int`; not the collections.
[[nodiscard]] bool is_native_type(std::string_view word);

}  // namespace nacre::cql
