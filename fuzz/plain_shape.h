#pragma once

#include "schema/function.h"
#include "wasm_code.h"

namespace nacre::fuzz {

/// Whether a value of the type crosses as the size and address of its bytes in ABI 1 and 2. What
/// the published contract says, written down apart from the server's own code.
[[nodiscard]] bool is_sized(const types::type& type, schema::null_input on_null);

/// The type of the WebAssembly function behind a declaration.
[[nodiscard]] function_type plain_shape(const schema::function_definition& declared);

}  // namespace nacre::fuzz
