#pragma once

#include <string>
#include <vector>

#include "query/engine.h"

namespace nacre::query {

/// Puts values that came with names, one for each, in the order of a statement's markers. The error
/// names a marker that has none.
[[nodiscard]] status put_in_order(const std::vector<column_specification>& markers,
                                  const std::vector<std::string>& names,
                                  std::vector<bound_value>& values);

}  // namespace nacre::query
