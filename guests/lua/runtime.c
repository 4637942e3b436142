// What the interpreter must not take from libc, which would import it from WASI: no clock, no files.
// The interpreter asks the clock only for random seeds.
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "guest.h"

static uint64_t random_seed = 0x9e3779b97f4a7c15u;
void set_random_seed(uint64_t seed) {
    random_seed = seed;
}

time_t guest_time(time_t* out) {
    if (out != NULL) *out = (time_t)random_seed;
    return (time_t)random_seed;
}
clock_t guest_clock(void) {
    return (clock_t)random_seed;
}

// luaL_loadfilex is linked although nothing calls it.
FILE* guest_fopen(const char* restrict name, const char* restrict mode) {
    (void)name, (void)mode;
    errno = EPERM;
    return NULL;
}
FILE* guest_freopen(const char* restrict name, const char* restrict mode, FILE* restrict file) {
    (void)file;
    return guest_fopen(name, mode);
}
