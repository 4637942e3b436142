#include "auth/directory.h"

#include <algorithm>

namespace nacre::auth {

role_ptr directory::find(std::string_view name) const {
    const auto* found = _roles.find(name);
    return found == nullptr ? nullptr : *found;
}

roles_by_name directory::with_granted(std::string_view name) const {
    roles_by_name found;
    std::vector<std::string_view> open{name};
    while (!open.empty()) {
        const auto next = open.back();
        open.pop_back();
        if (found.contains(next)) continue;
        const auto each = find(next);
        if (!each) continue;
        found.emplace(each->name, each);
        open.insert(open.end(), each->member_of.begin(), each->member_of.end());
    }
    return found;
}

bool directory::has_superuser_status(std::string_view name) const {
    return std::ranges::any_of(with_granted(name),
                               [](const auto& entry) { return entry.second->is_superuser; });
}

void directory::put(role changed) {
    const auto before = find(changed.name);
    note_grants(before.get(), &changed);
    auto name = changed.name;
    _roles.insert_or_assign(std::move(name), std::make_shared<const role>(std::move(changed)));
}

void directory::remove(const std::string& name) {
    const auto gone = find(name);
    if (!gone) return;
    note_grants(gone.get(), nullptr);
    _roles.erase(name);
    std::vector<role> members;
    for (const auto& [member, each] : _roles) {
        if (each->member_of.contains(name)) members.push_back(*each);
    }
    for (auto& each : members) {
        each.member_of.erase(name);
        put(std::move(each));
    }
    std::vector<std::string> identities;
    for (const auto& [identity, role] : _identities) {
        if (role == name) identities.push_back(identity);
    }
    for (const auto& each : identities) _identities.erase(each);
}

void directory::put_identity(const std::string& identity, const std::string& role) {
    _identities.insert_or_assign(identity, role);
}

void directory::remove_identity(const std::string& identity) {
    _identities.erase(identity);
}

void directory::note_grants(const role* before, const role* after) {
    static const role none;
    const auto& name = after != nullptr ? after->name : before->name;
    persistent_map<std::string, permission_set>::difference(
        before != nullptr ? before->grants : none.grants,
        after != nullptr ? after->grants : none.grants,
        [&](const std::string& resource, const permission_set* had, const permission_set* has) {
            if ((had == nullptr) == (has == nullptr)) return;
            const auto* known = _holders.find(resource);
            auto holders = known == nullptr ? std::set<std::string>() : *known;
            if (has != nullptr) {
                holders.insert(name);
            } else {
                holders.erase(name);
            }
            if (holders.empty()) {
                _holders.erase(resource);
            } else {
                _holders.insert_or_assign(resource, std::move(holders));
            }
        });
}

void directory::revoke_all_on(const std::string& resource) {
    const auto* known = _holders.find(resource);
    if (known == nullptr) return;
    const auto holders = *known;
    for (const auto& name : holders) {
        auto each = *find(name);
        each.grants.erase(resource);
        put(std::move(each));
    }
}

void directory::revoke_below(const std::string& prefix) {
    std::vector<std::string> resources;
    for (auto at = _holders.lower_bound(prefix); at != _holders.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        resources.push_back(at->first);
    }
    for (const auto& each : resources) revoke_all_on(each);
}

void directory::revoke_all_in(const std::string& keyspace) {
    for (const auto* root : {"data/", "functions/"}) {
        revoke_all_on(root + keyspace);
        revoke_below(root + keyspace + "/");
    }
}

}  // namespace nacre::auth
