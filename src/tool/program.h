#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nacre::tool {

/// Where the PATH has a program.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::string& name);

struct program_run {
    int status = 0;      ///< of the exit; 128 and the signal's number if a signal ended it
    std::string output;  ///< stdout and stderr as they came
};

/// Runs a program to its end in a directory, without input; `words` begins with its name or path.
[[nodiscard]] result<program_run> run_program(const std::vector<std::string>& words,
                                              const std::filesystem::path& directory);

}  // namespace nacre::tool
