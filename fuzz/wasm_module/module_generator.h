#pragma once

#include "base/bytes.h"
#include "input.h"
#include "schema/function.h"

namespace nacre::fuzz {

/// A declaration of a function `f` and a binary module for it: as a rule one that CREATE FUNCTION
/// takes, with code that does anything; now and then with something missing, wrong or broken.
[[nodiscard]] std::shared_ptr<schema::function_definition> draw_function(input& in);

}  // namespace nacre::fuzz
