#pragma once

#include <string>
#include <string_view>

namespace nacre {

/// A CQL name as text that reads back as the same name: quoted when it is not a plain lower-case
/// identifier or is a reserved word.
[[nodiscard]] std::string quote_identifier(std::string_view name);

/// Whether `word` (lower case) is reserved in CQL and so never a name unless quoted.
[[nodiscard]] bool is_reserved_word(std::string_view word);

}  // namespace nacre
