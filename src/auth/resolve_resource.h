#pragma once

#include <optional>

#include "auth/directory.h"
#include "auth/resource.h"
#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::auth {

/// What is there, for statements that name resources. Borrowed for the call.
struct resource_environment {
    const schema::snapshot& schema;
    const directory& roles;
    const std::string& session_keyspace;
};

/// The resource that GRANT, REVOKE and LIST name. It need not exist.
[[nodiscard]] result<resource> resolve_resource(const cql::resource& named,
                                                const resource_environment& environment);

/// Whether there is such a thing.
[[nodiscard]] bool exists(const resource& what, const resource_environment& environment);

/// The function or aggregate of these arguments, which need not exist.
[[nodiscard]] result<resource> resolve_function(const std::string& keyspace,
                                                const std::string& name,
                                                const std::vector<cql::type_name>& arguments,
                                                const schema::snapshot& schema);

/// Every overload of the name, functions and aggregates.
[[nodiscard]] std::vector<resource> overloads(const std::string& keyspace, const std::string& name,
                                              const schema::snapshot& schema);

/// The resource that a change of the schema is about, which is in `schema`; none for types.
[[nodiscard]] std::optional<resource> resource_of(const schema::change& change,
                                                  const schema::snapshot& schema);

}  // namespace nacre::auth
