#pragma once

#include "main/config.h"

namespace nacre {

/// Runs the server until SIGTERM or SIGINT. Returns when everything has stopped in order, or the
/// reason why it could not start; the data is then as it was.
[[nodiscard]] status serve(const configuration& config);

/// The same as a gateway over an existing cluster: the data directory holds only what can be made
/// again.
[[nodiscard]] status serve_gateway(const configuration& config);

}  // namespace nacre
