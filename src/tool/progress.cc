#include "tool/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

namespace nacre::tool {

progress::progress() : _is_terminal(isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
    clear();
}

void progress::step(std::string_view what) {
    if (!_is_terminal) return;
    fmt::print(stderr, "\r\033[K{} …", what);
    std::fflush(stderr);
    _is_shown = true;
}

void progress::clear() {
    if (!_is_shown) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    _is_shown = false;
}

}  // namespace nacre::tool
