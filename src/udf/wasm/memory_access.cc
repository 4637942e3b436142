#include "udf/wasm/memory_access.h"

#include <algorithm>

#include <sys/mman.h>

namespace nacre::udf::wasm {

namespace {

std::span<std::uint8_t> bytes_of(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
    return {wasmtime_memory_data(context, &memory), wasmtime_memory_data_size(context, &memory)};
}

}  // namespace

guest_memory memory_of(wasmtime_context_t* context, const wasmtime_memory_t& memory) {
    return guest_memory(bytes_of(context, memory));
}

memory_pages::memory_pages(wasmtime_context_t* context, const wasmtime_memory_t& memory)
    : _pages(bytes_of(context, memory)) {}

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
