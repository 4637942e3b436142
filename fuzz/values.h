#pragma once

#include "data/column_vector.h"
#include "input.h"
#include "types/type.h"

/// Random types, values and columns, decoded from the fuzzer's bytes.
namespace nacre::fuzz {

/// A type, frozen at every level, as functions take it; compounds nest up to `depth` deep.
[[nodiscard]] types::type_ptr draw_type(input& in, unsigned depth = 2);

/// A valid value in the form in which the server itself writes it: not empty unless the type has
/// texts or bytes of no length, sets and maps in order and distinct, no empty or null elements.
[[nodiscard]] bytes draw_value(input& in, const types::type& type);

/// Such values, nulls and (of natively kept types that have them) empty values.
[[nodiscard]] data::column_vector draw_column(input& in, const types::type_ptr& type,
                                              std::uint32_t rows);

/// Whether the type has empty values.
[[nodiscard]] bool may_be_empty(const types::type& type);

/// Some of the rows, ascending; all of them as a rule.
[[nodiscard]] std::vector<std::uint32_t> draw_selection(input& in, std::uint32_t rows);

}  // namespace nacre::fuzz
