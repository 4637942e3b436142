#pragma once

#include "base/result.h"
#include "schema/function.h"
#include "udf/wasm/adapter.h"
#include "udf/wasm/module_cache.h"

/// What CREATE FUNCTION demands of a module before it ever runs. Errors are 0x2200 and say what to
/// change.
namespace nacre::udf::wasm {

/// Only what the sandbox offers may be imported.
[[nodiscard]] status check_imports(const wasmtime_module_t& module);

/// Our own guests: the exports of the batch interface with their types.
[[nodiscard]] status check_batch_exports(const compiled_module& module);

/// Whether the module exports the function `name` by the batch interface (ABI 3).
[[nodiscard]] bool exports_batch_function(const compiled_module& module, std::string_view name);

/// Whether the module has exports of ABI 1 or 2 for the function `name`.
[[nodiscard]] bool exports_plain_function(const compiled_module& module, std::string_view name);

/// A user's module of ABI 3: the exports of the function `name` and those of the whole module, with
/// their types.
[[nodiscard]] status check_batch_function(const compiled_module& module, std::string_view name,
                                          std::uint64_t memory_bytes_max);

/// A user's module of ABI 1 or 2: the function under its name and with the WebAssembly types that
/// follow from the declared CQL types; a memory within the limit; `_scylla_abi`.
[[nodiscard]] status check_user_exports(const compiled_module& module,
                                        const schema::function_definition& definition,
                                        std::uint64_t memory_bytes_max);

/// What version 2 asks for in addition: `_scylla_malloc` and `_scylla_free`.
[[nodiscard]] status check_allocator(const compiled_module& module);

}  // namespace nacre::udf::wasm
