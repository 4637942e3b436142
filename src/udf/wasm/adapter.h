#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/function.h"

namespace nacre::udf::wasm {

/// The module contract's versions (sdk/abi): they differ in who allocates guest memory.
enum class abi_version : std::uint8_t { one = 1, two = 2 };

/// How a value crosses between a module of ABI 1 or 2 and its caller: as a plain WebAssembly
/// number, or as the size and address of serialised CQL bytes in one i64.
enum class value_form : std::uint8_t { i32, i64, f32, f64, sized };

[[nodiscard]] value_form form_of(const types::type& type, schema::null_input on_null);
/// "i32", …: the WebAssembly type of the form.
[[nodiscard]] std::string_view wasm_type(value_form form);

/// What an adapter depends on: functions that agree in all of this share one.
struct adapter_signature {
    abi_version abi = abi_version::one;
    schema::null_input on_null = schema::null_input::called;
    std::vector<types::type_ptr> argument_types;
    types::type_ptr return_type;
    std::uint32_t memory_bytes_max = 0;
};

/// Generates, as WebAssembly text, the module that stands between the batch interface
/// (sdk/abi/batch.md) and a user's module: the loop over the rows, byte order, nulls, the guest's
/// allocator. It has a memory of its own for the batches, which the user's module can't reach, and
/// imports, in this order and all from "user": "memory", "function", and in version 2 "malloc" and
/// "free". State functions (whose first argument is of the return type) get the fold exports too.
[[nodiscard]] std::string generate_adapter(const adapter_signature& signature);

}  // namespace nacre::udf::wasm
