// JavaScript values to CQL values: what would lose something is refused.
#include <math.h>
#include <string.h>

#include "guest.h"

// ---- Refusals
// -------------------------------------------------------------------------------------

static void copy_text(JSContext* in, JSValueConst value, char* out, size_t room) {
    size_t size = 0;
    const char* text = JS_ToCStringLen(in, &size, value);
    if (text == NULL) raise_exception(in);
    if (size >= room) size = room - 1;
    while (size > 0 && (text[size] & 0xc0) == 0x80) --size;  // not in the middle of a character
    memcpy(out, text, size);
    out[size] = '\0';
    JS_FreeCString(in, text);
}

static const char* class_of(JSContext* in, JSValueConst object) {
    if (JS_IsArray(object)) return "an Array";
    if (JS_IsFunction(in, object)) return "a function";
    if (decimal_of(object) != NULL) return "a Decimal";
    switch (JS_GetClassID(object)) {
        case JS_CLASS_DATE:
            return "a Date";
        case JS_CLASS_MAP:
            return "a Map";
        case JS_CLASS_SET:
            return "a Set";
        case JS_CLASS_UINT8_ARRAY:
            return "a Uint8Array";
        case JS_CLASS_ARRAY_BUFFER:
            return "an ArrayBuffer";
        case JS_CLASS_PROMISE:
            return "a Promise";
        case JS_CLASS_ERROR:
            return "an Error";
        default:
            return "an object";
    }
}

// "the number 1.5", "an object": at most 60 bytes of it.
static const char* describe(JSContext* in, JSValueConst value) {
    static char text[100];
    char shown[60] = "";
    const char* kind = NULL;
    if (JS_IsNumber(value)) kind = "number";
    if (JS_IsBigInt(value)) kind = "BigInt";
    if (JS_IsString(value)) kind = "string";
    if (kind != NULL) {
        copy_text(in, value, shown, sizeof shown);
        snprintf(text, sizeof text, JS_IsString(value) ? "the %s '%s'" : "the %s %s", kind, shown);
        return text;
    }
    if (JS_IsNull(value)) return "null";
    if (JS_IsUndefined(value)) return "undefined";
    if (JS_IsBool(value)) return JS_ToBool(in, value) ? "true" : "false";
    if (JS_IsSymbol(value)) return "a Symbol";
    return class_of(in, value);
}

static _Noreturn void wrong_type(JSContext* in, JSValueConst value, const cql_type* type) {
    raise_error(in, "%s can't be returned as %s", describe(in, value), type_name(type->kind));
}

// ---- Numbers
// --------------------------------------------------------------------------------------

// The integer that a Number or a BigInt is, if it fits 64 bits.
static int64_t integer_of(JSContext* in, JSValueConst value, const cql_type* type) {
    if (JS_VALUE_GET_TAG(value) == JS_TAG_INT) return JS_VALUE_GET_INT(value);
    int64_t integer;
    if (JS_IsBigInt(value)) {
        if (bigint_to_int64(value, &integer)) return integer;
        raise_error(in, "%s is out of range for %s", describe(in, value), type_name(type->kind));
    }
    if (!JS_IsNumber(value)) wrong_type(in, value, type);
    const double number = JS_VALUE_GET_FLOAT64(value);
    if (number != floor(number) || isinf(number)) {
        raise_error(in, "%s is not an integer, as %s needs", describe(in, value),
                    type_name(type->kind));
    }
    if (fabs(number) > 9007199254740991.0) {
        raise_error(in, "%s is not a safe integer: return a BigInt as %s", describe(in, value),
                    type_name(type->kind));
    }
    return (int64_t)number;
}

static int64_t integer_in_range(JSContext* in, JSValueConst value, const cql_type* type) {
    const int64_t integer = integer_of(in, value, type);
    const int unused = 64 - 8 * (int)type->width;
    if ((int64_t)((uint64_t)integer << unused) >> unused != integer) {
        raise_error(in, "%s is out of range for %s", describe(in, value), type_name(type->kind));
    }
    return integer;
}

static double floating_of(JSContext* in, JSValueConst value, const cql_type* type) {
    if (JS_VALUE_GET_TAG(value) == JS_TAG_INT) return JS_VALUE_GET_INT(value);
    if (!JS_IsNumber(value)) wrong_type(in, value, type);
    return JS_VALUE_GET_FLOAT64(value);
}

