// The environment of a user's function: ECMAScript without modules, threads and weak references,
// and what library.js adds. Everything in it is frozen: a row finds what the row before it found.
#include <string.h>

#include "../cql/runtime.h"
#include "guest.h"

static const char library_source[] = {
#embed "library.js"
    , 0};

JSAtom duration_keys[3];
static JSValue duration_prototype;
static JSValue explain_function;

// write(stream, text)
static JSValue write_log(JSContext* in, JSValueConst self, int count, JSValueConst* arguments) {
    (void)self, (void)count;
    size_t size;
    const char* text = JS_ToCStringLen(in, &size, arguments[1]);
    if (text == NULL) return JS_EXCEPTION;
    guest_log_write(text, size);
    JS_FreeCString(in, text);
    guest_log_end_line(JS_VALUE_GET_INT(arguments[0]) == LOG_ERROR ? LOG_ERROR : LOG_OUTPUT);
    return JS_UNDEFINED;
}

// encodeText(text) -> Uint8Array
static JSValue encode_text(JSContext* in, JSValueConst self, int count, JSValueConst* arguments) {
    (void)self, (void)count;
    size_t size;
    const char* text = JS_ToCStringLen(in, &size, arguments[0]);
    if (text == NULL) return JS_EXCEPTION;
    JSValue bytes = JS_NewUint8ArrayCopy(in, (const uint8_t*)text, size);
    JS_FreeCString(in, text);
    return bytes;
}

// A function of values of the script that may raise.
typedef struct {
    JSValueConst* arguments;
    JSValue result;
} native_call;

static JSValue call_guarded(JSContext* in, JSValueConst* arguments,
                            void (*body)(JSContext* in, void* call)) {
    native_call call = {arguments, JS_UNDEFINED};
    switch (guarded(in, body, &call)) {
        case RAISED_NOTHING:
            return call.result;
        case RAISED_TEXT:
            return JS_ThrowTypeError(in, "%s", raised_text);
        default:
            return JS_EXCEPTION;
    }
}

static void run_decode_text(JSContext* in, void* argument) {
    native_call* call = argument;
    size_t size;
    const uint8_t* octets = bytes_of(in, call->arguments[0], &size);
    if (octets == NULL) raise_error(in, "bytes to decode are an ArrayBuffer or a view of one");
    if (JS_ToBool(in, call->arguments[1]) > 0 && !is_utf8(octets, size)) {
        raise_error(in, "the bytes are not UTF-8");
    }
    call->result = made(in, JS_NewStringLen(in, (const char*)octets, size));
}

// decodeText(bytes, fatal) -> text
static JSValue decode_text(JSContext* in, JSValueConst self, int count, JSValueConst* arguments) {
    (void)self, (void)count;
    return call_guarded(in, arguments, run_decode_text);
}

static void run_parse_duration(JSContext* in, void* argument) {
    native_call* call = argument;
    int64_t fields[3];
    duration_fields(in, call->arguments[0], fields);
    call->result = make_duration(in, fields);
}

// parseDuration(text or object) -> Duration
static JSValue parse_duration_value(JSContext* in, JSValueConst self, int count,
                                    JSValueConst* arguments) {
    (void)self, (void)count;
    return call_guarded(in, arguments, run_parse_duration);
}

static void run_format_duration(JSContext* in, void* argument) {
    native_call* call = argument;
    int64_t fields[3];
    char text[DURATION_TEXT_BYTES_MAX];
    duration_fields(in, call->arguments[0], fields);
    call->result = made(in, JS_NewStringLen(in, text, format_duration(fields, text)));
}

// formatDuration(duration) -> text
static JSValue format_duration_value(JSContext* in, JSValueConst self, int count,
                                     JSValueConst* arguments) {
    (void)self, (void)count;
    return call_guarded(in, arguments, run_format_duration);
}

