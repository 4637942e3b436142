#include "gateway/grants.h"

#include "auth/resolve_resource.h"
#include "catalog/system_tables.h"
#include "types/value.h"

namespace nacre::gateway {

namespace {

const schema::table_ptr& grants_table() {
    static const auto table = catalog::system_table("system_auth", "role_permissions");
    return table;
}

bytes texts_of(auth::permission_set permissions) {
    std::vector<optional_bytes> names;
    for (const auto each : permissions.members()) names.emplace_back(to_string(each));
    return types::join_list(names);
}

auth::permission_set read_texts(bytes_view stored) {
    static const auto texts = types::type::list_of(types::type::native(types::type_kind::text));
    auth::permission_set permissions;
    const auto parts = types::split_collection(*texts, stored);
    if (!parts) return permissions;
    for (const auto& part : *parts) {
        const auto known = auth::permission_by_name(part.value_or(bytes_view()));
        if (known) permissions.add(*known);
    }
    return permissions;
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
        found[address.key.front()][address.clustering.front()] = read_texts(permissions->second);
    }
    return found;
}

void add(catalog::row_changes& to, const grant_change& change) {
    catalog::row_address address{grants_table(), {change.role}, {change.resource}};
    if (change.permissions.empty()) {
        to.removed.push_back(std::move(address));
    } else {
        to.written[std::move(address)]["permissions"] = texts_of(change.permissions);
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
