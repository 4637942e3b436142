#pragma once

#include <string>

#include "base/result.h"
#include "base/uuid.h"
#include "cql/ast.h"
#include "schema/snapshot.h"
#include "schema/table.h"

/// What CREATE TABLE and ALTER TABLE make of a table. Pure functions; errors have Cassandra's words
/// and codes.
namespace nacre::catalog {

/// What the server chooses for a new table. A `WITH id = …` in the statement wins over `id`.
struct table_identity {
    uuid id;
    std::uint32_t storage_id = 0;
};

[[nodiscard]] result<schema::table_ptr> define_table(
    const cql::create_table_statement& statement, const std::string& keyspace,
    const schema::by_name<types::type_ptr>& user_types, const table_identity& identity);

/// CREATE TABLE … LIKE `source`.
[[nodiscard]] result<schema::table_ptr> define_table_like(
    const cql::create_table_like_statement& statement, const std::string& keyspace,
    const schema::table& source, const table_identity& identity);

/// `current` itself if IF [NOT] EXISTS leaves nothing to do.
[[nodiscard]] result<schema::table_ptr> alter_table(
    const cql::alter_table_statement& statement, const schema::table_ptr& current,
    const schema::by_name<types::type_ptr>& user_types);

/// See check_size.
[[nodiscard]] status check_column_sizes(const std::string& table,
                                        const std::vector<schema::column_definition>& columns);

}  // namespace nacre::catalog
