#pragma once

#include "base/result.h"
#include "data/column_vector.h"

namespace nacre::function {

/// `CAST(value AS type)`: whether CQL has a conversion (numbers into each other, everything native
/// but blobs into text, and between timestamp, date and timeuuid).
[[nodiscard]] bool can_cast(const types::type& from, const types::type& to);

/// Converts the first `rows` values of `values` into `out`, whose type says to what; nulls stay
/// null. Integers that do not fit wrap as in Java. Errors are 0x2200.
[[nodiscard]] status evaluate_cast(const data::column_vector& values, std::uint32_t rows,
                                   data::column_vector& out);

}  // namespace nacre::function
