#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "runtime/blocking_pool.h"
#include "runtime/task.h"
#include "schema/snapshot.h"
#include "storage/table_store.h"

namespace nacre::catalog {

/// What the system tables held.
struct stored_schema {
    schema::by_name<schema::keyspace_ptr> keyspaces;  ///< the users', not the system's
    /// Of system keyspaces that may be altered, by their names.
    std::map<std::string, std::map<std::string, std::string>> system_replication;
    std::optional<uuid> version;  ///< absent in an empty store
    std::uint32_t next_storage_id = 0;
    std::int64_t last_timestamp_us = 0;
    std::vector<schema::table_ptr> dropped_tables;  ///< whose rows may still be there
};

/// Told what was left out of a schema, and why.
using left_out = std::function<void(const std::string& what, const error& why)>;

/// Reads the schema back. Rows that don't fit together are an error of code server_error that says
/// which: the data is left alone. With `leave_out`, what does not fit is left out and reported
/// instead, by the worker's thread: of a schema that others made. `worker` does what takes long.
[[nodiscard]] runtime::task<result<stored_schema>> read_schema(storage::table_store& store,
                                                               runtime::blocking_pool& worker,
                                                               const left_out& leave_out = {});

}  // namespace nacre::catalog
