#pragma once

#include <string_view>
#include <vector>

namespace nacre::tool {

/// A file that came with the program: of the helper libraries ("sdk/…") or of what a new project
/// begins with ("templates/…"). See cmake/embedded_files.cmake.
struct embedded_file {
    std::string_view name;
    std::string_view contents;
};

[[nodiscard]] std::vector<embedded_file> embedded_files();

}  // namespace nacre::tool
