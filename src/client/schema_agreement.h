#pragma once

#include "client/connection.h"

namespace nacre::client {

/// Waits until every server that this one knows has its version of the schema, for `allowed` at
/// most: then it is an error that says how many do not.
[[nodiscard]] status wait_for_schema_agreement(connection& server,
                                               std::chrono::milliseconds allowed);

}  // namespace nacre::client
