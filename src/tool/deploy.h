#pragma once

#include <string>

#include "client/connection.h"
#include "tool/exit_status.h"
#include "tool/package.h"

namespace nacre::tool {

struct deploy_request {
    client::endpoint server;
    std::string keyspace;
    bool creates_keyspace = false;
    bool is_json = false;
};

/// Creates or replaces everything of the package, waits until all servers have the schema, and says
/// on stdout how to call it.
[[nodiscard]] exit_status deploy(const package& what, const deploy_request& request);

}  // namespace nacre::tool
