#pragma once

#include "function/scalar_function.h"

namespace nacre::function {

/// The rows of `rows` without a null argument. `kept` holds them if they are not all.
[[nodiscard]] std::span<const std::uint32_t> without_nulls(
    std::span<const data::column_vector* const> arguments, std::span<const std::uint32_t> rows,
    data::selection& kept);

/// Calls `callee`, an instance of `function`, for the rows of the batch as the function's
/// declaration wants it: one that returns null on null input is not called for rows with a null
/// argument, whose results are null.
[[nodiscard]] runtime::task<status> call_by_null_rule(const scalar_function& function,
                                                      instance& callee, call_batch batch);

}  // namespace nacre::function
