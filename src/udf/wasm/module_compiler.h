#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

inline constexpr bytes_view binary_magic("\0asm", 4);

/// What a binary module defines, read without validating it; whatever does not parse counts as
/// nothing, since the compiler will say what is wrong with it.
struct module_shape {
    std::uint64_t functions = 0;
    std::uint64_t memories = 0;

    [[nodiscard]] static module_shape of(bytes_view binary);
};

/// Compiles a binary or text module on this thread, to machine code as Wasmtime serialises it. The
/// error is 0x2200, "Compilation failed: …".
[[nodiscard]] result<bytes> compile_module(wasm_engine_t* engine, bytes_view source,
                                           const sandbox_limits& limits);

}  // namespace nacre::udf::wasm
