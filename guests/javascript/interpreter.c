// QuickJS as batch.c needs it: a context, a function, calls and their results.
#include "../cql/interpreter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "guest.h"

// ---- Errors
// ---------------------------------------------------------------------------------------

char raised_text[512];
static jmp_buf* innermost;

_Noreturn static void raise(enum guard_outcome what) {
    longjmp(*innermost, what);
}

void raise_error(JSContext* in, const char* format, ...) {
    (void)in;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(raised_text, sizeof raised_text, format, arguments);
    va_end(arguments);
    raise(RAISED_TEXT);
}

void raise_no_memory(JSContext* in) {
    (void)JS_ThrowOutOfMemory(in);
    raise(RAISED_EXCEPTION);
}

void raise_exception(JSContext* in) {
    (void)in;
    raise(RAISED_EXCEPTION);
}

enum guard_outcome guarded(JSContext* in, void (*body)(JSContext* in, void* argument),
                           void* argument) {
    jmp_buf here;
    jmp_buf* const outer = innermost;
    const scratch_mark before = scratch_now();
    innermost = &here;
    const enum guard_outcome outcome = (enum guard_outcome)setjmp(here);
    if (outcome == RAISED_NOTHING) body(in, argument);
    innermost = outer;
    scratch_release(before);
    return outcome;
}

static char function_name[256];  // also the name of the source

// The line of the innermost frame of the function's source that the stack tells, or 0.
static int line_in(const char* stack) {
    const size_t size = strlen(function_name);
    for (const char* at = stack; (at = strstr(at, function_name)) != NULL; at += 1) {
        if (at == stack || (at[-1] != '(' && at[-1] != ' ') || at[size] != ':') continue;
        const int line = atoi(at + size + 1);
        if (line > 0) return line;
    }
    return 0;
}

// An Error keeps the stack inside, where no script can put anything else.
static int line_of(JSContext* in, JSValueConst exception) {
    if (JS_GetClassID(exception) != JS_CLASS_ERROR) return 0;
    JSValue stack = JS_VALUE_GET_OBJ(exception)->u.object_data;
    if (!JS_IsString(stack)) return 0;
    const char* text = JS_ToCString(in, stack);
    const int line = text == NULL ? 0 : line_in(text);
    JS_FreeCString(in, text);
    return line;
}

// "name:line: TypeError: what"
static void keep_exception(JSContext* in) {
    JSValue exception = JS_GetException(in);
    if (memory_ran_out && !JS_IsObject(exception)) {
        keep_error("out of memory", 13);
        return;
    }
    const int line = line_of(in, exception);
    char text[4096];
    const int start = line > 0 ? snprintf(text, sizeof text, "%s:%d: ", function_name, line) : 0;
    JSValue shown = explain_exception(in, exception);
    size_t size = 0;
    const char* what = JS_IsException(shown) ? NULL : JS_ToCStringLen(in, &size, shown);
    if (what == NULL) {
        what = "an exception that can't be shown";
        size = strlen(what);
    }
    if (size > sizeof text - (size_t)start) size = sizeof text - (size_t)start;
    memcpy(text + start, what, size);
    keep_error(text, (size_t)start + size);
}

static bool protect(JSContext* in, void (*body)(JSContext* in, void* argument), void* argument) {
    memory_ran_out = false;
    const enum guard_outcome outcome = guarded(in, body, argument);
    if (outcome == RAISED_TEXT) keep_error(raised_text, strlen(raised_text));
    if (outcome == RAISED_EXCEPTION) keep_exception(in);
    return outcome == RAISED_NOTHING;
}

// ---- Loading
// --------------------------------------------------------------------------------------

static JSValue function = JS_UNDEFINED;
static JSValue state = JS_NULL;

// Rejected promises that nobody has looked at.
enum { REJECTIONS_MAX = 16 };
static JSValue rejected[REJECTIONS_MAX];
static int rejected_count;

static void track_rejection(JSContext* in, JSValueConst promise, JSValueConst reason,
                            bool is_handled, void* unused) {
    (void)reason, (void)unused;
    if (!is_handled) {
        if (rejected_count < REJECTIONS_MAX) rejected[rejected_count++] = JS_DupValue(in, promise);
        return;
    }
    for (int i = 0; i < rejected_count; ++i) {
        if (JS_VALUE_GET_PTR(rejected[i]) != JS_VALUE_GET_PTR(promise)) continue;
        JS_FreeValue(in, rejected[i]);
        rejected[i] = rejected[--rejected_count];
        return;
    }
}

static void open_context(JSContext* in, void* unused) {
    (void)unused;
    open_library(in);
}

