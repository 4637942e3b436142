// What the interpreter must not take from libc, which would import it from WASI: no clock, no files.
// The interpreter asks the clock only when math is opened, for a seed that seed_random replaces.
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "guest.h"

time_t guest_time(time_t* out) {
    if (out != NULL) *out = 0;
    return 0;
}
clock_t guest_clock(void) {
    return 0;
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
