#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth/directory.h"
#include "auth/principal.h"
#include "auth/resource.h"
#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

/// What a statement about roles means: pure functions from one directory to the next, which check
/// what the client may do and whether the statement makes sense, in this order. Errors have
/// Cassandra's words and codes.
namespace nacre::auth {

/// What a statement is judged against. Borrowed for the call.
struct role_environment {
    const directory& roles;  ///< as `who` knows them
    const principal& who;
    const schema::snapshot& schema;
    const std::string& session_keyspace;
    /// Of CREATE and ALTER ROLE: the hash of the password that they give.
    const std::string& salted_hash;
};

struct role_change {
    /// None: nothing changes.
    std::optional<directory> next;
    std::vector<std::string> warnings;
};

[[nodiscard]] result<role_change> plan(const cql::create_role_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::alter_role_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::drop_role_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::grant_role_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::revoke_role_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::grant_permission_statement&,
                                       const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::revoke_permission_statement&,
                                       const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::add_identity_statement&, const role_environment&);
[[nodiscard]] result<role_change> plan(const cql::drop_identity_statement&,
                                       const role_environment&);

/// What GRANT, REVOKE and LIST name of permissions.
[[nodiscard]] permission_set permissions_named(const cql::permission_list& names);

/// Gives a role everything that can be granted on a resource: it has made it.
void grant_all(directory& roles, const std::string& to, const resource& on);
}  // namespace nacre::auth
