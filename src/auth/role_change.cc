#include "auth/role_change.h"

#include <algorithm>

#include "auth/role_options.h"

namespace nacre::auth {

namespace {

error unauthorized(std::string why) {
    return {error_code::unauthorized, std::move(why)};
}

/// Of statements about roles, which don't tell what would have been needed.
status require_on_roles(const role_environment& at, permission what, const resource& on) {
    if (at.who.may(what, on)) return {};
    return unauthorized(
        fmt::format("User {} does not have sufficient privileges to perform the requested "
                    "operation",
                    at.who.name()));
}

error missing(const std::string& role) {
    return invalid("{} doesn't exist", role);
}

void apply(role& to, const cql::role_options& options, const std::string& salted_hash) {
    if (options.password || options.hashed_password) to.salted_hash = salted_hash;
    if (options.superuser) to.is_superuser = *options.superuser;
    if (options.login) to.can_login = *options.login;
    if (options.options) to.options = {options.options->begin(), options.options->end()};
}

status check_common(const cql::role_options& options) {
    NACRE_CHECK(check_password_options(options));
    if (options.options) NACRE_CHECK(check_role_options(*options.options));
    if (options.cidr_groups && !options.cidr_groups->empty()) {
        return invalid("Invalid CIDR group(s): [{}]. Available CIDR Groups are: []",
                       fmt::join(*options.cidr_groups, ", "));
    }
    return {};
}

bool is_empty(const cql::role_options& options) {
    return !options.password && !options.hashed_password && !options.superuser && !options.login &&
           !options.options && !options.datacenters && !options.cidr_groups;
}

/// What a role may change of itself without further permissions is its password.
status check_own_change(const cql::role_options& options) {
    const char* other = options.login ? "LOGIN" : options.options ? "OPTIONS" : nullptr;
    if (other == nullptr) return {};
    return unauthorized(fmt::format("You aren't allowed to alter {}", other));
}

status check_alter_access(const cql::alter_role_statement& s, const role_environment& at) {
    if (s.options.superuser && at.who.is_or_has(s.role)) {
        return unauthorized(
            "You aren't allowed to alter your own superuser status or that of a role granted to "
            "you");
    }
    if (at.who.is_superuser()) return {};
    if (s.options.superuser) {
        return unauthorized("Only superusers are allowed to alter superuser status");
    }
    if (s.options.datacenters) {
        return unauthorized("Only superusers are allowed to alter access to datacenters.");
    }
    if (s.options.cidr_groups) {
        return unauthorized("Only superusers are allowed to alter access from CIDR groups.");
    }
    if (at.who.name() == s.role) return check_own_change(s.options);
    NACRE_CHECK(require_on_roles(at, permission::alter, resource::role(s.role)));
    if (s.options.options) return unauthorized("Only superusers are allowed to alter OPTIONS");
    return {};
}

}  // namespace

result<role_change> plan(const cql::create_role_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::create, resource::all_roles()));
    if (s.options.superuser.value_or(false) && !at.who.is_superuser()) {
        return unauthorized("Only superusers can create a role with superuser status");
    }
    if (s.options.options && !at.who.is_superuser()) {
        return unauthorized("Only superusers can create a role with OPTIONS");
    }
    NACRE_CHECK(check_common(s.options));
    if (s.role.empty()) return invalid("Role name can't be an empty string");
    if (at.roles.find(s.role)) {
        if (s.if_not_exists) return role_change();
        return invalid("{} already exists", s.role);
    }
    role made;
    made.name = s.role;
    apply(made, s.options, at.salted_hash);
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put(std::move(made));
    if (at.who.permissions_are_checked()) {
        grant_all(*change.next, at.who.name(), resource::role(s.role));
    }
    return change;
}

result<role_change> plan(const cql::alter_role_statement& s, const role_environment& at) {
    NACRE_CHECK(check_alter_access(s, at));
    NACRE_CHECK(check_common(s.options));
    if (is_empty(s.options)) return invalid("ALTER [ROLE|USER] can't be empty");
    const auto before = at.roles.find(s.role);
    if (!before) {
        if (s.if_exists) return role_change();
        return invalid("Role {} doesn't exist", s.role);
    }
    auto altered = *before;
    apply(altered, s.options, at.salted_hash);
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put(std::move(altered));
    return change;
}

result<role_change> plan(const cql::drop_role_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::drop, resource::role(s.role)));
    const auto dropped = at.roles.find(s.role);
    if (dropped && at.roles.has_superuser_status(s.role) && !at.who.is_superuser()) {
        return unauthorized("Only superusers can drop a role with superuser status");
    }
    if (!dropped && !s.if_exists) return missing(s.role);
    if (at.who.name() == s.role) return invalid("Cannot DROP primary role for current login");
    if (!dropped) return role_change();
    role_change change{.next = at.roles, .warnings = {}};
    change.next->remove(s.role);
    change.next->revoke_all_on(resource::role(s.role).name());
    return change;
}

result<role_change> plan(const cql::grant_role_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::authorize, resource::role(s.role)));
    if (!at.roles.find(s.role)) return missing(s.role);
    const auto grantee = at.roles.find(s.grantee);
    if (!grantee) return missing(s.grantee);
    if (at.roles.with_granted(s.grantee).contains(s.role)) {
        return invalid("{} is a member of {}", s.grantee, s.role);
    }
    if (at.roles.with_granted(s.role).contains(s.grantee)) {
        return invalid("{} is a member of {}", s.role, s.grantee);
    }
    auto member = *grantee;
    member.member_of.insert(s.role);
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put(std::move(member));
    return change;
}

result<role_change> plan(const cql::revoke_role_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::authorize, resource::role(s.role)));
    if (!at.roles.find(s.role)) return missing(s.role);
    const auto revokee = at.roles.find(s.revokee);
    if (!revokee) return missing(s.revokee);
    if (s.role == s.revokee) return role_change();
    if (!revokee->member_of.contains(s.role)) {
        return invalid("{} is not a member of {}", s.revokee, s.role);
    }
    auto left = *revokee;
    left.member_of.erase(s.role);
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put(std::move(left));
    return change;
}

result<role_change> plan(const cql::add_identity_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::create, resource::all_roles()));
    if (!at.roles.find(s.role)) {
        return invalid("Can not add identity for non-existent role '{}'", s.role);
    }
    if (at.roles.identities().contains(s.identity)) {
        if (s.if_not_exists) return role_change();
        return invalid("{} already exists", s.identity);
    }
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put_identity(s.identity, s.role);
    return change;
}

result<role_change> plan(const cql::drop_identity_statement& s, const role_environment& at) {
    NACRE_CHECK(require_on_roles(at, permission::drop, resource::all_roles()));
    if (!at.roles.identities().contains(s.identity)) {
        if (s.if_exists) return role_change();
        return invalid("identity '{}' doesn't exist", s.identity);
    }
    role_change change{.next = at.roles, .warnings = {}};
    change.next->remove_identity(s.identity);
    return change;
}

void grant_all(directory& roles, const std::string& to, const resource& on) {
    const auto found = roles.find(to);
    if (!found) return;
    auto owner = *found;
    const auto* had = owner.grants.find(on.name());
    auto has = had == nullptr ? permission_set() : *had;
    has.add(on.applicable());
    owner.grants.insert_or_assign(on.name(), has);
    roles.put(std::move(owner));
}

}  // namespace nacre::auth
