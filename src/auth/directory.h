#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "auth/role.h"
#include "base/persistent_map.h"

namespace nacre::auth {

using roles_by_name = std::map<std::string, role_ptr, std::less<>>;

/// Every role at one moment. A value whose copies share what they have in common: a copy with one
/// role changed costs the logarithm of their number. It knows who was granted something on what, so
/// that nobody has to be searched for when that is gone.
class directory {
  public:
    [[nodiscard]] const persistent_map<std::string, role_ptr>& roles() const { return _roles; }
    /// Names in clients' certificates, and the roles that they stand for.
    [[nodiscard]] const persistent_map<std::string, std::string>& identities() const {
        return _identities;
    }

    /// Null if there is no such role.
    [[nodiscard]] role_ptr find(std::string_view name) const;
    /// The role and all that were granted to it, directly or through others; empty if there is no
    /// such role.
    [[nodiscard]] roles_by_name with_granted(std::string_view name) const;
    /// Whether the role or one that was granted to it is a superuser.
    [[nodiscard]] bool has_superuser_status(std::string_view name) const;

    /// Adds a role or replaces the one of its name.
    void put(role changed);
    /// Takes a role away, from those that it was granted to as well, with its identities; what was
    /// granted on it remains.
    void remove(const std::string& name);
    void put_identity(const std::string& identity, const std::string& role);
    void remove_identity(const std::string& identity);

    /// Takes away what anybody was granted on the resource of this name.
    void revoke_all_on(const std::string& resource);
    /// The same of a keyspace and everything in it.
    void revoke_all_in(const std::string& keyspace);

  private:
    void note_grants(const role* before, const role* after);
    void revoke_below(const std::string& prefix);

    persistent_map<std::string, role_ptr> _roles;
    persistent_map<std::string, std::string> _identities;
    /// Roles that were granted something, by the name of the resource.
    persistent_map<std::string, std::set<std::string>> _holders;
};
using directory_ptr = std::shared_ptr<const directory>;

}  // namespace nacre::auth
