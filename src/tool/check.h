#pragma once

#include <optional>

#include "tool/exit_status.h"
#include "tool/laboratory.h"
#include "tool/package.h"

namespace nacre::tool {

/// Tries every statement that would create the package, and tells on stdout what a server would
/// answer to each; goes on after one that is refused. The server is this program.
[[nodiscard]] exit_status check(const package& what, const sandbox_parts& parts, bool is_json);

/// The first refusal among them, if there is one.
[[nodiscard]] std::optional<error> find_refusal(const package& what, const sandbox_parts& parts);

}  // namespace nacre::tool
