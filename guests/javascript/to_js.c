// CQL values to JavaScript values.
#include <string.h>

#include "guest.h"

// ---- Text and bytes
// -------------------------------------------------------------------------------

static JSValue make_text(JSContext* in, const cql_type* type, const uint8_t* data, size_t size) {
    size_t length;
    if (utf8_scan((const char*)data, size, &length) != UTF8_PLAIN_ASCII && !is_utf8(data, size)) {
        raise_malformed(in, type);
    }
    return made(in, JS_NewStringLen(in, (const char*)data, size));
}

static JSValue make_ascii(JSContext* in, const char* text, size_t size) {
    return made(in, js_new_string8_len(in, text, (int)size));
}

// ---- Moments
// --------------------------------------------------------------------------------------

enum { DATE_DAYS_MAX = 100000000 };  // what a Date can hold, to both sides of 1970

static JSValue make_timestamp(JSContext* in, int64_t milliseconds) {
    const int64_t limit = (int64_t)DATE_DAYS_MAX * 86400000;
    if (milliseconds > limit || milliseconds < -limit) {
        raise_error(in, "the timestamp %lld is beyond what a Date can hold",
                    (long long)milliseconds);
    }
    return made(in, JS_NewDate(in, (double)milliseconds));
}

static JSValue make_date(JSContext* in, uint32_t days) {
    const int64_t since = (int64_t)days - 2147483648;
    if (since > DATE_DAYS_MAX || since < -DATE_DAYS_MAX) {
        raise_error(in, "the date %lld days from 1970-01-01 is beyond what a Date can hold",
                    (long long)since);
    }
    return made(in, JS_NewDate(in, (double)since * 86400000));
}

static JSValue make_duration_value(JSContext* in, const cql_type* type, reader* from) {
    int64_t fields[3];
    for (int i = 0; i < 3; ++i) fields[i] = read_vint(in, from, type);
    return make_duration(in, fields);
}

// ---- Native values
// --------------------------------------------------------------------------------

JSValue make_native(JSContext* in, const cql_type* type, const void* values, uint32_t row) {
    switch (type->kind) {
        case CQL_BIGINT:
        case CQL_COUNTER:
            return made(in, JS_NewBigInt64(in, ((const int64_t*)values)[row]));
        case CQL_TIME:
            return JS_NewInt64(in, ((const int64_t*)values)[row]);
        case CQL_TIMESTAMP:
            return make_timestamp(in, ((const int64_t*)values)[row]);
        case CQL_DOUBLE:
            return JS_NewFloat64(in, ((const double*)values)[row]);
        case CQL_INT:
            return JS_NewInt32(in, ((const int32_t*)values)[row]);
        case CQL_FLOAT:
            return JS_NewFloat64(in, ((const float*)values)[row]);
        case CQL_BOOLEAN:
            return JS_NewBool(in, ((const uint8_t*)values)[row] != 0);
        case CQL_DATE:
            return make_date(in, ((const uint32_t*)values)[row]);
        case CQL_SMALLINT:
            return JS_NewInt32(in, ((const int16_t*)values)[row]);
        case CQL_TINYINT:
            return JS_NewInt32(in, ((const int8_t*)values)[row]);
        default:
            raise_error(in, "%s has no native form", type_name(type->kind));
    }
}

// ---- Compound values
// ------------------------------------------------------------------------------

// The next [bytes] as a value of `element`.
static JSValue make_element(JSContext* in, const cql_type* type, const cql_type* element,
                            reader* from) {
    const uint8_t* data;
    size_t size;
    read_element(in, from, type, &data, &size);
    return data == NULL ? JS_NULL : make_serialised(in, element, data, size);
}

static void put_element(JSContext* in, JSValueConst array, uint32_t index, JSValue value) {
    done(in, JS_DefinePropertyValueUint32(in, array, index, value, JS_PROP_C_W_E));
}

static JSValue make_list(JSContext* in, const cql_type* type, reader* from) {
    const uint32_t count = read_count(in, from, type);
    JSValue array = made(in, JS_NewArray(in));
    for (uint32_t i = 0; i < count; ++i) {
        put_element(in, array, i, make_element(in, type, type->parameters[0], from));
    }
    return array;
}

// Fields that the value does not have, because the type has grown since, are null.
static JSValue make_tuple(JSContext* in, const cql_type* type, reader* from) {
    JSValue array = made(in, JS_NewArray(in));
    for (uint32_t i = 0; i < type->count; ++i) {
        put_element(
            in, array, i,
            from->at < from->end ? make_element(in, type, type->parameters[i], from) : JS_NULL);
    }
    return array;
}

static const JSAtom* field_atoms(JSContext* in, const cql_type* type) {
    if (type->field_keys == NULL) {
        JSAtom* keys = malloc((type->count + 1) * sizeof(JSAtom));
        if (keys == NULL) raise_no_memory(in);
        for (uint32_t i = 0; i < type->count; ++i) keys[i] = JS_NewAtom(in, type->field_names[i]);
        ((cql_type*)type)->field_keys = keys;
    }
    return type->field_keys;
}

