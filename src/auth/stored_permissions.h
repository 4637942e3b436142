#pragma once

#include "auth/permission.h"
#include "base/bytes.h"
#include "base/result.h"

namespace nacre::auth {

/// Permissions as `role_permissions.permissions` holds them: a set of their names, set<text>.
[[nodiscard]] bytes to_stored(permission_set permissions);
/// None of an empty value. Names that are not known are passed over. The error: it is no set of
/// texts.
[[nodiscard]] result<permission_set> permissions_in(bytes_view stored);

}  // namespace nacre::auth
