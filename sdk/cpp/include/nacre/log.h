#pragma once

#include <string_view>

#include "nacre/detail/guest.h"
#include "nacre/detail/text_parts.h"

#ifndef __wasm__
#include <cstdio>
#endif

namespace nacre {

namespace detail {

#ifdef __wasm__

struct wasi_text {
    const char* address;
    std::uint32_t size;
};
// A module that logs imports this; one that does not has no imports.
extern "C"
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) std::uint32_t
    nacre_fd_write(std::uint32_t stream, const wasi_text* texts, std::uint32_t count,
                   std::uint32_t* written);

inline void write_line(std::string_view text) {
    const wasi_text line[2] = {{text.data(), static_cast<std::uint32_t>(text.size())}, {"\n", 1}};
    std::uint32_t written = 0;
    nacre_fd_write(1, line, 2, &written);
}

#else

inline void write_line(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

#endif

}  // namespace detail

/// Writes a line to the function's log (`system_views.function_logs`, the server's log). What goes
/// beyond the limits of a statement is dropped.
template <detail::text_part... Parts>
void log(const Parts&... parts) {
    if constexpr (sizeof...(Parts) == 1 &&
                  (std::convertible_to<const Parts&, std::string_view> && ...)) {
        detail::write_line(std::string_view(parts)...);
    } else {
        detail::write_line(detail::text_of(parts...));
    }
}

}  // namespace nacre
