#pragma once

#include <memory>

#include "function/language.h"
#include "function/signature.h"

namespace nacre::function {

/// A function of rows that a statement can call: built-in or user-defined. Immutable, any shard.
struct scalar_function {
    function_signature signature;
    schema::null_input on_null = schema::null_input::called;
    /// Same arguments, same result, for ever: may be folded when its arguments are constants.
    bool is_pure = false;
    bool is_native = true;
    compiled_ptr code;
    schema::function_ptr definition;  ///< null for built-ins
};
using scalar_function_ptr = std::shared_ptr<const scalar_function>;

}  // namespace nacre::function
