#pragma once

#include <filesystem>
#include <vector>

#include "tool/exit_status.h"
#include "tool/laboratory.h"
#include "tool/package.h"

namespace nacre::tool {

struct test_request {
    std::vector<std::filesystem::path> files;  ///< of cases
    bool tries_edges = true;
    bool shows_output = false;
    bool is_json = false;
};

/// Runs the declared cases of the package's functions and aggregates in the server's sandbox, each
/// alone and all in one batch, aggregates also in pieces; then, unless a file says `edges off`,
/// nulls and edge values, which no function may trap on. Tells the outcome on stdout.
[[nodiscard]] exit_status test_functions(const package& what, const sandbox_parts& parts,
                                         const test_request& request);

}  // namespace nacre::tool
