// What interpreters need of a machine: setjmp by WebAssembly exceptions, and a log. A file of its
// own, because the compiler itself refers to it.
#include "runtime.h"

#include <setjmp.h>
#include <stdint.h>

// ---- setjmp and longjmp -------------------------------------------------------------------------
// The compiler turns setjmp into a catch of the tag __c_longjmp around the rest of the function,
// and calls these three (LLVM, WebAssemblyLowerEmscriptenEHSjLj).

struct jump_argument {
    void* environment;
    int value;
};
struct jump_target {
    void* invocation;  // identifies the activation of the function that called setjmp
    uint32_t label;    // which of its setjmp calls
    struct jump_argument argument;
};
_Static_assert(sizeof(struct jump_target) <= sizeof(jmp_buf), "jmp_buf holds a jump target");

void __wasm_setjmp(void* environment, uint32_t label, void* invocation) {
    struct jump_target* target = environment;
    target->invocation = invocation;
    target->label = label;
}

uint32_t __wasm_setjmp_test(void* environment, void* invocation) {
    const struct jump_target* target = environment;
    return target->invocation == invocation ? target->label : 0;
}

void __wasm_longjmp(void* environment, int value) {
    struct jump_target* target = environment;
    target->argument.environment = environment;
    target->argument.value = value == 0 ? 1 : value;
    __builtin_wasm_throw(1, &target->argument);
}

// ---- The log ------------------------------------------------------------------------------------

struct io_vector {
    const char* data;
    size_t size;
};
__attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write"))) int32_t
host_write(int32_t file, const struct io_vector* vectors, size_t count, size_t* written);

enum { LOG_LINE_BYTES_MAX = 4096 };
static char line[LOG_LINE_BYTES_MAX];
static size_t line_size;

void guest_log_write(const char* text, size_t size) {
    size_t room = LOG_LINE_BYTES_MAX - 1 - line_size;
    size_t taken = size < room ? size : room;
    __builtin_memcpy(line + line_size, text, taken);
    line_size += taken;
}

void guest_log_end_line(int stream) {
    line[line_size] = '\n';
    const struct io_vector whole = {line, line_size + 1};
    size_t written;
    (void)host_write(stream, &whole, 1, &written);
    line_size = 0;
}
