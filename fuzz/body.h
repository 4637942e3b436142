#pragma once

#include "base/bytes.h"
#include "input.h"
#include "schema/function.h"

/// Bodies of CREATE FUNCTION … LANGUAGE wasm as text.
namespace nacre::fuzz {

/// One of a few functions, with this body.
[[nodiscard]] schema::function_ptr declare(std::uint8_t which, std::string body);

/// The section in which a module says the function's types, as text of a module's body.
[[nodiscard]] std::string signature_section(const schema::function_definition& declared);

[[nodiscard]] std::string to_base64(bytes_view binary);

/// Base64 as another tool might write it: white space anywhere, without padding.
[[nodiscard]] std::string to_untidy_base64(bytes_view binary, std::uint8_t taste);

}  // namespace nacre::fuzz
