// varint as BigInt, and decimal as the class Decimal.
//
// A Decimal is exact and immutable. Its operands may be Decimals, Numbers, BigInts and numeric
// strings; a Number counts as the number that it is shown as, so that 0.1 means one tenth. Division
// is exact or rounded to 34 digits, half to even, unless a scale is given. Operators would lose
// digits, so valueOf throws.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

// ---- BigInt
// ---------------------------------------------------------------------------------------

JSValue make_bigint(JSContext* in, const uint8_t* data, size_t size) {
    const size_t limbs = (size + 3) / 4;
    JSBigInt* value = js_bigint_new(in, (int)limbs);
    if (value == NULL) raise_exception(in);
    const uint32_t sign = (data[0] & 0x80) != 0 ? UINT32_MAX : 0;
    for (size_t limb = 0; limb < limbs; ++limb) {
        uint32_t bits = 0;
        for (size_t i = 0; i < 4; ++i) {
            const size_t at = limb * 4 + i;
            const uint32_t octet = at < size ? data[size - 1 - at] : sign & 0xff;
            bits |= octet << 8 * i;
        }
        value->tab[limb] = bits;
    }
    return JS_CompactBigInt(in, js_bigint_normalize(in, value));
}

// The limbs of a BigInt in two's complement, the least significant first.
static const js_limb_t* limbs_of(JSValueConst value, js_limb_t* room, uint32_t* count) {
    if (JS_VALUE_GET_TAG(value) == JS_TAG_SHORT_BIG_INT) {
        *room = (js_limb_t)JS_VALUE_GET_SHORT_BIG_INT(value);
        *count = 1;
        return room;
    }
    const JSBigInt* heap = JS_VALUE_GET_PTR(value);
    *count = heap->len;
    return heap->tab;
}

bool bigint_to_int64(JSValueConst value, int64_t* integer) {
    js_limb_t room;
    uint32_t count;
    const js_limb_t* limbs = limbs_of(value, &room, &count);
    if (count > 2) return false;
    *integer = count == 2 ? (int64_t)((uint64_t)limbs[1] << 32 | limbs[0]) : (int32_t)limbs[0];
    return true;
}

void append_bigint(JSContext* in, JSValueConst value, buffer* out) {
    js_limb_t room;
    uint32_t count;
    const js_limb_t* limbs = limbs_of(value, &room, &count);
    const size_t start = out->size;
    while (count > 0) buffer_append_big32(in, out, limbs[--count]);
    trim_sign(out, start);
}

static big_number* big_of(JSContext* in, JSValueConst bigint) {
    buffer octets = {0};
    append_bigint(in, bigint, &octets);
    big_number* value = big_from_bytes(in, octets.data, octets.size);
    free(octets.data);
    return value;
}

// ---- Decimal values
// -------------------------------------------------------------------------------

static JSClassID decimal_class;

static void free_decimal(JSRuntime* runtime, JSValueConst value) {
    js_free_rt(runtime, JS_GetOpaque(value, decimal_class));
}

JSValue make_decimal(JSContext* in, const big_number* value) {
    JSValue object = made(in, JS_NewObjectClass(in, (int)decimal_class));
    big_number* kept = js_malloc(in, big_bytes(value));
    if (kept == NULL) raise_exception(in);
    memcpy(kept, value, big_bytes(value));
    kept->is_decimal = true;
    JS_SetOpaque(object, kept);
    return object;
}

const big_number* decimal_of(JSValueConst value) {
    return JS_GetOpaque(value, decimal_class);
}

const big_number* number_of(JSContext* in, JSValueConst value) {
    const big_number* decimal = decimal_of(value);
    if (decimal != NULL) return decimal;
    if (JS_IsBigInt(value)) return big_of(in, value);
    if (JS_VALUE_GET_TAG(value) == JS_TAG_INT) return big_from_int64(in, JS_VALUE_GET_INT(value));
    if (!JS_IsNumber(value) || !isfinite(JS_VALUE_GET_FLOAT64(value))) return NULL;
    char text[64];
    JSDTOATempMem memory;
    const int size = js_dtoa(text, JS_VALUE_GET_FLOAT64(value), 10, 0,
                             JS_DTOA_FORMAT_FREE | JS_DTOA_EXP_AUTO, &memory);
    return number_parse(in, text, (size_t)size);
}

