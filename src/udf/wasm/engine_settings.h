#pragma once

#include "base/limits.h"
#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

/// The engine that runs guests, with its pool of memories and stacks. Null: the settings don't fit
/// together.
[[nodiscard]] engine_handle make_running_engine(const sandbox_limits& limits,
                                                const function_limits& ceilings, bool counts_fuel);

/// An engine that only compiles: its machine code fits every running engine of this machine.
[[nodiscard]] engine_handle make_compiling_engine();

}  // namespace nacre::udf::wasm
