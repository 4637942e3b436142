#include "auth/store.h"

#include <algorithm>

#include "auth/stored_permissions.h"
#include "catalog/schema_rows.h"
#include "catalog/stored_rows.h"
#include "catalog/system_tables.h"
#include "types/value.h"

namespace nacre::auth {

namespace {

using catalog::row_set;

constexpr const char* auth_keyspace = "system_auth";

catalog::row_values& row_in(row_set& rows, const char* keyspace, const char* table, std::string key,
                            data::clustering_key clustering = {}) {
    catalog::row_address address{
        catalog::system_table(keyspace, table), {std::move(key)}, std::move(clustering)};
    return rows[std::move(address)];
}

bytes text_set(const std::set<std::string, std::less<>>& elements) {
    return types::join_list(std::vector<optional_bytes>(elements.begin(), elements.end()));
}

void add_grant(row_set& rows, const std::string& name, const std::string& resource,
               permission_set permissions) {
    auto& grant = row_in(rows, auth_keyspace, "role_permissions", name, {resource});
    grant["permissions"] = to_stored(permissions);
    row_in(rows, auth_keyspace, "resource_role_permissons_index", resource, {name});
}

/// Every row that tells of the role, but for its grants.
void add_rows(row_set& rows, const role& each) {
    auto& row = row_in(rows, auth_keyspace, "roles", each.name);
    row["can_login"] = types::serialise_boolean(each.can_login);
    row["is_superuser"] = types::serialise_boolean(each.is_superuser);
    if (!each.salted_hash.empty()) row["salted_hash"] = each.salted_hash;
    if (!each.member_of.empty()) row["member_of"] = text_set(each.member_of);
    for (const auto& granted : each.member_of) {
        row_in(rows, auth_keyspace, "role_members", granted, {each.name});
    }
    if (!each.options.empty()) {
        row_in(rows, "system_nacre", "role_options", each.name)["options"] = types::join_map(
            std::vector<std::pair<bytes, bytes>>(each.options.begin(), each.options.end()));
    }
}

/// The rows of both sides of a difference.
struct both_sides {
    row_set before;
    row_set after;

    void add_role(const std::string& name, const role* had, const role* has) {
        if (had != nullptr) add_rows(before, *had);
        if (has != nullptr) add_rows(after, *has);
        static const role none;
        persistent_map<std::string, permission_set>::difference(
            had != nullptr ? had->grants : none.grants, has != nullptr ? has->grants : none.grants,
            [&](const std::string& resource, const permission_set* older,
                const permission_set* newer) {
                if (older != nullptr) add_grant(before, name, resource, *older);
                if (newer != nullptr) add_grant(after, name, resource, *newer);
            });
    }
};

using building = std::map<std::string, role, std::less<>>;

runtime::task<status> read_roles(storage::table_store& store, building& roles) {
    NACRE_CO_TRY(const auto rows, co_await catalog::read_table(
                                      store, catalog::system_table(auth_keyspace, "roles")));
    for (const auto& row : rows) {
        role each;
        each.name = row.text("role");
        each.can_login = row.boolean("can_login", false);
        each.is_superuser = row.boolean("is_superuser", false);
        each.salted_hash = row.text("salted_hash");
        NACRE_CO_TRY(const auto granted, row.elements("member_of"));
        each.member_of.insert(granted.begin(), granted.end());
        roles.emplace(each.name, std::move(each));
    }
    co_return status();
}

runtime::task<status> read_grants(storage::table_store& store, building& roles) {
    NACRE_CO_TRY(const auto rows,
                 co_await catalog::read_table(
                     store, catalog::system_table(auth_keyspace, "role_permissions")));
    for (const auto& row : rows) {
        const auto owner = roles.find(row.text("role"));
        if (owner == roles.end()) continue;
        NACRE_CO_TRY(const auto permissions, permissions_in(row.text("permissions")));
        if (!permissions.empty()) {
            owner->second.grants.insert_or_assign(row.text("resource"), permissions);
        }
    }
    co_return status();
}

runtime::task<status> read_options(storage::table_store& store, building& roles) {
    NACRE_CO_TRY(
        const auto rows,
        co_await catalog::read_table(store, catalog::system_table("system_nacre", "role_options")));
    for (const auto& row : rows) {
        const auto owner = roles.find(row.text("role"));
        if (owner == roles.end()) continue;
        NACRE_CO_TRY(owner->second.options, row.entries("options"));
    }
    co_return status();
}

}  // namespace

runtime::task<result<directory>> read_directory(storage::table_store& store) {
    building roles;
    NACRE_CO_CHECK(co_await read_roles(store, roles));
    NACRE_CO_CHECK(co_await read_grants(store, roles));
    NACRE_CO_CHECK(co_await read_options(store, roles));
    directory made;
    for (auto& [name, each] : roles) made.put(std::move(each));
    NACRE_CO_TRY(const auto identities,
                 co_await catalog::read_table(
                     store, catalog::system_table(auth_keyspace, "identity_to_role")));
    for (const auto& row : identities) made.put_identity(row.text("identity"), row.text("role"));
    co_return made;
}

std::vector<data::mutation> difference(const directory& before, const directory& after,
                                       std::int64_t write_timestamp_us) {
    both_sides rows;
    persistent_map<std::string, role_ptr>::difference(
        before.roles(), after.roles(),
        [&](const std::string& name, const role_ptr* had, const role_ptr* has) {
            rows.add_role(name, had != nullptr ? had->get() : nullptr,
                          has != nullptr ? has->get() : nullptr);
        });
    persistent_map<std::string, std::string>::difference(
        before.identities(), after.identities(),
        [&](const std::string& identity, const std::string* had, const std::string* has) {
            const auto add = [&](row_set& side, const std::string& name) {
                row_in(side, auth_keyspace, "identity_to_role", identity)["role"] = name;
            };
            if (had != nullptr) add(rows.before, *had);
            if (has != nullptr) add(rows.after, *has);
        });
    catalog::row_changes changes;
    changes.written = std::move(rows.after);
    for (auto& [address, values] : rows.before) {
        const auto kept = changes.written.find(address);
        if (kept == changes.written.end()) {
            changes.removed.push_back(address);
        } else if (kept->second == values) {
            changes.written.erase(kept);
        }
    }
    return catalog::to_mutations(changes, write_timestamp_us);
}

}  // namespace nacre::auth
