#include <algorithm>

#include <fmt/ranges.h>

#include "auth/resolve_resource.h"
#include "auth/role_change.h"
#include "catalog/keyspace_options.h"

// GRANT and REVOKE of permissions.
namespace nacre::auth {

namespace {

/// What GRANT and REVOKE have in common: which permissions of whom on what.
struct target {
    resource on;
    permission_set permissions;
    role_ptr whose;
};

bool is_system_data(const resource& on) {
    using enum resource::sort;
    if (on.what() != keyspace && on.what() != all_tables && on.what() != table) return false;
    const auto name = std::string_view(on.name()).substr(std::string_view("data/").size());
    const auto owner = name.substr(0, name.find('/'));
    // Virtual tables are as good as anybody's.
    return catalog::is_system_keyspace(owner) && owner != "system_views" &&
           owner != "system_virtual_schema";
}

result<target> resolve_target(const cql::permission_list& names, const cql::resource& on,
                              const std::string& grantee, const role_environment& at) {
    const resource_environment environment{at.schema, at.roles, at.session_keyspace};
    NACRE_TRY(auto named, resolve_resource(on, environment));
    const auto permissions = permissions_named(names).both(named.applicable());
    if (permissions.empty()) {
        return syntax_error("Resource type {} does not support any of the requested permissions",
                            named.class_name());
    }
    NACRE_CHECK(at.who.require(permission::authorize, named));
    for (const auto each : permissions.members()) NACRE_CHECK(at.who.require(each, named));
    auto whose = at.roles.find(grantee);
    if (!whose) return invalid("Role {} doesn't exist", grantee);
    if (!exists(named, environment)) {
        return invalid("Resource {} doesn't exist", named.to_string());
    }
    return target{std::move(named), permissions, std::move(whose)};
}

permission_set held(const role& by, const resource& on) {
    const auto* found = by.grants.find(on.name());
    return found == nullptr ? permission_set() : *found;
}

std::string joined(permission_set permissions) {
    std::vector<std::string_view> names;
    for (const auto each : permissions.members()) names.push_back(to_string(each));
    return fmt::format("{}", fmt::join(names, ", "));
}

status check_authorizer(const char* operation, const role_environment& at) {
    if (at.who.permissions_are_checked()) return {};
    return invalid("{} operation is not supported by AllowAllAuthorizer", operation);
}

role_change with_role(const role_environment& at, role changed) {
    role_change change{.next = at.roles, .warnings = {}};
    change.next->put(std::move(changed));
    return change;
}

}  // namespace

permission_set permissions_named(const cql::permission_list& names) {
    if (names.empty()) return permission_set::all();
    permission_set named;
    for (const auto& name : names) {
        if (const auto known = permission_by_name(name)) named.add(*known);
    }
    return named;
}

result<role_change> plan(const cql::grant_permission_statement& s, const role_environment& at) {
    NACRE_TRY(const auto wanted, resolve_target(s.permissions, s.on, s.role, at));
    NACRE_CHECK(check_authorizer("GRANT", at));
    constexpr permission_set grantable_on_system{permission::select, permission::alter};
    if (is_system_data(wanted.on) && !wanted.permissions.without(grantable_on_system).empty()) {
        return error(error_code::unauthorized,
                     "Granting permissions on system keyspaces is strictly limited, this "
                     "operation is not permitted");
    }
    auto granted = *wanted.whose;
    auto has = held(granted, wanted.on);
    const auto there = wanted.permissions.both(has);
    has.add(wanted.permissions);
    granted.grants.insert_or_assign(wanted.on.name(), has);
    auto change = there == wanted.permissions ? role_change() : with_role(at, std::move(granted));
    if (!there.empty()) {
        change.warnings.push_back(fmt::format("Role '{}' was already granted {} on {}", s.role,
                                              joined(there), wanted.on.to_string()));
    }
    return change;
}

result<role_change> plan(const cql::revoke_permission_statement& s, const role_environment& at) {
    NACRE_TRY(const auto wanted, resolve_target(s.permissions, s.on, s.role, at));
    NACRE_CHECK(check_authorizer("REVOKE", at));
    auto left = *wanted.whose;
    const auto had = held(left, wanted.on);
    const auto absent = wanted.permissions.without(had);
    role_change change;
    if (absent != wanted.permissions) {
        const auto rest = had.without(wanted.permissions);
        if (rest.empty()) {
            left.grants.erase(wanted.on.name());
        } else {
            left.grants.insert_or_assign(wanted.on.name(), rest);
        }
        change = with_role(at, std::move(left));
    }
    if (!absent.empty()) {
        change.warnings.push_back(fmt::format("Role '{}' was not granted {} on {}", s.role,
                                              joined(absent), wanted.on.to_string()));
    }
    return change;
}

}  // namespace nacre::auth
