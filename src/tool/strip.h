#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::tool {

/// A binary module without the custom sections that a server has no use for: names, debugging
/// information, producers. Those of Nacre's own interface stay.
[[nodiscard]] result<bytes> strip(bytes_view module);

}  // namespace nacre::tool
