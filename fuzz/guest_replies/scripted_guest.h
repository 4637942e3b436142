#pragma once

#include "base/bytes.h"
#include "input.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// A guest that does what a script says, which is the value of its last argument, a blob: it stores
/// anything anywhere, changes what its allocator, `nacre_reserve`, `nacre_error` and `free` answer
/// from then on, calls WASI with any arguments, grows, traps, recurses, never ends, returns
/// anything. With an empty script it keeps its contract and returns the script.
/// Functions are `f(script blob)` and, as state functions, `f(state T, script blob)`; both return
/// T.
enum class guest_abi : std::uint8_t { one = 1, two = 2, three = 3 };

[[nodiscard]] schema::function_ptr scripted_function(guest_abi abi, const types::type_ptr& type,
                                                     schema::null_input on_null,
                                                     bool is_state_function);

/// A script of some well-formed steps with odd numbers in them, or any bytes.
[[nodiscard]] bytes draw_script(input& in);

}  // namespace nacre::fuzz
