#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/engine.h"

namespace nacre::query {

/// What values come with, which decides what errors say: the text of a statement, the id of a
/// prepared one, or an entry of a batch.
enum class sender : std::uint8_t { query, execute, batch };

/// Checks that there is a value for each of a statement's markers. Values that come with `names`,
/// one for each, are put in the markers' order, which may repeat them.
[[nodiscard]] status arrange_values(const std::vector<column_specification>& markers,
                                    const std::vector<std::string>& names,
                                    std::vector<bound_value>& values, sender from);

}  // namespace nacre::query
