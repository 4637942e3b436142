// Version 2 with the C library's allocator, and its stdout and stderr.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "values.h"

const uint32_t _scylla_abi = 2;

EXPORTED(_scylla_malloc) uint32_t _scylla_malloc(uint32_t size) {
    return (uint32_t)(uintptr_t)malloc(size);
}
EXPORTED(_scylla_free) void _scylla_free(uint32_t address) {
    free((void*)(uintptr_t)address);
}

uint8_t* room_for(uint32_t size) {
    return malloc(size ? size : 1);
}
void done_with(value argument) {
    if (!is_null(argument)) free(bytes_of(argument));
}

EXPORTED(says) value says(value text) {
    printf("says %.*s\n", (int)size_of(text), (const char*)bytes_of(text));
    fprintf(stderr, "complains of %.*s\n", (int)size_of(text), (const char*)bytes_of(text));
    fflush(stdout);
    return text;
}

// Files are not there, neither to read nor to write.
EXPORTED(opens) int32_t opens(value path) {
    char name[256];
    snprintf(name, sizeof(name), "%.*s", (int)size_of(path), (const char*)bytes_of(path));
    done_with(path);
    FILE* read = fopen(name, "r");
    FILE* write = fopen(name, "w");
    return read != NULL || write != NULL || getenv("PATH") != NULL;
}