static JSValue make_user(JSContext* in, const cql_type* type, reader* from) {
    const JSAtom* keys = field_atoms(in, type);
    JSValue object = made(in, JS_NewObject(in));
    for (uint32_t i = 0; i < type->count; ++i) {
        JSValue value =
            from->at < from->end ? make_element(in, type, type->parameters[i], from) : JS_NULL;
        done(in, JS_DefinePropertyValue(in, object, keys[i], value, JS_PROP_C_W_E));
    }
    return object;
}

static JSValue make_set_or_map(JSContext* in, const cql_type* type, reader* from) {
    const int magic = type->kind == CQL_SET ? MAGIC_SET : 0;
    const uint32_t count = read_count(in, from, type);
    JSValue object = made(in, js_map_constructor(in, JS_UNDEFINED, 0, NULL, magic));
    for (uint32_t i = 0; i < count; ++i) {
        JSValue entry[2] = {make_element(in, type, type->parameters[0], from), JS_UNDEFINED};
        if (type->kind == CQL_MAP) {
            entry[1] = make_element(in, type, type->parameters[1], from);
        }
        JS_FreeValue(in, made(in, js_map_set(in, object, 2, (JSValueConst*)entry, magic)));
        JS_FreeValue(in, entry[0]);
        JS_FreeValue(in, entry[1]);
    }
    return object;
}

// float and double elements, which have a fixed size, as the typed array of their kind.
static JSValue make_typed_vector(JSContext* in, const cql_type* type, reader* from) {
    const uint32_t width = type->parameters[0]->width;
    if ((uint64_t)(from->end - from->at) < (uint64_t)type->dimensions * width) {
        raise_malformed(in, type);
    }
    JSValue memory =
        made(in, JS_NewArrayBufferCopy(in, from->at, (size_t)type->dimensions * width));
    size_t size;
    uint8_t* octets = JS_GetArrayBuffer(in, &size, memory);
    for (uint32_t i = 0; i < type->dimensions; ++i) {
        if (width == 4) {
            const uint32_t bits = load_big32(octets + i * 4);
            memcpy(octets + i * 4, &bits, 4);
        } else {
            const uint64_t bits = load_big64(octets + i * 8);
            memcpy(octets + i * 8, &bits, 8);
        }
    }
    JSValue array = JS_NewTypedArray(in, 1, (JSValueConst*)&memory,
                                     width == 4 ? JS_TYPED_ARRAY_FLOAT32 : JS_TYPED_ARRAY_FLOAT64);
    JS_FreeValue(in, memory);
    return made(in, array);
}

static JSValue make_vector(JSContext* in, const cql_type* type, reader* from) {
    const enum cql_kind element = type->parameters[0]->kind;
    if (element == CQL_FLOAT || element == CQL_DOUBLE) return make_typed_vector(in, type, from);
    JSValue array = made(in, JS_NewArray(in));
    for (uint32_t i = 0; i < type->dimensions; ++i) {
        size_t size;
        const uint8_t* data = read_vector_element(in, from, type, &size);
        put_element(in, array, i, make_serialised(in, type->parameters[0], data, size));
    }
    return array;
}

static JSValue make_decimal_value(JSContext* in, const cql_type* type, reader* from) {
    const scratch_mark before = scratch_now();
    const int32_t scale = read_big32(in, from, type);
    big_number* value = big_from_bytes(in, from->at, (size_t)(from->end - from->at));
    value->is_decimal = true;
    value->scale = scale;
    JSValue decimal = make_decimal(in, value);
    scratch_release(before);
    return decimal;
}

static JSValue make_compound(JSContext* in, const cql_type* type, reader* from) {
    char text[48];
    const size_t size = (size_t)(from->end - from->at);
    switch (type->kind) {
        case CQL_VARINT:
            return make_bigint(in, from->at, size);
        case CQL_DECIMAL:
            return make_decimal_value(in, type, from);
        case CQL_UUID:
        case CQL_TIMEUUID:
            if (size != 16) raise_malformed(in, type);
            format_uuid(from->at, text);
            return make_ascii(in, text, 36);
        case CQL_INET:
            if (size != 4 && size != 16) raise_malformed(in, type);
            return make_ascii(in, text, format_inet(from->at, size, text));
        case CQL_DURATION:
            return make_duration_value(in, type, from);
        case CQL_LIST:
            return make_list(in, type, from);
        case CQL_SET:
        case CQL_MAP:
            return make_set_or_map(in, type, from);
        case CQL_TUPLE:
            return make_tuple(in, type, from);
        case CQL_UDT:
            return make_user(in, type, from);
        case CQL_VECTOR:
            return make_vector(in, type, from);
        default:
            raise_error(in, "type 0x%04x is unknown here", (unsigned)type->kind);
    }
}

JSValue make_serialised(JSContext* in, const cql_type* type, const uint8_t* data, size_t size) {
    switch (type->kind) {
        case CQL_ASCII:
        case CQL_TEXT:
            return make_text(in, type, data, size);
        case CQL_BLOB:
            return made(in, JS_NewUint8ArrayCopy(in, data, size));
        default:
            break;
    }
    if (size == 0) return JS_NULL;
    if (type->width != 0) {
        const uint64_t native = read_native(in, type, data, size);
        return make_native(in, type, &native, 0);
    }
    reader from = {data, data + size};
    return make_compound(in, type, &from);
}
