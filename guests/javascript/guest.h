// The JavaScript guest: QuickJS-ng's driver inside the sandbox. One context, one function, one
// thread.
//
// Two ways of failing meet here. QuickJS returns JS_EXCEPTION and keeps the exception; the code in
// guests/cql raises, which is a jump to the innermost guard. No frame of QuickJS is ever jumped
// over: batch.c's calls are guarded by protect, and so is every C function that a script can call.
#ifndef NACRE_JAVASCRIPT_GUEST_H
#define NACRE_JAVASCRIPT_GUEST_H

#include "quickjs.h"

typedef JSContext interpreter;
#include "../cql/cql.h"

// Raises the exception that QuickJS keeps.
_Noreturn void raise_exception(JSContext* in);

// The value, unless it is JS_EXCEPTION.
static inline JSValue made(JSContext* in, JSValue value) {
    if (JS_IsException(value)) raise_exception(in);
    return value;
}
// The status of a function of QuickJS, unless it says that there is an exception.
static inline int done(JSContext* in, int status) {
    if (status < 0) raise_exception(in);
    return status;
}

// Calls body(in, argument). If it raises: RAISED_TEXT, and raised_text has it, or RAISED_EXCEPTION,
// and QuickJS keeps it.
enum guard_outcome { RAISED_NOTHING, RAISED_TEXT, RAISED_EXCEPTION };
extern char raised_text[512];
enum guard_outcome guarded(JSContext* in, void (*body)(JSContext* in, void* argument),
                           void* argument);

// ---- Values (to_js.c, from_js.c) ----------------------------------------------------------------

// Row `row` of a native array.
JSValue make_native(JSContext* in, const cql_type* type, const void* values, uint32_t row);
// The value that the serialised bytes stand for; empty bytes of a non-text type are null.
JSValue make_serialised(JSContext* in, const cql_type* type, const uint8_t* data, size_t size);

// Stores a value, which is not null, into row `row` of a native array.
void store_native(JSContext* in, JSValueConst value, const cql_type* type, void* values,
                  uint32_t row);
// Appends a value, which is not null, as serialised bytes of the type.
void append_serialised(JSContext* in, JSValueConst value, const cql_type* type, buffer* out);
// The bytes that an ArrayBuffer, a typed array or a DataView shows; NULL if the value is none.
const uint8_t* bytes_of(JSContext* in, JSValueConst value, size_t* size);
// Of a string as CQL writes durations, or an object.
void duration_fields(JSContext* in, JSValueConst value, int64_t fields[3]);
static inline bool is_null(JSValueConst value) {
    return JS_IsNull(value) || JS_IsUndefined(value);
}

// ---- Big numbers (numbers.c) --------------------------------------------------------------------

JSValue make_bigint(JSContext* in, const uint8_t* data, size_t size);
// The BigInt, whose value fits, or false. Anything else is not a BigInt.
bool bigint_to_int64(JSValueConst value, int64_t* integer);
void append_bigint(JSContext* in, JSValueConst value, buffer* out);

JSValue make_decimal(JSContext* in, const big_number* value);
// The number of a Decimal, or null.
const big_number* decimal_of(JSValueConst value);
// The number of a Decimal, or one in scratch memory made from a BigInt or a finite Number, or null.
const big_number* number_of(JSContext* in, JSValueConst value);
void open_decimal(JSContext* in, JSValueConst global);

// ---- The environment (library.c, library.js) ----------------------------------------------------

// Completes the context's globals and freezes everything that there is.
void open_library(JSContext* in);
extern JSAtom duration_keys[3];  // months, days, nanoseconds
JSValue make_duration(JSContext* in, const int64_t fields[3]);
JSValue explain_exception(JSContext* in, JSValueConst exception);

#endif
