#pragma once

#include <vector>

#include "base/bytes.h"
#include "data/column_vector.h"
#include "function/language.h"

/// Statements with functions that promise nothing.
namespace nacre::fuzz {

/// Calls the function for the rows. It ends with as many valid values, or with a failure that names
/// the function. Says whether it did not fail.
bool check_call(const function::compiled& code, const schema::function_definition& declared,
                const std::vector<data::column_vector>& columns,
                std::span<const std::uint32_t> rows);

/// Folds the rows into the state: it ends with a valid state, or a failure that names the function.
bool check_fold(const function::compiled& code, const schema::function_definition& declared,
                const optional_bytes& state, const std::vector<data::column_vector>& columns,
                std::span<const std::uint32_t> rows, std::size_t step);

}  // namespace nacre::fuzz
