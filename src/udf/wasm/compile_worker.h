#pragma once

#include <span>

namespace nacre::udf::wasm {

/// The word on the command line that makes the program a compiler.
inline constexpr const char* compile_command = "compile-module";

/// The life of the process that compiles modules for a server: takes requests from the socket that
/// is its standard input until that ends. `arguments` are what the server put behind
/// compile_command. Returns the exit status.
int run_compile_worker(std::span<char* const> arguments);

}  // namespace nacre::udf::wasm
