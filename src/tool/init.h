#pragma once

#include <filesystem>

#include "tool/exit_status.h"
#include "tool/project.h"

namespace nacre::tool {

struct init_request {
    std::filesystem::path directory;
    source_language language = source_language::cpp;
};

/// Makes a directory with a function and an aggregate in the language, a file of cases and a
/// README. It must not exist, or be empty.
[[nodiscard]] exit_status init(const init_request& request);

/// Writes the language's helper library where the project's build finds it: build/sdk.
[[nodiscard]] status write_library(const std::filesystem::path& directory,
                                   source_language language);

}  // namespace nacre::tool
