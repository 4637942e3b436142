#include "auth/principal.h"

#include <algorithm>
#include <array>

namespace nacre::auth {

namespace {

constexpr std::size_t known_grants_max = 10'000;

// Drivers and cqlsh read them before they know anything, whoever logs in.
bool is_readable_by_all(const resource& on) {
    constexpr std::array<std::string_view, 7> tables = {
        "data/system/local",          "data/system/peers",           "data/system/peers_v2",
        "data/system/size_estimates", "data/system/table_estimates", "data/system_traces/events",
        "data/system_traces/sessions"};
    if (on.what() != resource::sort::table) return false;
    const std::string_view name = on.name();
    return name.starts_with("data/system_schema/") ||
           name.starts_with("data/system_virtual_schema/") ||
           std::ranges::find(tables, name) != tables.end();
}

}  // namespace

bool principal::is_judged_here(std::string_view resource_name) {
    return resource_name.starts_with("functions") || resource_name == "data" ||
           resource_name.starts_with("data/system");
}

principal::principal(directory_ptr known, checks what)
    : _name("anonymous"), _known(std::move(known)), _checks(what) {}

principal::principal(std::string role, directory_ptr known, checks what,
                     runtime::account_ptr account)
    : _name(std::move(role)),
      _known(std::move(known)),
      _checks(what),
      _account(std::move(account)),
      _roles(_known->with_granted(_name)) {
    _is_superuser =
        std::ranges::any_of(_roles, [](const auto& entry) { return entry.second->is_superuser; });
}

permission_set principal::granted_on(const resource& on) const {
    permission_set granted;
    if (is_readable_by_all(on)) granted.add(permission::select);
    for (const auto& name : on.chain()) {
        for (const auto& [role_name, each] : _roles) {
            if (const auto* found = each->grants.find(name)) granted.add(*found);
        }
    }
    return granted;
}

bool principal::may(permission what, const resource& on) const {
    if (_checks == checks::none || _is_superuser) return true;
    if (_checks == checks::own && !is_judged_here(on.name())) return true;
    const auto known = _known_grants.find(on.name());
    if (known != _known_grants.end()) return known->second.has(what);
    if (_known_grants.size() >= known_grants_max) _known_grants.clear();
    return _known_grants.emplace(on.name(), granted_on(on)).first->second.has(what);
}

status principal::require(permission what, const resource& on) const {
    if (may(what, on)) return {};
    return error(error_code::unauthorized,
                 fmt::format("User {} has no {} permission on {} or any of its parents", _name,
                             to_string(what), on.to_string()));
}

error login_needed() {
    return {error_code::unauthorized,
            "You have to be logged in and not anonymous to perform this request"};
}

}  // namespace nacre::auth
