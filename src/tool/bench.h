#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tool/exit_status.h"
#include "tool/laboratory.h"
#include "tool/package.h"

namespace nacre::tool {

struct bench_request {
    std::string function;           ///< only this one; empty: all
    std::vector<std::string> rows;  ///< "(1, 'a')"
    std::filesystem::path csv;
    std::uint32_t batch_rows = 1'000;
    double seconds = 0.5;
    bool is_json = false;
};

/// Calls every function that is no part of an aggregate with the given rows, or with samples of its
/// types, again and again, and tells what a row costs: nanoseconds inside of the sandbox on one
/// core of this machine, and fuel, which counts WebAssembly instructions and is the same
/// everywhere.
[[nodiscard]] exit_status bench(const package& what, const sandbox_parts& parts,
                                const bench_request& request);

}  // namespace nacre::tool
