// The guest's exports: load a function, run it over batches of rows, fold batches into a state.
// The byte layouts are those of sdk/abi (batches) and README.md (the descriptor of a function).
#include <stdlib.h>
#include <string.h>

#include "interpreter.h"

enum { DESCRIPTOR_VERSION = 2 };
// With more results than this the guest stops early and lets the host take them.
enum { RESULT_BYTES_SOFT_MAX = 1 << 20 };
enum descriptor_flags { FLAG_CHECK = 1, FLAG_RETURNS_NULL = 2 };

// One column of a batch; see sdk/abi.
typedef struct {
    uint32_t validity;
    uint32_t values;
    uint32_t data;
    uint32_t data_size;
} column;

typedef struct {
    uint32_t row_count;
    uint32_t argument_count;
    column columns[];
} batch;

// The function of this instance.
static interpreter* opened;
static bool loaded;
static uint32_t argument_count;
static cql_type* argument_types[ARGUMENTS_MAX];
static cql_type* return_type;
static bool returns_null_on_null;

// The row at which the guest stands, for the host: a WebAssembly global, exported by the linker.
int32_t __attribute__((address_space(1))) nacre_row;

static buffer input;
static buffer values;    // native results, or offsets
static buffer validity;  // of results
static buffer data;      // serialised results, or the state
static char error_text[4096];
static size_t error_size;

// ---- Errors -----------------------------------------------------------------------------------

static void keep_error(const char* text, size_t size) {
    error_size = size < sizeof error_text ? size : sizeof error_text;
    memcpy(error_text, text, error_size);
}

static int32_t report(const char* text) {
    keep_error(text, strlen(text));
    return 1;
}

GUEST_EXPORT("nacre_error") uint64_t nacre_error(void) {
    return (uint64_t)error_size << 32 | (uintptr_t)error_text;
}

// ---- Loading ------------------------------------------------------------------------------------

// Makes the interpreter ready for any function. The host may take a snapshot after this call.
GUEST_EXPORT("nacre_open") int32_t nacre_open(void) {
    if (opened == NULL) opened = open_interpreter();
    return opened != NULL ? 0 : report("not enough memory");
}

static text_view view_text(interpreter* in, reader* from) {
    text_view view;
    view.text = read_text(in, from, &view.size);
    return view;
}

static void load_function(interpreter* in, void* descriptor) {
    reader* from = descriptor;
    script function;
    if (read_u32_little(in, from) != DESCRIPTOR_VERSION) {
        raise_error(in, "unknown descriptor version");
    }
    const uint32_t flags = read_u32_little(in, from);
    function.check = (flags & FLAG_CHECK) != 0;
    returns_null_on_null = (flags & FLAG_RETURNS_NULL) != 0;
    function.name = view_text(in, from);
    function.body = view_text(in, from);
    argument_count = read_u32_little(in, from);
    if (argument_count > ARGUMENTS_MAX) {
        raise_error(in, "functions of this language take at most %d arguments", ARGUMENTS_MAX);
    }
    function.argument_count = argument_count;
    for (uint32_t i = 0; i < argument_count; ++i) {
        function.argument_names[i] = view_text(in, from);
        argument_types[i] = read_type(in, from);
    }
    return_type = read_type(in, from);
    compile_script(in, &function);
}

GUEST_EXPORT("nacre_load") int32_t nacre_load(const uint8_t* descriptor, uint32_t size) {
    if (nacre_open() != 0) return 1;
    reader from = {descriptor, descriptor + size};
    loaded = protect(opened, load_function, &from);
    return !loaded;
}

// Apart from nacre_load, which a host may replace by the memory that it left another time.
GUEST_EXPORT("nacre_seed") int32_t nacre_seed(uint64_t seed) {
    if (!loaded) return report("no function loaded");
    seed_random(opened, seed);
    return 0;
}

// ---- Batches ------------------------------------------------------------------------------------

GUEST_EXPORT("nacre_reserve") void* nacre_reserve(uint32_t size) {
    if (size > input.capacity || input.data == NULL) {
        // What the buffer held is not needed again, so it isn't copied.
        free(input.data);
        input.capacity = size < 4096 ? 4096 : size;
        input.data = malloc(input.capacity);
        if (input.data == NULL) input.capacity = 0;
    }
    return input.data;
}

static inline bool is_valid(const column* from, uint32_t row) {
    if (from->validity == 0) return true;
    return (((const uint8_t*)(uintptr_t)from->validity)[row >> 3] >> (row & 7) & 1) != 0;
}

