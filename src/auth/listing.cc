#include "auth/listing.h"

#include <algorithm>
#include <tuple>

#include "auth/resolve_resource.h"
#include "auth/role_change.h"
#include "types/value.h"

namespace nacre::auth {

namespace {

const types::type_ptr& text_type() {
    return types::type::native(types::type_kind::text);
}
const types::type_ptr& boolean_type() {
    return types::type::native(types::type_kind::boolean);
}

/// There is one data center, and no role is kept from it.
constexpr const char* all_datacenters = "ALL";

bytes options_of(const role& each) {
    return types::join_map(
        std::vector<std::pair<bytes, bytes>>(each.options.begin(), each.options.end()));
}

listing as_roles(const roles_by_name& roles) {
    listing made{"roles",
                 {{"role", text_type()},
                  {"super", boolean_type()},
                  {"login", boolean_type()},
                  {"options", types::type::map_of(text_type(), text_type())},
                  {"datacenters", text_type()}},
                 {}};
    for (const auto& [name, each] : roles) {
        made.rows.push_back({name, types::serialise_boolean(each->is_superuser),
                             types::serialise_boolean(each->can_login), options_of(*each),
                             all_datacenters});
    }
    return made;
}

/// Of roles that may log in.
listing as_users(const roles_by_name& roles, const directory& known) {
    listing made{"users",
                 {{"name", text_type()}, {"super", boolean_type()}, {"datacenters", text_type()}},
                 {}};
    for (const auto& [name, each] : roles) {
        if (!each->can_login) continue;
        made.rows.push_back(
            {name, types::serialise_boolean(known.has_superuser_status(name)), all_datacenters});
    }
    return made;
}

roles_by_name all_of(const directory& known) {
    roles_by_name all;
    for (const auto& [name, each] : known.roles()) all.emplace(name, each);
    return all;
}

roles_by_name granted(const directory& known, const std::string& name, bool recursive) {
    if (recursive) return known.with_granted(name);
    roles_by_name found;
    const auto whose = known.find(name);
    if (!whose) return found;
    found.emplace(name, whose);
    for (const auto& each : whose->member_of) {
        if (auto direct = known.find(each)) found.emplace(each, std::move(direct));
    }
    return found;
}

/// A permission that somebody has on something.
struct grant {
    std::string role;
    std::string resource_name;
    permission what;
    [[nodiscard]] auto rank() const { return std::tie(role, resource_name, what); }
};

class permission_lister {
  public:
    explicit permission_lister(permission_set wanted) : _wanted(wanted) {}

    /// On the resources of these names, or on all without any.
    void add(const role& whose, const std::vector<std::string>* on) {
        for (const auto& [name, permissions] : whose.grants) {
            if (on != nullptr && std::ranges::find(*on, name) == on->end()) continue;
            for (const auto each : permissions.both(_wanted).members()) {
                _found.push_back({whose.name, name, each});
            }
        }
    }

    listing finish() {
        if (_found.empty()) return {};
        std::ranges::sort(_found, {}, &grant::rank);
        listing made{"role_permissions",
                     {{"role", text_type()},
                      {"username", text_type()},
                      {"resource", text_type()},
                      {"permission", text_type()}},
                     {}};
        for (const auto& each : _found) {
            const auto known = resource::parse(each.resource_name);
            made.rows.push_back({each.role, each.role,
                                 known ? known->to_string() : each.resource_name,
                                 bytes(to_string(each.what))});
        }
        return made;
    }

  private:
    permission_set _wanted;
    std::vector<grant> _found;
};

}  // namespace

result<listing> list(const cql::list_roles_statement& s, const listing_environment& at) {
    const auto& known = at.who.known();
    if (s.of && !known.find(*s.of)) {
        return invalid("{} doesn't exist", resource::role(*s.of).to_string());
    }
    // Users are of a time when what was granted to a role could not be granted further.
    const bool recursive = s.recursive && !s.legacy_users;
    roles_by_name roles;
    if (at.who.may(permission::describe, resource::all_roles())) {
        roles = s.of ? granted(known, *s.of, recursive) : all_of(known);
    } else if (!s.of || at.who.is_or_has(*s.of)) {
        roles = granted(known, s.of.value_or(at.who.name()), recursive);
    } else {
        return error(error_code::unauthorized,
                     fmt::format("You are not authorized to view roles granted to {} ", *s.of));
    }
    return s.legacy_users ? as_users(roles, known) : as_roles(roles);
}

result<listing> list(const cql::list_superusers_statement&, const listing_environment& at) {
    if (!at.who.may(permission::describe, resource::all_roles())) {
        return error(error_code::unauthorized, "You are not authorized to view superuser details");
    }
    const auto& known = at.who.known();
    listing made{"roles", {{"role", text_type()}}, {}};
    for (const auto& [name, each] : known.roles()) {
        if (known.has_superuser_status(name)) made.rows.push_back({name});
    }
    return made;
}

result<listing> list(const cql::list_permissions_statement& s, const listing_environment& at) {
    const auto& known = at.who.known();
    std::optional<std::vector<std::string>> on;
    if (s.on) {
        const resource_environment environment{at.schema, known, at.session_keyspace};
        NACRE_TRY(const auto named, resolve_resource(*s.on, environment));
        if (!exists(named, environment)) return invalid("{} doesn't exist", named.to_string());
        on = s.recursive ? named.chain() : std::vector{named.name()};
    }
    if (s.of && !known.find(*s.of)) {
        return invalid("{} doesn't exist", resource::role(*s.of).to_string());
    }
    if (!at.who.permissions_are_checked()) {
        return invalid("LIST PERMISSIONS operation is not supported by AllowAllAuthorizer");
    }
    const bool may_see =
        at.who.is_superuser() || (s.of && at.who.is_or_has(*s.of)) ||
        at.who.may(permission::describe, s.of ? resource::role(*s.of) : resource::all_roles());
    if (!may_see) {
        return error(error_code::unauthorized,
                     s.of ? fmt::format("You are not authorized to view {}'s permissions", *s.of)
                          : "You are not authorized to view everyone's permissions");
    }
    permission_lister lister(permissions_named(s.permissions));
    const auto roles = s.of ? known.with_granted(*s.of) : all_of(known);
    for (const auto& [name, each] : roles) lister.add(*each, on ? &*on : nullptr);
    return lister.finish();
}

}  // namespace nacre::auth
