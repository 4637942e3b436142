#pragma once

#include "base/result.h"
#include "data/column_vector.h"

namespace nacre::function {

/// Whether CAST(… AS …) converts between these types: any number to any other, times among each
/// other, and every native type to text or ascii.
[[nodiscard]] bool can_cast(const types::type& from, const types::type& to);

/// Appends the first `rows` values of `from`, converted, to `out`, whose type is the target. Null
/// (and empty) stays null.
[[nodiscard]] status evaluate_cast(const data::column_vector& from, std::uint32_t rows,
                                   data::column_vector& out);

}  // namespace nacre::function