static JSContext* open_interpreter(void) {
    JSRuntime* runtime = JS_NewRuntime2(&allocator, NULL);
    if (runtime == NULL) return NULL;
    JS_SetMaxStackSize(runtime, STACK_BYTES_MAX);
    // Nothing of the environment is garbage, and what it is made of must stay in its order.
    JS_SetGCThreshold(runtime, (size_t)-1);
    JS_SetHostPromiseRejectionTracker(runtime, track_rejection, NULL);
    JSContext* in = JS_NewContextRaw(runtime);
    if (in == NULL || guarded(in, open_context, NULL) != RAISED_NOTHING) return NULL;
    JS_SetGCThreshold(runtime, GC_BYTES);
    return in;
}

static JSValue evaluate(JSContext* in, const buffer* source) {
    return JS_Eval(in, (const char*)source->data, source->size - 1, function_name,
                   JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT);
}

static void seed_random(JSContext* in, uint64_t seed) {
    in->random_state = seed != 0 ? seed : 1;
    clock_stands_still = false;
}

static void append(JSContext* in, buffer* out, const char* text) {
    buffer_append(in, out, text, strlen(text));
}

// Whether it can be a parameter in strict mode.
static bool is_name(const text_view* name) {
    static const char* const reserved[] = {
        "arguments",  "break",   "case",    "catch",      "class",     "const",    "continue",
        "debugger",   "default", "delete",  "do",         "else",      "enum",     "eval",
        "export",     "extends", "false",   "finally",    "for",       "function", "if",
        "implements", "import",  "in",      "instanceof", "interface", "let",      "new",
        "null",       "package", "private", "protected",  "public",    "return",   "static",
        "super",      "switch",  "this",    "throw",      "true",      "try",      "typeof",
        "var",        "void",    "while",   "with",       "yield"};
    for (size_t i = 0; i < countof(reserved); ++i) {
        if (strlen(reserved[i]) == name->size && memcmp(reserved[i], name->text, name->size) == 0) {
            return false;
        }
    }
    const uint8_t* at = (const uint8_t*)name->text;
    const uint8_t* end = at + name->size;
    for (bool first = true; at < end; first = false) {
        const uint32_t c = utf8_decode_len(at, (size_t)(end - at), &at);
        if (!(first ? lre_js_is_ident_first(c) : lre_js_is_ident_next(c))) return false;
    }
    return name->size > 0;
}

static bool has_argument(const script* described, const buffer* name) {
    for (uint32_t i = 0; i < described->argument_count; ++i) {
        const text_view* other = &described->argument_names[i];
        if (other->size == name->size && memcmp(other->text, name->data, name->size) == 0) {
            return true;
        }
    }
    return false;
}

// An argument whose name is none in JavaScript gets one that no other argument has: the script
// finds it in `arguments`.
static void append_parameter(JSContext* in, buffer* source, const script* described,
                             uint32_t argument) {
    const text_view* name = &described->argument_names[argument];
    if (is_name(name)) {
        buffer_append(in, source, name->text, name->size);
        return;
    }
    char number[16];
    snprintf(number, sizeof number, "_%u", argument + 1);
    buffer other = {0};
    append(in, &other, number);
    while (has_argument(described, &other)) append(in, &other, "_");
    buffer_append(in, source, other.data, other.size);
    free(other.data);
}

// A syntax error at the brace that follows the body says nothing to whoever wrote the body.
static _Noreturn void raise_syntax_error(JSContext* in, const text_view* body) {
    JSValue exception = JS_GetException(in);
    int lines = 1;
    for (size_t i = 0; i < body->size; ++i) lines += body->text[i] == '\n';
    if (line_of(in, exception) > lines) {
        raise_error(in, "%s:%d: SyntaxError: unexpected end of the body", function_name, lines);
    }
    JS_Throw(in, exception);
    raise_exception(in);
}

static void compile_script(JSContext* in, const script* described) {
    snprintf(function_name, sizeof function_name, "%.*s", (int)described->name.size,
             described->name.text);
    buffer source = {0};
    append(in, &source, "(function(");
    for (uint32_t i = 0; i < described->argument_count; ++i) {
        if (i > 0) append(in, &source, ",");
        append_parameter(in, &source, described, i);
    }
    append(in, &source, "){");
    buffer_append(in, &source, described->body.text, described->body.size);
    buffer_append(in, &source, "\n})", 4);
    JSValue compiled = evaluate(in, &source);
    if (JS_IsException(compiled)) raise_syntax_error(in, &described->body);
    // A body that closes the function and goes on would be something else than a body.
    const size_t between_parentheses = source.size - 3;
    if (!JS_IsFunction(in, compiled) ||
        JS_VALUE_GET_OBJ(compiled)->u.func.function_bytecode->source_len !=
            (int)between_parentheses) {
        raise_error(in, "%s: SyntaxError: the body has a '}' too much", function_name);
    }
    free(source.data);
    function = compiled;
}

