#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/client.h"
#include "gateway/routing.h"
#include "gateway/used_tables.h"
#include "gateway/value_calls.h"
#include "query/engine.h"
#include "runtime/work.h"

namespace nacre::gateway {

/// A statement that clients may execute by its id. Immutable, shared by all shards.
struct prepared : runtime::describable {
    [[nodiscard]] std::string describe() const override { return text; }

    bytes id;
    std::string text;
    std::string keyspace;  ///< the session's when it was prepared
    gateway::route route = route::forward;
    used_tables tables;
    bool idempotent = false;
    std::optional<std::string> dropped_role;  ///< by DROP ROLE
    cluster::prepared_ptr statement;          ///< null if it is executed here
    value_calls_ptr calls;                    ///< null unless it calls functions among its values
    std::vector<query::column_specification> markers;
    std::vector<std::uint16_t> partition_key_indices;
    query::result_metadata_ptr metadata;
};
using prepared_ptr = std::shared_ptr<const prepared>;

}  // namespace nacre::gateway
