#pragma once

#include <vector>

#include "auth/principal.h"
#include "base/result.h"
#include "query/prepared_statement.h"

namespace nacre::query {

/// Everything that a client must be allowed for a statement with a plan: the tables that it reads
/// or writes, and every user's function that it can reach, however deep it stands and whether it
/// is called by the statement or by an aggregate. In the order in which what is missing is told.
[[nodiscard]] std::vector<requirement> requirements_of(const prepared_statement& statement);

/// The same of calls outside of a plan.
[[nodiscard]] std::vector<requirement> requirements_of(const std::vector<function::resolved>& calls,
                                                       const schema::snapshot& schema);

/// The error, 0x2100, tells what is missing. `who` may be null: everything is allowed.
[[nodiscard]] status check_access(const auth::principal* who,
                                  const std::vector<requirement>& needed);

}  // namespace nacre::query
