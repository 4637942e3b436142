#include "udf/wasm/memory_access.h"

#include <algorithm>

#include <sys/mman.h>

namespace nacre::udf::wasm {

guest_memory memory_of(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
    return guest_memory(
        {wasmtime_memory_data(context, &memory), wasmtime_memory_data_size(context, &memory)});
}

memory_pages::memory_pages(wasmtime_context_t* context, const wasmtime_memory_t& memory)
    : _pages(wasmtime_memory_data(context, &memory), wasmtime_memory_data_size(context, &memory)) {}

void memory_pages::give_back() {
    constexpr std::size_t piece_bytes = 256 << 10;
    while (!_pages.empty()) {
        const auto piece = _pages.first(std::min(piece_bytes, _pages.size()));
        // The store frees whatever could not be given back here.
        (void)madvise(piece.data(), piece.size(), MADV_DONTNEED);
        _pages = _pages.subspan(piece.size());
    }
}

}  // namespace nacre::udf::wasm
