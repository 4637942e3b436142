#pragma once

#include <CLI/CLI.hpp>

namespace nacre {

/// Adds `nacre function …`. Whichever command is parsed runs then; `status` becomes the exit
/// status.
void add_function_commands(CLI::App& app, int& status);

/// Adds `nacre completions SHELL`, about all that `app` has by then.
void add_completions_command(CLI::App& app, int& status);

}  // namespace nacre
