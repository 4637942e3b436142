#pragma once

#include <string_view>

#include "base/error.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// Ends the process, and so the fuzzer's run, unless the promise holds.
void require(bool holds, std::string_view promise, std::string_view detail);

/// Says on stderr what became of an input, if NACRE_FUZZ_TELL is in the environment.
void tell(std::string_view what);

/// What every error text must be: not empty, UTF-8, and short enough for an error frame and for a
/// person.
void check_text(const error& failure);

/// CREATE FUNCTION refused: 0x2200 with a good text, whose only control characters are line breaks
/// and tabs.
void check_refusal(const error& failure);

/// A call failed: FUNCTION_FAILURE that names `whose`, with a good text.
void check_failure(const error& failure, const schema::function_definition& whose);

}  // namespace nacre::fuzz
