// Version 2 without a library: blocks in powers of two, freed ones in a list for each size.
#include "values.h"

const uint32_t _scylla_abi = 2;

extern uint8_t __heap_base;

struct block {
    uint32_t rank;
    struct block* next;
};

static struct block* free_blocks[32];
static uint32_t top;

EXPORTED(_scylla_malloc) uint32_t _scylla_malloc(uint32_t size) {
    uint32_t rank = 4;
    while ((1u << rank) < size + sizeof(struct block)) ++rank;
    struct block* found = free_blocks[rank];
    if (found) {
        free_blocks[rank] = found->next;
    } else {
        if (top == 0) top = ((uint32_t)(uintptr_t)&__heap_base + 15) & ~15u;
        const uint32_t end = top + (1u << rank);
        const uint32_t have = (uint32_t)__builtin_wasm_memory_size(0) * 65536;
        if (end > have &&
            (uint32_t)__builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == (uint32_t)-1)
            return 0;
        found = (struct block*)(uintptr_t)top;
        found->rank = rank;
        top = end;
    }
    return (uint32_t)(uintptr_t)(found + 1);
}

EXPORTED(_scylla_free) void _scylla_free(uint32_t address) {
    if (address == 0) return;
    struct block* freed = (struct block*)(uintptr_t)address - 1;
    freed->next = free_blocks[freed->rank];
    free_blocks[freed->rank] = freed;
}

uint8_t* room_for(uint32_t size) {
    const uint32_t address = _scylla_malloc(size);
    if (address == 0) __builtin_trap();
    return (uint8_t*)(uintptr_t)address;
}

void done_with(value argument) {
    if (!is_null(argument)) _scylla_free((uint32_t)argument);
}
