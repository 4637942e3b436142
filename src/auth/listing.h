#pragma once

#include <string>
#include <utility>
#include <vector>

#include "auth/principal.h"
#include "base/bytes.h"
#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"
#include "types/type.h"

namespace nacre::auth {

/// What a LIST statement gives: columns of system_auth and serialised values. A listing without
/// columns is an answer without rows at all, as Cassandra gives it.
struct listing {
    std::string table;
    std::vector<std::pair<std::string, types::type_ptr>> columns;
    std::vector<std::vector<optional_bytes>> rows;
};

/// What a statement is judged against. Borrowed for the call.
struct listing_environment {
    const principal& who;
    const schema::snapshot& schema;
    const std::string& session_keyspace;
};

[[nodiscard]] result<listing> list(const cql::list_roles_statement&, const listing_environment&);
[[nodiscard]] result<listing> list(const cql::list_superusers_statement&,
                                   const listing_environment&);
[[nodiscard]] result<listing> list(const cql::list_permissions_statement&,
                                   const listing_environment&);

}  // namespace nacre::auth