static inline void pass_argument(interpreter* in, uint32_t argument, const column* from,
                                 uint32_t row) {
    if (!is_valid(from, row)) {
        pass_null(in, argument);
        return;
    }
    const cql_type* type = argument_types[argument];
    const void* native = (const void*)(uintptr_t)from->values;
    if (type->width != 0) {
        pass_native(in, argument, type, native, row);
        return;
    }
    const uint32_t* offsets = native;
    pass_serialised(in, argument, type, (const uint8_t*)(uintptr_t)from->data + offsets[row],
                    offsets[row + 1] - offsets[row]);
}

static void prepare_results(interpreter* in, uint32_t rows) {
    values.size = validity.size = data.size = 0;
    buffer_reserve(in, &validity, rows / 8 + 1);
    buffer_reserve(in, &values,
                   return_type->width != 0 ? (size_t)rows * return_type->width : (rows + 1) * 4u);
    memset(validity.data, 0, rows / 8 + 1);
    if (return_type->width == 0) memset(values.data, 0, 4);
}

// Returns whether the result is null.
static inline bool store_result(interpreter* in, uint32_t row) {
    const bool null = result_is_null(in);
    if (!null) validity.data[row >> 3] |= (uint8_t)(1u << (row & 7));
    if (return_type->width != 0) {
        if (null) {
            memset(values.data + (size_t)row * return_type->width, 0, return_type->width);
        } else {
            store_result_native(in, return_type, values.data, row);
        }
    } else {
        if (!null) append_result(in, return_type, &data);
        ((uint32_t*)values.data)[row + 1] = (uint32_t)data.size;
    }
    return null;
}

static void call_rows(interpreter* in, void* argument) {
    batch* rows = argument;
    const uint32_t count = rows->row_count;
    if (count == 0) return;
    prepare_results(in, count);
    rows_begin(in, argument_count);
    bool any_null = false;
    uint32_t row = 0;
    do {
        nacre_row = (int32_t)row;
        row_begin(in);
        for (uint32_t i = 0; i < argument_count; ++i) pass_argument(in, i, &rows->columns[i], row);
        row_call(in, argument_count);
        any_null |= store_result(in, row);
        row_end(in);
    } while (++row < count && data.size < RESULT_BYTES_SOFT_MAX);
    rows->row_count = row;
    column* result = &rows->columns[argument_count];
    result->validity = any_null ? (uint32_t)(uintptr_t)validity.data : 0;
    result->values = (uint32_t)(uintptr_t)values.data;
    result->data = return_type->width != 0 ? 0 : (uint32_t)(uintptr_t)data.data;
    result->data_size = return_type->width != 0 ? 0 : (uint32_t)data.size;
}

GUEST_EXPORT("nacre_call") int32_t nacre_call(batch* rows) {
    if (!loaded || rows->argument_count != argument_count) return report("no function loaded");
    return !protect(opened, call_rows, rows);
}

// ---- Folding ------------------------------------------------------------------------------------

static void fold_rows(interpreter* in, void* argument) {
    const batch* rows = argument;
    const uint32_t count = rows->row_count;
    fold_begin(in, argument_count);
    for (uint32_t row = 0; row < count; ++row) {
        if (returns_null_on_null && state_is_null(in)) break;
        nacre_row = (int32_t)row;
        row_begin(in);
        pass_state(in, 0);
        for (uint32_t i = 1; i < argument_count; ++i) {
            pass_argument(in, i, &rows->columns[i - 1], row);
        }
        row_call(in, argument_count);
        keep_result_as_state(in, return_type);
        row_end(in);
    }
    fold_end(in);
}

GUEST_EXPORT("nacre_fold") int32_t nacre_fold(batch* rows) {
    if (!loaded || rows->argument_count + 1 != argument_count) {
        return report("no state function loaded");
    }
    return !protect(opened, fold_rows, rows);
}

static void read_state(interpreter* in, void* argument) {
    const reader* from = argument;
    set_kept_state(in, argument_types[0], from->at, (size_t)(from->end - from->at));
}

GUEST_EXPORT("nacre_set_state") int32_t nacre_set_state(const uint8_t* bytes, int32_t size) {
    if (!loaded || argument_count == 0) return report("no state function loaded");
    if (size < 0) {
        clear_kept_state(opened);
        return 0;
    }
    reader from = {bytes, bytes + size};
    return !protect(opened, read_state, &from);
}

static void write_state(interpreter* in, void* unused) {
    (void)unused;
    data.size = 0;
    buffer_reserve(in, &data, 1);
    append_kept_state(in, argument_types[0], &data);
}

GUEST_EXPORT("nacre_get_state") uint64_t nacre_get_state(void) {
    if (!loaded || kept_state_is_null(opened)) return (uint64_t)UINT32_MAX << 32;
    if (!protect(opened, write_state, NULL)) return (uint64_t)(UINT32_MAX - 1) << 32;
    return (uint64_t)data.size << 32 | (uintptr_t)data.data;
}