static void add_intrinsics(JSContext* in) {
    static int (*const intrinsics[])(JSContext*) = {
        JS_AddIntrinsicBaseObjects, JS_AddIntrinsicDate,        JS_AddIntrinsicEval,
        JS_AddIntrinsicRegExp,      JS_AddIntrinsicJSON,        JS_AddIntrinsicProxy,
        JS_AddIntrinsicMapSet,      JS_AddIntrinsicTypedArrays, JS_AddIntrinsicPromise,
        JS_AddIntrinsicAToB,
    };
    for (size_t i = 0; i < countof(intrinsics); ++i) done(in, intrinsics[i](in));
}

static void run_library(JSContext* in) {
    static const char name[] = "library.js";
    JSValue library = made(in, JS_Eval(in, library_source, sizeof library_source - 1, name,
                                       JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_STRICT));
    JSValue natives[] = {made(in, JS_NewCFunction(in, write_log, "write", 2)),
                         made(in, JS_NewCFunction(in, encode_text, "encodeText", 1)),
                         made(in, JS_NewCFunction(in, decode_text, "decodeText", 2)),
                         made(in, JS_NewCFunction(in, parse_duration_value, "parseDuration", 1)),
                         made(in, JS_NewCFunction(in, format_duration_value, "formatDuration", 1))};
    JSValue driver =
        made(in, JS_Call(in, library, JS_UNDEFINED, countof(natives), (JSValueConst*)natives));
    JSValue duration = made(in, JS_GetPropertyStr(in, driver, "Duration"));
    duration_prototype = made(in, JS_GetPropertyStr(in, duration, "prototype"));
    static const char* const names[] = {"months", "days", "nanoseconds"};
    for (int i = 0; i < 3; ++i) duration_keys[i] = JS_NewAtom(in, names[i]);
    explain_function = made(in, JS_GetPropertyStr(in, driver, "explain"));
    JS_FreeValue(in, duration);
    JS_FreeValue(in, driver);
    for (size_t i = 0; i < countof(natives); ++i) JS_FreeValue(in, natives[i]);
    JS_FreeValue(in, library);
}

// Every object that there is by now belongs to the environment. Freezing one may make others, of
// properties that are made when they are first looked at; those come to the end of the list.
static void freeze_all(JSContext* in) {
    JSRuntime* runtime = JS_GetRuntime(in);
    struct list_head* at = runtime->gc_obj_list.next;
    while (at != &runtime->gc_obj_list) {
        JSGCObjectHeader* header = list_entry(at, JSGCObjectHeader, link);
        if (JS_GC_TYPE(header) != JS_GC_OBJ_TYPE_JS_OBJECT) {
            at = at->next;
            continue;
        }
        JSValue object = JS_DupValue(in, JS_MKPTR(JS_TAG_OBJECT, header));
        done(in, JS_FreezeObject(in, object));
        at = at->next;
        JS_FreeValue(in, object);
    }
    // Freezing has made a plain array of Array.prototype, which QuickJS takes for a sign that
    // scripts have put elements there; now none can.
    in->std_array_prototype = true;
}

void open_library(JSContext* in) {
    add_intrinsics(in);
    JSValue global = JS_GetGlobalObject(in);
    open_decimal(in, global);
    run_library(in);
    JS_FreeValue(in, global);
    freeze_all(in);
}

JSValue make_duration(JSContext* in, const int64_t fields[3]) {
    JSValue object = made(in, JS_NewObjectProto(in, duration_prototype));
    for (int i = 0; i < 3; ++i) {
        JSValue field = i < 2 ? JS_NewInt64(in, fields[i]) : JS_NewBigInt64(in, fields[i]);
        done(in,
             JS_DefinePropertyValue(in, object, duration_keys[i], made(in, field), JS_PROP_C_W_E));
    }
    return object;
}

JSValue explain_exception(JSContext* in, JSValueConst exception) {
    return JS_Call(in, explain_function, JS_UNDEFINED, 1, &exception);
}
