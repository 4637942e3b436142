// What versions 1 and 2 of the module contract pass: a size and an address, -1 for null, CQL's
// serialisation at the address.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t value;

#define EXPORTED(name) __attribute__((export_name(#name)))

static inline int32_t size_of(value v) {
    return (int32_t)(v >> 32);
}
static inline uint8_t* bytes_of(value v) {
    return (uint8_t*)(uintptr_t)(uint32_t)v;
}
static inline bool is_null(value v) {
    return size_of(v) < 0;
}
static inline value value_of(int32_t size, const void* bytes) {
    return (uint64_t)(uint32_t)size << 32 | (uint32_t)(uintptr_t)bytes;
}
static inline value null_value(void) {
    return value_of(-1, 0);
}

static inline int32_t load32(const uint8_t* from) {
    return (int32_t)((uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 |
                     from[3]);
}
static inline void store32(uint8_t* to, int32_t number) {
    for (int i = 0; i < 4; ++i) to[i] = (uint8_t)((uint32_t)number >> (24 - 8 * i));
}
static inline int64_t load64(const uint8_t* from) {
    return (int64_t)((uint64_t)(uint32_t)load32(from) << 32 | (uint32_t)load32(from + 4));
}
static inline void store64(uint8_t* to, int64_t number) {
    store32(to, (int32_t)(number >> 32));
    store32(to + 4, (int32_t)number);
}

// One function for each version: where a result's bytes go, and what is done with an argument
// afterwards.
uint8_t* room_for(uint32_t size);
void done_with(value argument);
