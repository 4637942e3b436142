#pragma once

#include <string_view>

#include "nacre/detail/guest.h"
#include "nacre/detail/text_parts.h"

namespace nacre {

/// Ends the call: the statement fails with FUNCTION_FAILURE (0x1400), this text, the function and
/// the row's arguments. Nothing is cleaned up, as the sandbox is dropped. In a program for the
/// host, as unit tests are, it throws nacre::failure.
template <detail::text_part... Parts>
[[noreturn]] void fail(const Parts&... parts) {
    if constexpr (sizeof...(Parts) == 1 &&
                  (std::convertible_to<const Parts&, std::string_view> && ...)) {
        detail::panic(std::string_view(parts)...);
    } else {
        detail::panic(detail::text_of(parts...));
    }
}

}  // namespace nacre