// ---- Decimal methods
// ------------------------------------------------------------------------------

enum decimal_method {
    DECIMAL_NEW,
    DECIMAL_ADD,
    DECIMAL_SUBTRACT,
    DECIMAL_MULTIPLY,
    DECIMAL_DIVIDE,
    DECIMAL_REMAINDER,
    DECIMAL_POWER,
    DECIMAL_NEGATE,
    DECIMAL_ABSOLUTE,
    DECIMAL_ROUND,
    DECIMAL_COMPARE,
    DECIMAL_EQUALS,
    DECIMAL_TO_STRING,
    DECIMAL_TO_FIXED,
    DECIMAL_TO_NUMBER,
    DECIMAL_TO_BIGINT,
    DECIMAL_VALUE_OF,
    DECIMAL_SCALE,
};

typedef struct {
    enum decimal_method method;
    JSValueConst self;
    JSValueConst argument;
    JSValueConst second;
    JSValue result;
} decimal_call;

static const big_number* operand(JSContext* in, JSValueConst value) {
    const big_number* number = NULL;
    if (JS_IsString(value)) {
        size_t size = 0;
        const char* text = JS_ToCStringLen(in, &size, value);
        if (text == NULL) raise_exception(in);
        char* kept = scratch_allocate(in, size + 1);
        memcpy(kept, text, size);
        JS_FreeCString(in, text);
        number = number_parse(in, kept, size);
    } else {
        number = number_of(in, value);
    }
    if (number == NULL) {
        JSValue shown = made(in, JS_ToString(in, value));
        const char* text = JS_ToCString(in, shown);
        JS_ThrowTypeError(in, "a Decimal can't be made from '%.60s'", text != NULL ? text : "");
        JS_FreeCString(in, text);
        JS_FreeValue(in, shown);
        raise_exception(in);
    }
    return number;
}

static int32_t scale_of(JSContext* in, JSValueConst value) {
    if (JS_VALUE_GET_TAG(value) != JS_TAG_INT) {
        raise_error(in, "a scale must be a small integer: the digits after the point");
    }
    return JS_VALUE_GET_INT(value);
}

static enum rounding rounding_of(JSContext* in, JSValueConst value) {
    static const char* const names[] = {"half-even", "half-up", "down", "up", "floor", "ceil"};
    if (JS_IsUndefined(value)) return ROUND_HALF_EVEN;
    const char* text = JS_ToCString(in, value);
    if (text == NULL) raise_exception(in);
    int found = -1;
    for (int i = 0; i < 6; ++i) {
        if (strcmp(text, names[i]) == 0) found = i;
    }
    JS_FreeCString(in, text);
    if (found < 0) {
        raise_error(in, "a rounding is one of half-even, half-up, down, up, floor, ceil");
    }
    return (enum rounding)found;
}

static JSValue text_of(JSContext* in, const big_number* value) {
    size_t size;
    const char* text = number_text(in, value, &size);
    return made(in, js_new_string8_len(in, text, (int)size));
}

// All digits, whatever the exponent.
static JSValue fixed_text(JSContext* in, const big_number* value) {
    size_t size;
    const char* digits = big_digits(in, value, &size);
    digits += value->negative;
    size -= value->negative;
    const size_t scale = value->scale > 0 ? (size_t)value->scale : 0;
    const size_t zeros = size > scale ? 0 : scale + 1 - size;
    char* text = scratch_allocate(in, size + zeros + 2);
    char* at = text;
    if (value->negative) *at++ = '-';
    memset(at, '0', zeros);
    memcpy(at + zeros, digits, size);
    char* point = at + zeros + size - scale;
    at += zeros + size;
    if (scale > 0) {
        memmove(point + 1, point, scale);
        *point = '.';
        ++at;
    }
    return made(in, js_new_string8_len(in, text, (int)(at - text)));
}

