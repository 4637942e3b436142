#include "gateway/grants.h"

#include "auth/resolve_resource.h"
#include "auth/stored_permissions.h"
#include "catalog/system_tables.h"

namespace nacre::gateway {

namespace {

const schema::table_ptr& grants_table() {
    static const auto table = catalog::system_table("system_auth", "role_permissions");
    return table;
}

}  // namespace

bool is_grant(const catalog::row_address& address) {
    return address.table == grants_table();
}

function_grants grants_among(const catalog::row_set& rows) {
    function_grants found;
    for (const auto& [address, values] : rows) {
        if (!is_grant(address)) continue;
        const auto permissions = values.find("permissions");
        if (permissions == values.end()) continue;
        found[address.key.front()][address.clustering.front()] =
            auth::permissions_in(permissions->second).value_or(auth::permission_set());
    }
    return found;
}

void add(catalog::row_changes& to, const grant_change& change) {
    catalog::row_address address{grants_table(), {change.role}, {change.resource}};
    if (change.permissions.empty()) {
        to.removed.push_back(std::move(address));
    } else {
        to.written[std::move(address)]["permissions"] = auth::to_stored(change.permissions);
    }
}

void remove_lost_grants(catalog::row_changes& from, const catalog::row_set& rows,
                        const schema::snapshot& before, const schema::snapshot& after) {
    static const auth::directory nobody;
    static const std::string no_keyspace;
    for (const auto& [address, values] : rows) {
        if (!is_grant(address)) continue;
        const auto on = auth::resource::parse(address.clustering.front());
        // One that neither has is hidden, for the lack of a type; it may come back.
        if (on && exists(*on, {before, nobody, no_keyspace}) &&
            !exists(*on, {after, nobody, no_keyspace})) {
            from.removed.push_back(address);
        }
    }
}

}  // namespace nacre::gateway
