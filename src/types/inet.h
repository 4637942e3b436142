#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace nacre::types {

/// An IPv4 or IPv6 address as its 4 or 16 bytes; absent if `text` is none. An IPv4 address mapped
/// into IPv6 becomes the IPv4 address.
[[nodiscard]] std::optional<bytes> parse_inet(std::string_view text);
/// `address` has 4 or 16 bytes.
[[nodiscard]] std::string inet_to_text(bytes_view address);

}  // namespace nacre::types