static JSValue bigint_of(JSContext* in, const big_number* value) {
    const big_number* integral = number_integral(in, value);
    if (integral == NULL) raise_error(in, "the Decimal is not an integer: round it first");
    buffer octets = {0};
    big_append_bytes(in, integral, &octets);
    JSValue bigint = make_bigint(in, octets.data, octets.size);
    free(octets.data);
    return bigint;
}

static JSValue construct(JSContext* in, const decimal_call* call) {
    return make_decimal(in, operand(in, call->argument));
}

static JSValue calculate(JSContext* in, const decimal_call* call, const big_number* a) {
    const big_number* one = NULL;
    const big_number* b = NULL;
    int32_t scale;
    switch (call->method) {
        case DECIMAL_ADD:
        case DECIMAL_SUBTRACT:
            b = operand(in, call->argument);
            return make_decimal(in, number_add(in, a, b, call->method == DECIMAL_SUBTRACT));
        case DECIMAL_MULTIPLY:
            return make_decimal(in, number_multiply(in, a, operand(in, call->argument)));
        case DECIMAL_DIVIDE:
            b = operand(in, call->argument);
            if (JS_IsUndefined(call->second)) return make_decimal(in, number_divide(in, a, b));
            scale = scale_of(in, call->second);
            return make_decimal(in, number_divide_to_scale(in, a, b, scale, ROUND_HALF_EVEN));
        case DECIMAL_REMAINDER:
            return make_decimal(in, number_remainder(in, a, operand(in, call->argument)));
        case DECIMAL_POWER:
            return make_decimal(in, number_power(in, a, operand(in, call->argument)));
        case DECIMAL_NEGATE:
            return make_decimal(in, number_negate(in, a));
        case DECIMAL_ABSOLUTE:
            return make_decimal(in, a->negative ? number_negate(in, a) : a);
        case DECIMAL_ROUND:
        case DECIMAL_TO_FIXED:
            one = big_from_int64(in, 1);
            scale = JS_IsUndefined(call->argument) ? 0 : scale_of(in, call->argument);
            b = number_divide_to_scale(in, a, one, scale, rounding_of(in, call->second));
            if (call->method == DECIMAL_ROUND) return make_decimal(in, b);
            if (scale < 0) b = number_divide_to_scale(in, b, one, 0, ROUND_DOWN);
            return fixed_text(in, b);
        case DECIMAL_COMPARE:
            return JS_NewInt32(in, number_compare(in, a, operand(in, call->argument)));
        case DECIMAL_EQUALS:
            return JS_NewBool(in, number_compare(in, a, operand(in, call->argument)) == 0);
        case DECIMAL_TO_NUMBER:
            return JS_NewFloat64(in, number_to_double(in, a));
        case DECIMAL_TO_BIGINT:
            return bigint_of(in, a);
        case DECIMAL_SCALE:
            return JS_NewInt32(in, a->scale);
        case DECIMAL_VALUE_OF:
            raise_error(in,
                        "operators would lose digits: use add, sub, mul, div, compare or "
                        "toString of the Decimal");
        default:
            return text_of(in, a);
    }
}

static void run_decimal(JSContext* in, void* argument) {
    decimal_call* call = argument;
    if (call->method == DECIMAL_NEW) {
        call->result = construct(in, call);
        return;
    }
    const big_number* self = decimal_of(call->self);
    if (self == NULL) raise_error(in, "this is not a Decimal");
    call->result = calculate(in, call, self);
}

