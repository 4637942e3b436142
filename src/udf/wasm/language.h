#pragma once

#include <memory>

#include "function/language.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre::udf::wasm {

/// LANGUAGE wasm (and xwasm, its older name): bodies are modules of ABI version 1 or 2, as
/// WebAssembly text or as the base64 text of a binary. One per process; `engine` and `statistics`
/// outlive it and everything it compiles.
[[nodiscard]] std::unique_ptr<function::language> make_language(wasm_engine& engine,
                                                                statistics_registry& statistics,
                                                                function_limits limits);

}  // namespace nacre::udf::wasm
