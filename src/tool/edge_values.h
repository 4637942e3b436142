#pragma once

#include <vector>

#include "types/type.h"

namespace nacre::tool {

/// Values at the edges of a type, serialised: least and greatest, zero, empty, long, beyond ASCII.
/// All are valid.
[[nodiscard]] std::vector<bytes> edge_values(const types::type& t);

}  // namespace nacre::tool
