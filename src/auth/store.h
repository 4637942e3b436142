#pragma once

#include <cstdint>
#include <vector>

#include "auth/directory.h"
#include "data/mutation.h"
#include "runtime/task.h"
#include "storage/table_store.h"

/// Roles as rows of system_auth, where Cassandra has them, and of system_nacre.role_options.
namespace nacre::auth {

/// Reads every role. What Cassandra would not have written is passed over.
[[nodiscard]] runtime::task<result<directory>> read_directory(storage::table_store& store);

/// What is to be written when `before` becomes `after`. Roles that both share are not looked at.
[[nodiscard]] std::vector<data::mutation> difference(const directory& before,
                                                     const directory& after,
                                                     std::int64_t write_timestamp_us);

}  // namespace nacre::auth
