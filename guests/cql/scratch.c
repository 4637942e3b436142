// Memory of one operation: chunks that are filled in turn. The first is part of the module, which
// is enough for almost everything; others are freed as soon as they are given back.
#include <stdlib.h>

#include "cql.h"

enum { SCRATCH_CHUNK_BYTES = 16 << 10 };

struct scratch_chunk {
    struct scratch_chunk* before;
    uint8_t* data;
    size_t size;
    size_t used;
};

static _Alignas(8) uint8_t scratch_room[SCRATCH_CHUNK_BYTES];
static struct scratch_chunk scratch_first = {.data = scratch_room, .size = SCRATCH_CHUNK_BYTES};
static struct scratch_chunk* scratch = &scratch_first;

void* scratch_allocate(interpreter* in, size_t size) {
    size = (size + 7) & ~(size_t)7;
    if (scratch->size - scratch->used < size) {
        size_t room = size < SCRATCH_CHUNK_BYTES ? SCRATCH_CHUNK_BYTES : size;
        struct scratch_chunk* more =
            room > INT32_MAX / 2 ? NULL : malloc(sizeof(struct scratch_chunk) + room);
        if (more == NULL) raise_no_memory(in);
        more->before = scratch;
        more->data = (uint8_t*)(more + 1);
        more->size = room;
        more->used = 0;
        scratch = more;
    }
    void* memory = scratch->data + scratch->used;
    scratch->used += size;
    return memory;
}

scratch_mark scratch_now(void) {
    return (scratch_mark){scratch, scratch->used};
}

void scratch_release(scratch_mark mark) {
    while (scratch != mark.chunk) {
        struct scratch_chunk* before = scratch->before;
        free(scratch);
        scratch = before;
    }
    scratch->used = mark.used;
}

void scratch_release_all(void) {
    scratch_release((scratch_mark){&scratch_first, 0});
}