static JSValue call_decimal(JSContext* in, JSValueConst self, int count, JSValueConst* arguments,
                            int method) {
    decimal_call call = {method, self, count > 0 ? arguments[0] : JS_UNDEFINED,
                         count > 1 ? arguments[1] : JS_UNDEFINED, JS_UNDEFINED};
    switch (guarded(in, run_decimal, &call)) {
        case RAISED_NOTHING:
            return call.result;
        case RAISED_TEXT:
            return method == DECIMAL_VALUE_OF ? JS_ThrowTypeError(in, "%s", raised_text)
                                              : JS_ThrowRangeError(in, "%s", raised_text);
        default:
            return JS_EXCEPTION;
    }
}

static JSValue get_decimal(JSContext* in, JSValueConst self, int method) {
    return call_decimal(in, self, 0, NULL, method);
}

void open_decimal(JSContext* in, JSValueConst global) {
    static const JSClassDef definition = {"Decimal", .finalizer = free_decimal};
    static const JSCFunctionListEntry methods[] = {
        JS_CFUNC_MAGIC_DEF("add", 1, call_decimal, DECIMAL_ADD),
        JS_CFUNC_MAGIC_DEF("sub", 1, call_decimal, DECIMAL_SUBTRACT),
        JS_CFUNC_MAGIC_DEF("mul", 1, call_decimal, DECIMAL_MULTIPLY),
        JS_CFUNC_MAGIC_DEF("div", 1, call_decimal, DECIMAL_DIVIDE),
        JS_CFUNC_MAGIC_DEF("mod", 1, call_decimal, DECIMAL_REMAINDER),
        JS_CFUNC_MAGIC_DEF("pow", 1, call_decimal, DECIMAL_POWER),
        JS_CFUNC_MAGIC_DEF("neg", 0, call_decimal, DECIMAL_NEGATE),
        JS_CFUNC_MAGIC_DEF("abs", 0, call_decimal, DECIMAL_ABSOLUTE),
        JS_CFUNC_MAGIC_DEF("round", 1, call_decimal, DECIMAL_ROUND),
        JS_CFUNC_MAGIC_DEF("compare", 1, call_decimal, DECIMAL_COMPARE),
        JS_CFUNC_MAGIC_DEF("equals", 1, call_decimal, DECIMAL_EQUALS),
        JS_CFUNC_MAGIC_DEF("toString", 0, call_decimal, DECIMAL_TO_STRING),
        JS_CFUNC_MAGIC_DEF("toJSON", 0, call_decimal, DECIMAL_TO_STRING),
        JS_CFUNC_MAGIC_DEF("toFixed", 1, call_decimal, DECIMAL_TO_FIXED),
        JS_CFUNC_MAGIC_DEF("toNumber", 0, call_decimal, DECIMAL_TO_NUMBER),
        JS_CFUNC_MAGIC_DEF("toBigInt", 0, call_decimal, DECIMAL_TO_BIGINT),
        JS_CFUNC_MAGIC_DEF("valueOf", 0, call_decimal, DECIMAL_VALUE_OF),
        JS_CGETSET_MAGIC_DEF("scale", get_decimal, NULL, DECIMAL_SCALE),
        JS_PROP_STRING_DEF("[Symbol.toStringTag]", "Decimal", JS_PROP_CONFIGURABLE),
    };
    JSRuntime* runtime = JS_GetRuntime(in);
    JS_NewClassID(runtime, &decimal_class);
    done(in, JS_NewClass(runtime, decimal_class, &definition));
    JSValue prototype = made(in, JS_NewObject(in));
    done(in, JS_SetPropertyFunctionList(in, prototype, methods, countof(methods)));
    JSValue constructor =
        made(in, JS_NewCFunctionMagic(in, call_decimal, "Decimal", 1,
                                      JS_CFUNC_constructor_or_func_magic, DECIMAL_NEW));
    done(in, JS_SetConstructor(in, constructor, prototype));
    JS_SetClassProto(in, decimal_class, prototype);
    done(in, JS_DefinePropertyValueStr(in, global, "Decimal", constructor,
                                       JS_PROP_WRITABLE | JS_PROP_CONFIGURABLE));
}
