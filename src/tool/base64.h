#pragma once

#include "base/bytes.h"

namespace nacre::tool {

/// RFC 4648, padded, without line breaks.
[[nodiscard]] std::string to_base64(bytes_view data);

}  // namespace nacre::tool
