#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "auth/permission.h"
#include "base/persistent_map.h"

namespace nacre::auth {

/// A role as it is stored, with what it has been granted itself. Immutable.
struct role {
    std::string name;
    bool can_login = false;
    bool is_superuser = false;
    /// bcrypt's ("$2a$10$…"); empty: no password.
    std::string salted_hash;
    /// Roles that were granted to it.
    std::set<std::string, std::less<>> member_of;
    /// Permissions by the name of the resource.
    persistent_map<std::string, permission_set> grants;
    /// OPTIONS, by name.
    std::map<std::string, std::string> options;

    bool operator==(const role&) const = default;
};
using role_ptr = std::shared_ptr<const role>;

}  // namespace nacre::auth
