#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "schema/function.h"

namespace nacre::udf::lua {

/// Whether the guest compiles the body as a chunk of its own, for the syntax errors that its author
/// expects, or trusts that this has been done.
enum class body_check : std::uint8_t { trusted, thorough };

/// What the guest's nacre_lua_load takes (layout: guests/lua/README.md).
[[nodiscard]] bytes describe_function(const schema::function_definition& definition,
                                      body_check check);

/// Sets the seed of math.random in a descriptor.
void set_random_seed(bytes& descriptor, std::uint64_t seed);

}  // namespace nacre::udf::lua
