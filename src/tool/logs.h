#pragma once

#include "tool/inventory.h"

namespace nacre::tool {

/// Prints what functions wrote, oldest lines first; then, if `follows`, whatever comes, until the
/// program is interrupted or the server is gone. With is_json an object on a line for each.
[[nodiscard]] exit_status show_logs(const inventory_request& request, bool follows);

}  // namespace nacre::tool