// ---- Text
// -----------------------------------------------------------------------------------------

// The ASCII characters of a string of a form of its own (a uuid, a date), or an empty text.
static size_t form_of(JSContext* in, JSValueConst value, char out[64]) {
    size_t size = 0;
    const char* text = JS_ToCStringLen(in, &size, value);
    if (text == NULL) raise_exception(in);
    if (size > 64) size = 0;
    memcpy(out, text, size);
    JS_FreeCString(in, text);
    return size;
}

static void append_text(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    if (!JS_IsString(value)) wrong_type(in, value, type);
    size_t size = 0;
    const char* text = JS_ToCStringLen(in, &size, value);
    if (text == NULL) raise_exception(in);
    const size_t start = out->size;
    buffer_append(in, out, text, size);
    JS_FreeCString(in, text);
    if (type->kind == CQL_ASCII) {
        check_text(in, type, out->data + start, size);
    } else if (!is_utf8(out->data + start, size)) {
        raise_error(in, "the returned text has half of a surrogate pair");
    }
}

static void append_identifier(JSContext* in, JSValueConst value, const cql_type* type,
                              buffer* out) {
    if (!JS_IsString(value)) wrong_type(in, value, type);
    char text[64];
    uint8_t octets[16];
    size_t size = form_of(in, value, text);
    size_t width = 16;
    if (type->kind == CQL_INET) {
        width = parse_inet(text, size, octets);
    } else if (!parse_uuid(text, size, octets)) {
        width = 0;
    }
    if (width == 0) wrong_type(in, value, type);
    if (type->kind == CQL_TIMEUUID && octets[6] >> 4 != 1) {
        raise_error(in, "the returned timeuuid is not of version 1");
    }
    buffer_append(in, out, octets, width);
}

const uint8_t* bytes_of(JSContext* in, JSValueConst value, size_t* size) {
    const JSClassID class = JS_GetClassID(value);
    if (class == JS_CLASS_ARRAY_BUFFER) {
        const JSArrayBuffer* memory = JS_VALUE_GET_OBJ(value)->u.array_buffer;
        *size = (size_t)memory->byte_length;
        return memory->data != NULL ? memory->data : (const uint8_t*)"";
    }
    if (!is_typed_array(class) && class != JS_CLASS_DATAVIEW) return NULL;
    const JSTypedArray* view = JS_VALUE_GET_OBJ(value)->u.typed_array;
    const JSArrayBuffer* memory = view->buffer->u.array_buffer;
    const uint32_t whole = (uint32_t)memory->byte_length;
    const uint32_t length = view->track_rab ? whole - view->offset : view->length;
    if (memory->detached || view->offset > whole || length > whole - view->offset) {
        raise_error(in, "the view is beyond its buffer");
    }
    *size = length;
    return memory->data + view->offset;
}

static void append_blob(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    size_t size;
    const uint8_t* octets = bytes_of(in, value, &size);
    if (octets == NULL) wrong_type(in, value, type);
    buffer_append(in, out, octets, size);
}

// ---- Moments
// --------------------------------------------------------------------------------------

static int64_t milliseconds_of(JSContext* in, JSValueConst date, const cql_type* type) {
    double milliseconds;
    done(in, JS_ToFloat64(in, &milliseconds, JS_VALUE_GET_OBJ(date)->u.object_data));
    if (isnan(milliseconds)) {
        raise_error(in, "an invalid Date can't be returned as %s", type_name(type->kind));
    }
    return (int64_t)milliseconds;
}

