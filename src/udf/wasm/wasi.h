#pragma once

#include <string_view>

#include <wasmtime.h>

#include "base/result.h"

namespace nacre::udf::wasm {

/// WASI preview 1 as an empty world: no arguments, no environment, no files, no sockets. Writes to
/// stdout and stderr become log lines; clocks and random numbers are those of the guest's world;
/// everything else says that it is not supported. `proc_exit` ends the call with an error.
[[nodiscard]] status define_wasi(wasmtime_linker_t* linker);

/// Whether a module may import this function.
[[nodiscard]] bool is_allowed_import(std::string_view module, std::string_view name);

}  // namespace nacre::udf::wasm
