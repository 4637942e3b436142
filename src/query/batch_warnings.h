#pragma once

#include <string>
#include <vector>

#include "data/mutation.h"

namespace nacre::query {

/// What a client is warned of after a batch, in Cassandra's words and by its default thresholds:
/// one of much data over several partitions, and an unlogged one of many partitions.
[[nodiscard]] std::vector<std::string> batch_warnings(const std::vector<data::mutation>& mutations,
                                                      bool logged);

}  // namespace nacre::query
