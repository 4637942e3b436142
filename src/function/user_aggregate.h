#pragma once

#include "function/aggregate_function.h"
#include "function/scalar_function.h"

namespace nacre::function {

/// An aggregate composed of user functions, whatever their languages: `state_function` folds rows
/// into the state, `reduce_function` (may be null) merges two states, `final_function` (may be
/// null) turns the last state into the result. The functions' types fit the definition.
///
/// Nulls: rows with a null argument are skipped, and a null state stays null, for a state function
/// that returns null on null input. The other two functions are called or not by the same rule.
///
/// With a reduce function, pieces of a scan may be folded apart; each begins with the initial
/// condition, which should therefore be neutral to the reduce function. A piece without any row to
/// fold adds nothing.
[[nodiscard]] aggregate_function_ptr make_user_aggregate(schema::aggregate_ptr definition,
                                                         scalar_function_ptr state_function,
                                                         scalar_function_ptr reduce_function,
                                                         scalar_function_ptr final_function);

}  // namespace nacre::function
