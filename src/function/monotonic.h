#pragma once

#include <cstddef>

#include "function/scalar_function.h"

namespace nacre::function {

/// Whether the function's result only grows, or only falls, as its argument at this position grows
/// and the others stay, so that rows in the argument's order have equal results side by side: some
/// built-ins of time, and users' functions that are declared MONOTONIC.
[[nodiscard]] bool is_monotonic(const scalar_function& function, std::size_t argument);

}  // namespace nacre::function
