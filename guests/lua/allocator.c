// The interpreter's memory. Lua tells a block's size when it frees it, so small blocks need no
// headers: they are kept in a list for each size and never given back. libc's malloc serves the
// rest.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { GRAIN = 8, SMALL_MAX = 256, CHUNK_BYTES = 16 << 10 };

typedef struct free_block free_block;
struct free_block {
    free_block* next;
};

static free_block* free_blocks[SMALL_MAX / GRAIN + 1];
static char* chunk;  // what is left of the newest one
static size_t chunk_left;

static inline size_t class_of(size_t size) {
    return (size + GRAIN - 1) / GRAIN;
}

static inline void free_small(void* block, size_t class) {
    free_block* freed = block;
    freed->next = free_blocks[class];
    free_blocks[class] = freed;
}

static __attribute__((noinline)) void* cut_from_chunk(size_t class) {
    const size_t size = class * GRAIN;
    if (chunk_left < size) {
        char* fresh = malloc(CHUNK_BYTES);
        if (fresh == NULL) return NULL;
        if (chunk_left > 0) free_small(chunk, chunk_left / GRAIN);
        chunk = fresh;
        chunk_left = CHUNK_BYTES;
    }
    void* block = chunk;
    chunk += size;
    chunk_left -= size;
    return block;
}

static inline void* allocate_small(size_t class) {
    free_block* found = free_blocks[class];
    if (found == NULL) return cut_from_chunk(class);
    free_blocks[class] = found->next;
    return found;
}

static __attribute__((noinline)) void* resize(void* block, size_t old_size, size_t new_size) {
    const bool was_small = old_size <= SMALL_MAX;
    const bool is_small = new_size <= SMALL_MAX;
    if (!was_small && !is_small) return realloc(block, new_size);
    if (was_small && is_small && class_of(old_size) == class_of(new_size)) return block;
    void* moved = is_small ? allocate_small(class_of(new_size)) : malloc(new_size);
    if (moved == NULL) return NULL;
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    if (was_small) {
        free_small(block, class_of(old_size));
    } else {
        free(block);
    }
    return moved;
}

// lua_Alloc. `old_size` of no block is the kind of object that the new one is for.
static void* reallocate(void* context, void* block, size_t old_size, size_t new_size) {
    (void)context;
    if (block == NULL) {
        if (new_size == 0) return NULL;
        return new_size <= SMALL_MAX ? allocate_small(class_of(new_size)) : malloc(new_size);
    }
    if (new_size != 0) return resize(block, old_size, new_size);
    if (old_size <= SMALL_MAX) {
        free_small(block, class_of(old_size));
    } else {
        free(block);
    }
    return NULL;
}
