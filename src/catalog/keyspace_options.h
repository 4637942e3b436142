#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::catalog {

/// Keyspaces that belong to the server: statements can't change them.
[[nodiscard]] bool is_system_keyspace(std::string_view name);

/// Those of them whose replication may be altered.
[[nodiscard]] bool is_replicated_system_keyspace(std::string_view name);

/// What WITH says in CREATE KEYSPACE and ALTER KEYSPACE, on top of `base`. `data_center` is this
/// server's, for a NetworkTopologyStrategy that only says replication_factor.
[[nodiscard]] result<schema::keyspace> apply_properties(
    schema::keyspace base, const std::vector<cql::property>& properties,
    const std::string& data_center);

/// What to tell a client whose keyspace asks for more copies than there are servers. `before` is
/// null for a new keyspace.
[[nodiscard]] std::vector<std::string> replication_warnings(const schema::keyspace& keyspace,
                                                            const schema::keyspace* before,
                                                            const std::string& data_center);

/// Keyspace and table names are letters, digits and underscores, at most so many of them.
inline constexpr std::size_t keyspace_name_length_max = 48;
inline constexpr std::size_t table_name_length_max = 222;
[[nodiscard]] bool is_plain_name(std::string_view name);

}  // namespace nacre::catalog
