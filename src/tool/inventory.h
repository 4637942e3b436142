#pragma once

#include <optional>
#include <string>

#include "client/endpoint.h"
#include "tool/exit_status.h"

/// What a server has and does: list, show, logs, drop.
namespace nacre::tool {

struct inventory_request {
    client::endpoint server;
    std::string keyspace;  ///< for list and logs: empty means all
    /// "fib", or "fib(bigint)" for one overload; empty: all (list, logs).
    std::string name;
    bool is_json = false;
};

/// The functions and aggregates, with what they cost so far.
[[nodiscard]] exit_status list_functions(const inventory_request& request);

/// All that the server tells of a function: signature, cost, memory, errors.
[[nodiscard]] exit_status show_function(const inventory_request& request);

/// Drops a function or aggregate.
[[nodiscard]] exit_status drop_function(const inventory_request& request, bool if_exists);

}  // namespace nacre::tool
