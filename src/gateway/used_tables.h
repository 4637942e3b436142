#pragma once

#include <string>
#include <vector>

#include "base/uuid.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

namespace nacre::gateway {

/// The tables that a SELECT or a modification names, in the order of the text, as often as they are
/// named. None for other statements. Of the statement.
[[nodiscard]] std::vector<const cql::qualified_name*> named_tables(const cql::statement& statement);

/// The tables that a SELECT or a modification names, as they were in a schema: what its values
/// mean depends on them. Empty for other statements; tables that the schema has not are left out.
class used_tables {
  public:
    used_tables() = default;
    used_tables(const cql::statement& statement, const schema::snapshot& schema,
                const std::string& session_keyspace);

    /// Whether none was dropped since, or made anew with the name of one that was.
    [[nodiscard]] bool are_in(const schema::snapshot& schema) const;

  private:
    std::vector<schema::table_ptr> _tables;
};

}  // namespace nacre::gateway
