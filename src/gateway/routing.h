#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::gateway {

/// Who executes a statement.
enum class route : std::uint8_t {
    forward,           ///< the cluster, as it stands
    change_schema,     ///< the cluster; its schema is another then
    change_roles,      ///< the cluster; what is known of its roles is another then
    list_permissions,  ///< the cluster, and what the gateways know of their functions besides
    call_and_write,    ///< the cluster, once the functions among its values are evaluated here
    describe,          ///< the cluster, and beside what it says the gateways' functions
    here,  ///< the gateway: functions are called for rows, or made, or its own tables read
};

[[nodiscard]] route route_of(const cql::statement& statement, const catalog::published& schema,
                             const std::string& session_keyspace);

/// What a statement that the cluster executed changed in the schema, given what it was before and
/// is now; nothing if it changed nothing.
[[nodiscard]] std::optional<schema::change> change_made(const cql::statement& statement,
                                                        const schema::snapshot& before,
                                                        const schema::snapshot& after,
                                                        const std::string& session_keyspace);

/// The keyspace in which gateways keep functions. Clients may read it, not change it.
inline constexpr std::string_view own_keyspace = "nacre";
[[nodiscard]] status check_modifiable(const cql::statement& statement,
                                      const std::string& session_keyspace);

/// Whether functions of the gateways, of which the cluster does not know, let a statement change
/// the schema: a type that they use can't be dropped.
[[nodiscard]] status check_used_types(const cql::statement& statement,
                                      const catalog::published& schema,
                                      const std::string& session_keyspace);

/// Whether executing it twice is executing it once: it reads, or writes plain values.
[[nodiscard]] bool is_idempotent(const cql::statement& statement);

}  // namespace nacre::gateway
