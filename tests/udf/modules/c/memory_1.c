// Version 1: the host never frees. One buffer holds the result of each call; it grows at the
// memory's end.
#include "values.h"

const uint32_t _scylla_abi = 1;

static uint8_t* buffer;
static uint32_t buffer_size;

uint8_t* room_for(uint32_t size) {
    if (size > buffer_size) {
        const uint32_t pages = (size + 65535) / 65536;
        const uint32_t before = (uint32_t)__builtin_wasm_memory_grow(0, pages);
        if (before == (uint32_t)-1) __builtin_trap();
        buffer = (uint8_t*)(uintptr_t)(before * 65536);
        buffer_size = pages * 65536;
    }
    return buffer;
}

void done_with(value argument) {
    (void)argument;
}
