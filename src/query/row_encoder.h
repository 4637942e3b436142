#pragma once

#include <vector>

#include "base/result.h"
#include "query/expression.h"

namespace nacre::query {

/// Evaluates the selectors over a batch and appends its rows to `content`, each cell as the
/// protocol's [bytes]. All rows of the batch are wanted.
[[nodiscard]] runtime::task<status> encode_rows(const std::vector<expression_ptr>& selectors,
                                                evaluation& state, const data::row_batch& batch,
                                                bytes& content);

/// Appends the rows to a batch of the same columns (or none yet); positions and where partitions
/// start are lost.
void append_rows(const data::row_batch& from, data::row_batch& to);

/// The selected rows of a batch as a batch of their own.
[[nodiscard]] data::row_batch compact(const data::row_batch& batch, const data::selection& rows);

}  // namespace nacre::query
