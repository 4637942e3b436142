#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "schema/function.h"

namespace nacre::udf::script {

/// Whether the guest takes pains about the syntax errors that its author expects, or trusts that
/// this has been done.
enum class body_check : std::uint8_t { trusted, thorough };

/// What a guest's nacre_load takes (layout: guests/README.md).
[[nodiscard]] bytes describe_function(const schema::function_definition& definition,
                                      body_check check);

}  // namespace nacre::udf::script