// ---- Rows
// -----------------------------------------------------------------------------------------

static JSValue arguments[ARGUMENTS_MAX];
static JSValue result = JS_UNDEFINED;

static void rows_begin(JSContext* in, uint32_t argument_count) {
    (void)in, (void)argument_count;
}

static void fold_begin(JSContext* in, uint32_t argument_count) {
    (void)in, (void)argument_count;
}

static void fold_end(JSContext* in) {
    (void)in;
}

static inline void row_begin(JSContext* in) {
    (void)in;
}

static inline void pass_null(JSContext* in, uint32_t argument) {
    (void)in;
    arguments[argument] = JS_NULL;
}

static inline void pass_native(JSContext* in, uint32_t argument, const cql_type* type,
                               const void* values, uint32_t row) {
    arguments[argument] = type->kind == CQL_INT ? JS_NewInt32(in, ((const int32_t*)values)[row])
                                                : make_native(in, type, values, row);
}

static inline void pass_serialised(JSContext* in, uint32_t argument, const cql_type* type,
                                   const uint8_t* data, size_t size) {
    arguments[argument] = make_serialised(in, type, data, size);
}

static inline void pass_state(JSContext* in, uint32_t argument) {
    arguments[argument] = JS_DupValue(in, state);
}

static void run_jobs(JSContext* in) {
    JSContext* whose;
    while (done(in, JS_ExecutePendingJob(JS_GetRuntime(in), &whose)) > 0) continue;
}

static inline bool has_jobs(JSContext* in) {
    return !list_empty(&JS_GetRuntime(in)->job_list);
}

// There is no event loop: a promise must be settled once all that was waiting for it has run.
static __attribute__((noinline)) void settle_result(JSContext* in) {
    if (has_jobs(in)) run_jobs(in);
    if (rejected_count > 0) {
        JS_Throw(in, JS_PromiseResult(in, rejected[0]));
        raise_exception(in);
    }
    JSValue promised;
    switch (JS_PromiseState(in, result)) {
        case JS_PROMISE_FULFILLED:
            promised = JS_PromiseResult(in, result);
            JS_FreeValue(in, result);
            result = promised;
            return;
        case JS_PROMISE_REJECTED:
            JS_Throw(in, JS_PromiseResult(in, result));
            raise_exception(in);
        case JS_PROMISE_PENDING:
            raise_error(in, "the returned Promise is never settled: there is nothing to wait for");
        default:
            return;
    }
}

static inline void row_call(JSContext* in, uint32_t argument_count) {
    result = JS_Call(in, function, JS_UNDEFINED, (int)argument_count, (JSValueConst*)arguments);
    for (uint32_t i = 0; i < argument_count; ++i) JS_FreeValue(in, arguments[i]);
    if (JS_IsException(result)) raise_exception(in);
    if (JS_IsObject(result) || has_jobs(in) || rejected_count > 0) settle_result(in);
}

static inline bool result_is_null(JSContext* in) {
    (void)in;
    return is_null(result);
}

static inline void store_result_native(JSContext* in, const cql_type* type, void* values,
                                       uint32_t row) {
    if (type->kind == CQL_INT && JS_VALUE_GET_TAG(result) == JS_TAG_INT) {
        ((int32_t*)values)[row] = JS_VALUE_GET_INT(result);
    } else {
        store_native(in, result, type, values, row);
    }
}

static inline void append_result(JSContext* in, const cql_type* type, buffer* out) {
    append_serialised(in, result, type, out);
}

static inline void keep_result_as_state(JSContext* in, const cql_type* type) {
    JS_FreeValue(in, state);
    state = result;
    result = JS_UNDEFINED;
    if (is_null(state)) {
        state = JS_NULL;
    } else if (type->width != 0) {
        uint64_t native = 0;
        store_native(in, state, type, &native, 0);
        JS_FreeValue(in, state);
        state = make_native(in, type, &native, 0);
    }
}

static inline bool state_is_null(JSContext* in) {
    (void)in;
    return is_null(state);
}

static inline void row_end(JSContext* in) {
    JS_FreeValue(in, result);
    result = JS_UNDEFINED;
    // Converting the result may have run the script again.
    if (has_jobs(in)) run_jobs(in);
}

// ---- The state between batches
// --------------------------------------------------------------------

static bool kept_state_is_null(JSContext* in) {
    return state_is_null(in);
}

static void clear_kept_state(JSContext* in) {
    JS_FreeValue(in, state);
    state = JS_NULL;
}

static void set_kept_state(JSContext* in, const cql_type* type, const uint8_t* data, size_t size) {
    clear_kept_state(in);
    state = make_serialised(in, type, data, size);
}

static void append_kept_state(JSContext* in, const cql_type* type, buffer* out) {
    append_serialised(in, state, type, out);
}
