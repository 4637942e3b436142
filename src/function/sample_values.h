#pragma once

#include <vector>

#include "types/type.h"

namespace nacre::function {

/// Some different values of a type, serialised, small and usual ones first; always the same. At
/// least one, and for most types four.
[[nodiscard]] std::vector<bytes> sample_values(const types::type& t);

}  // namespace nacre::function