// What the native form of a type holds that is an integer to CQL.
static int64_t native_integer(JSContext* in, JSValueConst value, const cql_type* type) {
    char text[64];
    int64_t integer;
    const bool is_text = JS_IsString(value);
    switch (type->kind) {
        case CQL_TIMESTAMP:
            if (JS_IsDate(value)) return milliseconds_of(in, value, type);
            if (is_text && parse_timestamp(text, form_of(in, value, text), &integer)) {
                return integer;
            }
            return integer_of(in, value, type);
        case CQL_DATE:
            if (JS_IsDate(value)) {
                const int64_t milliseconds = milliseconds_of(in, value, type);
                integer = milliseconds / 86400000 - (milliseconds % 86400000 < 0);
            } else if (!is_text || !parse_date(text, form_of(in, value, text), &integer) ||
                       integer != (int32_t)integer) {
                wrong_type(in, value, type);
            }
            return integer + 2147483648;
        case CQL_TIME:
            if (is_text && parse_time(text, form_of(in, value, text), &integer)) return integer;
            integer = integer_of(in, value, type);
            if (integer < 0 || integer >= 86400000000000) {
                raise_error(in, "%lld is not a time of day in nanoseconds", (long long)integer);
            }
            return integer;
        default:
            return integer_in_range(in, value, type);
    }
}

void store_native(JSContext* in, JSValueConst value, const cql_type* type, void* values,
                  uint32_t row) {
    switch (type->kind) {
        case CQL_DOUBLE:
            ((double*)values)[row] = floating_of(in, value, type);
            return;
        case CQL_FLOAT:
            ((float*)values)[row] = (float)floating_of(in, value, type);
            return;
        case CQL_BOOLEAN:
            if (!JS_IsBool(value)) wrong_type(in, value, type);
            ((uint8_t*)values)[row] = (uint8_t)JS_VALUE_GET_BOOL(value);
            return;
        default:
            store_integer(type, native_integer(in, value, type), values, row);
            return;
    }
}

static void append_native(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    uint64_t native = 0;
    store_native(in, value, type, &native, 0);
    append_native_bytes(in, native, type->width, out);
}

// ---- Compound values
// ------------------------------------------------------------------------------

static void append_number(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    if (type->kind == CQL_VARINT && JS_IsBigInt(value)) {
        append_bigint(in, value, out);
        return;
    }
    const scratch_mark before = scratch_now();
    const big_number* number;
    if (type->kind == CQL_VARINT) {
        number = big_from_int64(in, integer_of(in, value, type));
    } else {
        number = number_of(in, value);
        if (number == NULL) wrong_type(in, value, type);
        buffer_append_big32(in, out, (uint32_t)number->scale);
    }
    big_append_bytes(in, number, out);
    scratch_release(before);
}

static bool is_plain(JSContext* in, JSValueConst value) {
    return JS_IsObject(value) && !JS_IsArray(value) && !JS_IsFunction(in, value) &&
           (JS_GetClassID(value) == JS_CLASS_OBJECT || JS_GetClassID(value) == JS_CLASS_PROXY);
}

static void check_fields(JSContext* in, JSValueConst object, const cql_type* type,
                         const JSAtom* keys, uint32_t key_count) {
    JSPropertyEnum* properties;
    uint32_t count;
    done(in, JS_GetOwnPropertyNames(in, &properties, &count, object,
                                    JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY));
    for (uint32_t i = 0; i < count; ++i) {
        bool found = false;
        for (uint32_t k = 0; !found && k < key_count; ++k) found = properties[i].atom == keys[k];
        if (!found) {
            JSValue name = made(in, JS_AtomToString(in, properties[i].atom));
            char text[60];
            copy_text(in, name, text, sizeof text);
            raise_error(in, "%s %s has no field '%s'", type->kind == CQL_UDT ? "the" : "a",
                        type_name(type->kind), text);
        }
    }
    JS_FreePropertyEnum(in, properties, count);
}

void duration_fields(JSContext* in, JSValueConst value, int64_t fields[3]) {
    static const cql_type type = {.kind = CQL_DURATION};
    if (JS_IsString(value)) {
        char text[64];
        if (!parse_duration(text, form_of(in, value, text), fields)) wrong_type(in, value, &type);
        return;
    }
    if (!is_plain(in, value)) wrong_type(in, value, &type);
    for (int i = 0; i < 3; ++i) {
        JSValue field = made(in, JS_GetProperty(in, value, duration_keys[i]));
        fields[i] = is_null(field) ? 0 : integer_of(in, field, &type);
        JS_FreeValue(in, field);
    }
    check_fields(in, value, &type, duration_keys, 3);
}

static void append_duration(JSContext* in, JSValueConst value, buffer* out) {
    int64_t fields[3];
    duration_fields(in, value, fields);
    append_duration_fields(in, fields, out);
}

