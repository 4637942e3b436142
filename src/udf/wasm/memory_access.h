#pragma once

#include <wasmtime.h>

#include "udf/wasm/guest_memory.h"

namespace nacre::udf::wasm {

/// The only way to a guest's bytes. Valid until the guest runs again.
[[nodiscard]] guest_memory memory_of(wasmtime_context_t* context, const wasmtime_memory_t& memory);

}  // namespace nacre::udf::wasm
