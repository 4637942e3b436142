#pragma once

#include "function/aggregate_function.h"
#include "function/aggregate_parts.h"

namespace nacre::function {

/// An aggregate composed of user functions, whatever their languages. The functions' types fit the
/// definition.
///
/// Nulls: rows with a null argument are skipped, and a null state stays null, for a state function
/// that returns null on null input. The other two functions are called or not by the same rule.
///
/// With a reduce function, pieces of a scan may be folded apart; each begins with the initial
/// condition, which should therefore be neutral to the reduce function. A piece without any row to
/// fold adds nothing.
///
/// Rows that follow each other in one group are folded inside of the state function's guest. Groups
/// of few rows side by side take one call for the first row of each, one for the second, and so on.
/// The final function is called once for all groups whose results are wanted together.
[[nodiscard]] aggregate_function_ptr make_user_aggregate(aggregate_parts parts);

/// What a user's aggregate is made of; null for a built-in one.
[[nodiscard]] aggregate_parts_ptr parts_of(const aggregate_function& aggregate);

}  // namespace nacre::function
