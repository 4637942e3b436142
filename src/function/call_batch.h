#pragma once

#include <span>
#include <vector>

#include "data/column_vector.h"
#include "data/row_batch.h"

namespace nacre::function {

/// One batch of calls to a scalar function. Owned by the caller, valid until the call's task ends.
///
/// `arguments[i]` are columns of the function's argument types (all of the same size, at least the
/// highest selected row + 1). `rows` are the rows to call for; if the function returns null on null
/// input, rows with a null argument are already gone from it, and their results are nulls that the
/// caller provides. The callee appends exactly rows.size() values to `result`, in order.
struct call_batch {
    std::span<const data::column_vector* const> arguments;
    std::span<const std::uint32_t> rows;
    data::column_vector& result;
};

/// One batch folded into an aggregate's state: for each selected row, in order,
/// state = f(state, arguments...). Rows with a null argument are already gone from `rows` where the
/// state function returns null on null input. The state itself stays with the instance.
struct fold_batch {
    std::span<const data::column_vector* const> arguments;
    std::span<const std::uint32_t> rows;
};

}  // namespace nacre::function
