// What batch.c asks of a guest's interpreter. There is one interpreter, one function, one thread.
//
// A row is called like this: row_begin, a pass_… for each argument in order, row_call; then its
// result is at hand until row_end. Everything but open_interpreter and protect is called within
// protect and may raise.
#ifndef NACRE_INTERPRETER_H
#define NACRE_INTERPRETER_H

#include "cql.h"

enum { ARGUMENTS_MAX = 200 };

// A function as the host describes it.
typedef struct {
    const char* text;
    size_t size;
} text_view;
typedef struct {
    text_view name;
    text_view body;
    uint32_t argument_count;
    text_view argument_names[ARGUMENTS_MAX];
    // The first time that this body is seen: syntax errors should read as its author expects.
    bool check;
} script;

// The interpreter, ready for any function, or NULL: out of memory.
static interpreter* open_interpreter(void);
// Calls body(in, argument). If it raises, false, and keep_error has the text.
static bool protect(interpreter* in, void (*body)(interpreter* in, void* argument), void* argument);
static void keep_error(const char* text, size_t size);

static void compile_script(interpreter* in, const script* function);
// The function's random numbers follow from it. Does not raise; called outside of protect.
static void seed_random(interpreter* in, uint64_t seed);

// Around the rows of a batch. A fold's state is at hand in between.
static void rows_begin(interpreter* in, uint32_t argument_count);
static void fold_begin(interpreter* in, uint32_t argument_count);
static void fold_end(interpreter* in);

static inline void row_begin(interpreter* in);
static inline void pass_null(interpreter* in, uint32_t argument);
static inline void pass_native(interpreter* in, uint32_t argument, const cql_type* type,
                               const void* values, uint32_t row);
static inline void pass_serialised(interpreter* in, uint32_t argument, const cql_type* type,
                                   const uint8_t* data, size_t size);
static inline void pass_state(interpreter* in, uint32_t argument);
static inline void row_call(interpreter* in, uint32_t argument_count);
static inline bool result_is_null(interpreter* in);
// The result is not null.
static inline void store_result_native(interpreter* in, const cql_type* type, void* values,
                                       uint32_t row);
static inline void append_result(interpreter* in, const cql_type* type, buffer* out);
// The result becomes the state: as it would be if it had been stored and read back, except that
// compound values and text stay as they are until they leave the guest.
static inline void keep_result_as_state(interpreter* in, const cql_type* type);
static inline bool state_is_null(interpreter* in);
// Forgets what the row has left in the interpreter.
static inline void row_end(interpreter* in);

// Between batches.
static bool kept_state_is_null(interpreter* in);
static void clear_kept_state(interpreter* in);
static void set_kept_state(interpreter* in, const cql_type* type, const uint8_t* data, size_t size);
static void append_kept_state(interpreter* in, const cql_type* type, buffer* out);

#endif