// Appends a length and the value. Only fields may be null.
static void append_element(JSContext* in, JSValueConst value, const cql_type* owner,
                           const cql_type* type, buffer* out) {
    if (!is_null(value)) {
        buffer_append_big32(in, out, 0);
        const size_t start = out->size;
        append_serialised(in, value, type, out);
        close_element(out, start);
        return;
    }
    if (owner->kind != CQL_TUPLE && owner->kind != CQL_UDT) {
        raise_error(in, "a %s can't contain %s", type_name(owner->kind), describe(in, value));
    }
    buffer_append_big32(in, out, UINT32_MAX);
}

// The value as something with a length and elements: an array or a typed array as it is, what can
// be iterated as an array. The caller frees it.
static JSValue sequence_of(JSContext* in, JSValueConst value, const cql_type* type,
                           uint32_t* length) {
    JSValue sequence;
    if (JS_IsArray(value) || is_typed_array(JS_GetClassID(value))) {
        sequence = JS_DupValue(in, value);
    } else {
        if (!JS_IsObject(value)) wrong_type(in, value, type);
        JSValue iterator = made(in, JS_GetProperty(in, value, JS_ATOM_Symbol_iterator));
        const bool iterable = !is_null(iterator);
        JS_FreeValue(in, iterator);
        if (!iterable) wrong_type(in, value, type);
        sequence = made(in, js_array_from(in, in->array_ctor, 1, &value));
    }
    int64_t count;
    done(in, JS_GetLength(in, sequence, &count));
    if (count > INT32_MAX) {
        raise_error(in, "an Array of %lld elements is too long for %s", (long long)count,
                    type_name(type->kind));
    }
    *length = (uint32_t)count;
    return sequence;
}

static uint32_t append_elements(JSContext* in, JSValueConst value, const cql_type* type,
                                buffer* out) {
    uint32_t length;
    JSValue sequence = sequence_of(in, value, type, &length);
    for (uint32_t i = 0; i < length; ++i) {
        JSValue element = made(in, JS_GetPropertyUint32(in, sequence, i));
        append_element(in, element, type, type->parameters[0], out);
        JS_FreeValue(in, element);
    }
    JS_FreeValue(in, sequence);
    return length;
}

// Counts are put where their room was left.
static void set_count(buffer* out, size_t start, uint32_t count) {
    count = __builtin_bswap32(count);
    memcpy(out->data + start - 4, &count, 4);
}

static void append_list(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    buffer_append_big32(in, out, 0);
    const size_t start = out->size;
    set_count(out, start, append_elements(in, value, type, out));
}

static void append_tuple(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    uint32_t length;
    JSValue sequence = sequence_of(in, value, type, &length);
    if (length > type->count) {
        raise_error(in, "an Array of %u elements can't be returned as a tuple of %u", length,
                    type->count);
    }
    for (uint32_t i = 0; i < type->count; ++i) {
        JSValue field = i < length ? made(in, JS_GetPropertyUint32(in, sequence, i)) : JS_NULL;
        append_element(in, field, type, type->parameters[i], out);
        JS_FreeValue(in, field);
    }
    JS_FreeValue(in, sequence);
}

static void append_user(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    if (!is_plain(in, value)) wrong_type(in, value, type);
    const JSAtom* keys = field_atoms(in, type);
    for (uint32_t i = 0; i < type->count; ++i) {
        JSValue field = made(in, JS_GetProperty(in, value, keys[i]));
        append_element(in, field, type, type->parameters[i], out);
        JS_FreeValue(in, field);
    }
    check_fields(in, value, type, keys, type->count);
}

static void append_vector(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    const cql_type* element_type = type->parameters[0];
    const bool fixed = serialised_size(element_type) != 0;
    uint32_t length;
    JSValue sequence = sequence_of(in, value, type, &length);
    if (length != type->dimensions) {
        raise_error(in, "a vector of %u elements was expected, not %u", type->dimensions, length);
    }
    for (uint32_t i = 0; i < length; ++i) {
        JSValue element = made(in, JS_GetPropertyUint32(in, sequence, i));
        if (is_null(element)) raise_error(in, "a vector can't contain %s", describe(in, element));
        const size_t start = out->size;
        append_serialised(in, element, element_type, out);
        if (!fixed) close_vector_element(in, out, start);
        JS_FreeValue(in, element);
    }
    JS_FreeValue(in, sequence);
}

