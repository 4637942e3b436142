#pragma once

#include "input.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// A function of ABI 1 or 2 that keeps the contract to the letter, and its module as text. What it
/// answers depends on every byte of its arguments and on how often it was called before, but never
/// on an address. It may trap on a row. Its allocator traps when a block is freed that is not in
/// use, and overwrites what is freed.
struct plain_function {
    std::shared_ptr<schema::function_definition> declared;
    bool owns_memory = false;  ///< ABI 2
    bool is_state_function = false;
};

[[nodiscard]] plain_function draw_plain_function(input& in);

}  // namespace nacre::fuzz
