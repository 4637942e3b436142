#pragma once

#include "tool/exit_status.h"
#include "tool/project.h"

namespace nacre::tool {

struct build_options {
    bool is_quiet = false;  ///< nothing on stdout if all goes well
    bool is_json = false;
};

/// Compiles the project's module with the programs that are installed, and strips it. What a
/// compiler says goes to stderr if it fails. `no_toolchain`: a program is missing, and stderr says
/// what to install.
[[nodiscard]] exit_status build(const project& what, const build_options& options);

}  // namespace nacre::tool
