// QuickJS's memory. It wants to know what a block can hold, and that this never changes: it sums
// the sizes up to tell when to look for garbage. libc's malloc may grow a block whose neighbour is
// allocated with padding, so the size is kept in front of the block.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { GRAIN_MIN = 16, ROUNDED_MAX = 64 << 10 };

typedef struct {
    size_t size;
    size_t unused;  // the block begins at a multiple of eight
} allocation;

// Whether a block was refused: so short of memory that there may be no exception that says it.
static bool memory_ran_out;

static void* allocated(allocation* at, size_t size) {
    if (at == NULL) {
        memory_ran_out = true;
        return NULL;
    }
    at->size = size;
    return at + 1;
}

// An eighth to spare: text that grows at its end is moved at every eighth, not at every character.
static size_t rounded(size_t size) {
    size_t grain = GRAIN_MIN;
    if (size >= 8 * GRAIN_MIN && size <= ROUNDED_MAX) {
        grain = (size_t)1 << (28 - __builtin_clz((uint32_t)size));
    }
    return (size + grain - 1) & ~(grain - 1);
}

static bool is_too_large(size_t size) {
    return size > (size_t)INT32_MAX;
}

static void* allocate_block(void* unused, size_t size) {
    (void)unused;
    if (is_too_large(size)) return allocated(NULL, 0);
    size = rounded(size);
    return allocated(malloc(sizeof(allocation) + size), size);
}

static void* allocate_cleared(void* unused, size_t count, size_t size) {
    (void)unused;
    if (size != 0 && count > (size_t)INT32_MAX / size) {
        return allocated(NULL, 0);
    }
    size = rounded(count * size);
    return allocated(calloc(1, sizeof(allocation) + size), size);
}

static void free_block(void* unused, void* block) {
    (void)unused;
    if (block != NULL) free((allocation*)block - 1);
}

static void* reallocate_block(void* unused, void* block, size_t size) {
    if (block == NULL) return allocate_block(unused, size);
    if (is_too_large(size)) return allocated(NULL, 0);
    size = rounded(size);
    return allocated(realloc((allocation*)block - 1, sizeof(allocation) + size), size);
}

static size_t block_size(const void* block) {
    return block == NULL ? 0 : ((const allocation*)block - 1)->size;
}

static const JSMallocFunctions allocator = {
    .js_calloc = allocate_cleared,
    .js_malloc = allocate_block,
    .js_free = free_block,
    .js_realloc = reallocate_block,
    .js_malloc_usable_size = block_size,
};
