#pragma once

#include <map>
#include <memory>
#include <string>

#include "auth/permission.h"
#include "catalog/schema_rows.h"
#include "schema/snapshot.h"

/// What is granted on single functions and aggregates of the gateways, which the cluster does not
/// know: rows of system_auth.role_permissions among the rows that gateways share. All other grants
/// are the cluster's.
namespace nacre::gateway {

/// By role, then by the name of the resource.
using function_grants = std::map<std::string, std::map<std::string, auth::permission_set>>;
using function_grants_ptr = std::shared_ptr<const function_grants>;

/// What a role has on a resource from now on; nothing, if the set is empty.
struct grant_change {
    std::string role;
    std::string resource;
    auth::permission_set permissions;
};

[[nodiscard]] bool is_grant(const catalog::row_address& address);
/// Those among the rows.
[[nodiscard]] function_grants grants_among(const catalog::row_set& rows);
void add(catalog::row_changes& to, const grant_change& change);
/// Removes those of the rows whose function goes from one schema to the next.
void remove_lost_grants(catalog::row_changes& from, const catalog::row_set& rows,
                        const schema::snapshot& before, const schema::snapshot& after);

}  // namespace nacre::gateway
