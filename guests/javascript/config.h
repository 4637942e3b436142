// Limits of the interpreter itself.
#ifndef NACRE_JAVASCRIPT_CONFIG_H
#define NACRE_JAVASCRIPT_CONFIG_H

enum {
    // Of the linear stack. Beyond it a script gets a RangeError: some 800 calls of functions. The
    // interpreter's WebAssembly frames take up to three times as much, which must fit the stack
    // that
    // the host gives (base/limits.h); where it does not, the call traps.
    STACK_BYTES_MAX = 320 << 10,
    // Cycles are looked for when the heap has grown to this.
    GC_BYTES = 4 << 20,
};

#endif
