#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/engine.h"

namespace nacre::query {

/// What values come with, which decides what errors say: the text of a statement, the id of a
/// prepared one, or an entry of a batch.
enum class sender : std::uint8_t { query, execute, batch };

/// Checks that there is a value for each of the `count` markers of a statement. Values that come
/// with `names`, one for each, are put in the markers' order, which may repeat them. `markers` are
/// all, or none where nothing is known of them: in definitions.
[[nodiscard]] status arrange_values(const std::vector<column_specification>& markers,
                                    std::size_t count, const std::vector<std::string>& names,
                                    std::vector<bound_value>& values, sender from);

}  // namespace nacre::query
