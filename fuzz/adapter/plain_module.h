#pragma once

#include <optional>

#include "adapter/batch_loop.h"
#include "input.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// A function of ABI 1, 2 or 3 that keeps the contract to the letter, and its module as text. A
/// module of ABI 3 has what a host of ABI 2 needs as well. What it
/// answers depends on every byte of its arguments and on how often it was called before, but never
/// on an address. It may trap on a row. Its allocator traps when a block is freed that is not in
/// use, and overwrites what is freed.
struct plain_function {
    std::shared_ptr<schema::function_definition> declared;
    bool owns_memory = false;            ///< ABI 2 and 3
    std::optional<batch_style> batches;  ///< ABI 3
    bool is_state_function = false;
};

[[nodiscard]] plain_function draw_plain_function(input& in);

}  // namespace nacre::fuzz
