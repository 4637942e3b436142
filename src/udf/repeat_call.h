#pragma once

#include "function/language.h"
#include "udf/captured_call.h"

namespace nacre::udf {

/// Makes a captured call again with `code`, a fresh compilation of its function: the results of its
/// first `rows` rows (at most call.rows), or of a fold the state, as the only row. On the shard
/// that runs the guest; `code` and `call` outlive it.
[[nodiscard]] runtime::task<result<data::column_vector>> repeat_call(const function::compiled& code,
                                                                     const captured_call& call,
                                                                     std::uint32_t rows);

}  // namespace nacre::udf
