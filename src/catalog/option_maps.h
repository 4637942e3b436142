#pragma once

#include <map>
#include <string>

#include "base/result.h"

/// The options of a table that are maps: what each may hold, and its form in system_schema.tables.
/// Nothing here changes how rows are stored. Errors have Cassandra's words and code (0x2300).
namespace nacre::catalog {

using option_entries = std::map<std::string, std::string>;

[[nodiscard]] result<option_entries> canonical_compaction(option_entries given);
[[nodiscard]] result<option_entries> canonical_compression(option_entries given);
[[nodiscard]] result<option_entries> canonical_caching(option_entries given);

}  // namespace nacre::catalog
