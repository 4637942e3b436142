#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/directory.h"
#include "auth/permission.h"
#include "auth/resource.h"
#include "base/result.h"
#include "runtime/account.h"

namespace nacre::auth {

/// Who a request is made for, and what they may do at one moment. A request keeps the one with
/// which it began; one shard's, since it remembers what it was asked. A role that has been dropped
/// meanwhile may do nothing.
class principal {
  public:
    /// Whether permissions are looked at: the authorizer's choice. `own`: only those on functions
    /// and system tables, since the store judges those on the clients' data itself.
    enum class checks : std::uint8_t { none, permissions, own };

    /// A client that did not have to log in.
    principal(directory_ptr known, checks what);
    /// A client that logged in as this role.
    principal(std::string role, directory_ptr known, checks what, runtime::account_ptr account);

    /// The role's name; "anonymous" without a login.
    [[nodiscard]] const std::string& name() const { return _name; }
    [[nodiscard]] bool is_anonymous() const { return _account == nullptr; }
    /// By itself or by a role that was granted to it.
    [[nodiscard]] bool is_superuser() const { return _is_superuser; }
    [[nodiscard]] bool permissions_are_checked() const { return _checks != checks::none; }
    /// Every role at the same moment.
    [[nodiscard]] const directory& known() const { return *_known; }
    /// Whether `role` is this one or was granted to it.
    [[nodiscard]] bool is_or_has(std::string_view role) const { return _roles.contains(role); }
    /// What all requests of the role share; null without a login.
    [[nodiscard]] const runtime::account_ptr& account() const { return _account; }

    /// Whether the permission was granted on the resource or on something above it, or need not be.
    [[nodiscard]] bool may(permission what, const resource& on) const;
    /// The same as an error, 0x2100 in Cassandra's words.
    [[nodiscard]] status require(permission what, const resource& on) const;

    /// Of resources, by their names: whether `checks::own` looks at what is granted on them.
    [[nodiscard]] static bool is_judged_here(std::string_view resource_name);

  private:
    std::string _name;
    directory_ptr _known;
    checks _checks;
    runtime::account_ptr _account;
    bool _is_superuser = false;
    roles_by_name _roles;

    /// What was granted on the resource, on those above it, or to everybody.
    [[nodiscard]] permission_set granted_on(const resource& on) const;
    /// The same, as far as it was asked for, by the resource's name.
    mutable std::unordered_map<std::string, permission_set> _known_grants;
};
using principal_ptr = std::shared_ptr<const principal>;

/// What a client is told who is not logged in and would have to be.
[[nodiscard]] error login_needed();

}  // namespace nacre::auth
