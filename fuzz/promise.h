#pragma once

#include <string_view>

#include "base/error.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// Ends the process, and so the fuzzer's run, unless the promise holds.
void require(bool holds, std::string_view promise, std::string_view detail);

/// What every error text must be: not empty, UTF-8, without control characters but line breaks and
/// tabs, and short enough for an error frame and for a person.
void check_text(const error& failure);

/// CREATE FUNCTION refused: 0x2200 with a good text.
void check_refusal(const error& failure);

/// A call failed: FUNCTION_FAILURE that names `whose`, with a good text.
void check_failure(const error& failure, const schema::function_definition& whose);

}  // namespace nacre::fuzz
