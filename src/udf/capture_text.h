#pragma once

#include <string>

#include "udf/captured_call.h"

/// Captured calls for an operator's terminal: UTF-8 without control characters but tabs and line
/// ends, whatever the capture has in it.
namespace nacre::udf {

/// The function, the batch and what is to be known about them; some lines.
[[nodiscard]] std::string describe(const captured_call& call);

/// How the call ended, in one line (the guest's message may have more).
[[nodiscard]] std::string describe(const captured_outcome& outcome);

/// The first results, each with its arguments; of a fold, the state that came of it. `results` are
/// of this call or of its repetition: at most call.rows of them, of a fold one.
[[nodiscard]] std::string describe_results(const captured_call& call,
                                           const data::column_vector& results);

}  // namespace nacre::udf
