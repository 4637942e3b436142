#pragma once

#include <cstdint>
#include <string_view>

#include "schema/snapshot.h"

/// The tables that the server itself keeps, with Cassandra 5.0.8's names, columns and ids, so that
/// drivers and tools read what they expect.
namespace nacre::catalog {

/// User tables' storage ids begin here; smaller ones are given out in system_tables.cc, for ever.
inline constexpr std::uint32_t first_user_storage_id = 1000;

/// All system keyspaces with their tables; always the same objects.
[[nodiscard]] const schema::by_name<schema::keyspace_ptr>& system_keyspaces();

/// A table of a system keyspace; it must exist.
[[nodiscard]] const schema::table_ptr& system_table(std::string_view keyspace,
                                                    std::string_view name);

}  // namespace nacre::catalog
