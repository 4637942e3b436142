#pragma once

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::auth {

/// Of CREATE and ALTER ROLE: whether what they say of the password can be done.
[[nodiscard]] status check_password_options(const cql::role_options& options);

/// Whether OPTIONS has only what there is, with values that it may have.
[[nodiscard]] status check_role_options(const cql::option_map& options);

}  // namespace nacre::auth
