#include "udf/wasm/memory_access.h"

namespace nacre::udf::wasm {

guest_memory memory_of(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
    return guest_memory(
        {wasmtime_memory_data(context, &memory), wasmtime_memory_data_size(context, &memory)});
}

}  // namespace nacre::udf::wasm
