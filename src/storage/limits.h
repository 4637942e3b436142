#pragma once

#include <chrono>
#include <cstdint>

namespace nacre::storage {

/// How long a cursor works before it lets the shard's loop turn.
inline constexpr std::chrono::microseconds scan_slice_max{250};

}  // namespace nacre::storage
