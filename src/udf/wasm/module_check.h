#pragma once

#include "base/result.h"
#include "schema/function.h"
#include "udf/wasm/adapter.h"
#include "udf/wasm/module_cache.h"

/// What CREATE FUNCTION demands of a module before it ever runs. Errors are 0x2200 and say what to
/// change.
namespace nacre::udf::wasm {

/// Only what the sandbox offers may be imported.
[[nodiscard]] status check_imports(const compiled_module& module);

/// Our own guests: the exports of the batch interface with their types.
[[nodiscard]] status check_batch_exports(const compiled_module& module);

/// A user's module: the function under its CQL name and with the WebAssembly types that follow from
/// the declared CQL types; a memory within the limit; `_scylla_abi`.
[[nodiscard]] status check_user_exports(const compiled_module& module,
                                        const schema::function_definition& definition,
                                        std::uint64_t memory_bytes_max);

/// What version 2 asks for in addition: `_scylla_malloc` and `_scylla_free`.
[[nodiscard]] status check_allocator(const compiled_module& module);

}  // namespace nacre::udf::wasm