// ---- Sets and maps
// --------------------------------------------------------------------------------

// The records of a Set or Map itself, whatever has become of its methods. Converting an element may
// run the script, which may change the collection; as in forEach, the record at hand is held.
static uint32_t append_records(JSContext* in, JSValueConst value, const cql_type* type,
                               buffer* out) {
    JSMapState* records = JS_VALUE_GET_OBJ(value)->u.map_state;
    uint32_t count = 0;
    struct list_head* at = records->records.next;
    while (at != &records->records) {
        JSMapRecord* record = list_entry(at, JSMapRecord, link);
        if (record->empty) {
            at = at->next;
            continue;
        }
        ++record->ref_count;
        JSValue entry[2] = {JS_DupValue(in, record->key), JS_DupValue(in, record->value)};
        append_element(in, entry[0], type, type->parameters[0], out);
        if (type->kind == CQL_MAP) append_element(in, entry[1], type, type->parameters[1], out);
        JS_FreeValue(in, entry[0]);
        JS_FreeValue(in, entry[1]);
        at = at->next;
        map_decref_record(JS_GetRuntime(in), record);
        ++count;
    }
    return count;
}

// A plain object as a map of its own properties.
static uint32_t append_properties(JSContext* in, JSValueConst value, const cql_type* type,
                                  buffer* out) {
    JSPropertyEnum* properties;
    uint32_t count;
    done(in, JS_GetOwnPropertyNames(in, &properties, &count, value,
                                    JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY));
    for (uint32_t i = 0; i < count; ++i) {
        JSValue name = made(in, JS_AtomToString(in, properties[i].atom));
        append_element(in, name, type, type->parameters[0], out);
        JS_FreeValue(in, name);
        JSValue property = made(in, JS_GetProperty(in, value, properties[i].atom));
        append_element(in, property, type, type->parameters[1], out);
        JS_FreeValue(in, property);
    }
    JS_FreePropertyEnum(in, properties, count);
    return count;
}

static void append_set_or_map(JSContext* in, JSValueConst value, const cql_type* type,
                              buffer* out) {
    const JSClassID class = JS_GetClassID(value);
    buffer_append_big32(in, out, 0);
    const size_t start = out->size;
    uint32_t count;
    if (class == (type->kind == CQL_SET ? JS_CLASS_SET : JS_CLASS_MAP)) {
        count = append_records(in, value, type, out);
    } else if (type->kind == CQL_SET && class != JS_CLASS_MAP) {
        count = append_elements(in, value, type, out);
    } else if (type->kind == CQL_MAP && is_plain(in, value)) {
        count = append_properties(in, value, type, out);
    } else {
        wrong_type(in, value, type);
    }
    sort_entries(in, type, out, start, count);
}

void append_serialised(JSContext* in, JSValueConst value, const cql_type* type, buffer* out) {
    if (type->width != 0) {
        append_native(in, value, type, out);
        return;
    }
    switch (type->kind) {
        case CQL_ASCII:
        case CQL_TEXT:
            append_text(in, value, type, out);
            return;
        case CQL_BLOB:
            append_blob(in, value, type, out);
            return;
        case CQL_UUID:
        case CQL_TIMEUUID:
        case CQL_INET:
            append_identifier(in, value, type, out);
            return;
        case CQL_VARINT:
        case CQL_DECIMAL:
            append_number(in, value, type, out);
            return;
        case CQL_DURATION:
            append_duration(in, value, out);
            return;
        case CQL_LIST:
            append_list(in, value, type, out);
            return;
        case CQL_SET:
        case CQL_MAP:
            append_set_or_map(in, value, type, out);
            return;
        case CQL_TUPLE:
            append_tuple(in, value, type, out);
            return;
        case CQL_UDT:
            append_user(in, value, type, out);
            return;
        case CQL_VECTOR:
            append_vector(in, value, type, out);
            return;
        default:
            raise_error(in, "type 0x%04x is unknown here", (unsigned)type->kind);
    }
}
