// CQL types as the host describes them, and the order of their values.
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { TYPE_DEPTH_MAX = 64 };

static void need(lua_State* L, const reader* in, size_t bytes) {
    if ((size_t)(in->end - in->at) < bytes) luaL_error(L, "value or descriptor is cut short");
}

uint32_t read_u32_little(lua_State* L, reader* in) {
    uint32_t value;
    need(L, in, 4);
    memcpy(&value, in->at, 4);
    in->at += 4;
    return value;
}

uint16_t read_u16_little(lua_State* L, reader* in) {
    uint16_t value;
    need(L, in, 2);
    memcpy(&value, in->at, 2);
    in->at += 2;
    return value;
}

const char* read_text(lua_State* L, reader* in, size_t* size) {
    *size = read_u32_little(L, in);
    need(L, in, *size);
    const char* text = (const char*)in->at;
    in->at += *size;
    return text;
}

static void* allocate(lua_State* L, size_t size) {
    void* memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL) luaL_error(L, "not enough memory");
    return memory;
}

static uint32_t native_width(enum cql_kind kind) {
    switch (kind) {
        case CQL_BOOLEAN:
        case CQL_TINYINT:
            return 1;
        case CQL_SMALLINT:
            return 2;
        case CQL_INT:
        case CQL_DATE:
        case CQL_FLOAT:
            return 4;
        case CQL_BIGINT:
        case CQL_COUNTER:
        case CQL_TIMESTAMP:
        case CQL_TIME:
        case CQL_DOUBLE:
            return 8;
        default:
            return 0;
    }
}

static cql_type* read_nested(lua_State* L, reader* in, int depth) {
    if (depth > TYPE_DEPTH_MAX) luaL_error(L, "type is nested too deeply");
    cql_type* type = allocate(L, sizeof(cql_type));
    type->kind = (enum cql_kind)read_u16_little(L, in);
    type->width = native_width(type->kind);
    switch (type->kind) {
        case CQL_LIST:
        case CQL_SET:
            type->count = 1;
            break;
        case CQL_MAP:
            type->count = 2;
            break;
        case CQL_UDT:
        case CQL_TUPLE:
            type->count = read_u16_little(L, in);
            break;
        case CQL_VECTOR:
            type->count = 1;
            type->dimensions = read_u32_little(L, in);
            break;
        default:
            return type;
    }
    type->parameters = allocate(L, type->count * sizeof(cql_type*));
    if (type->kind == CQL_UDT) type->field_names = allocate(L, type->count * sizeof(char*));
    for (uint32_t i = 0; i < type->count; ++i) {
        if (type->kind == CQL_UDT) {
            size_t size;
            const char* name = read_text(L, in, &size);
            type->field_names[i] = allocate(L, size + 1);
            memcpy(type->field_names[i], name, size);
        }
        type->parameters[i] = read_nested(L, in, depth + 1);
    }
    return type;
}

cql_type* read_type(lua_State* L, reader* in) {
    return read_nested(L, in, 0);
}

const char* type_name(enum cql_kind kind) {
    switch (kind) {
        case CQL_ASCII:
            return "ascii";
        case CQL_BIGINT:
            return "bigint";
        case CQL_BLOB:
            return "blob";
        case CQL_BOOLEAN:
            return "boolean";
        case CQL_COUNTER:
            return "counter";
        case CQL_DECIMAL:
            return "decimal";
        case CQL_DOUBLE:
            return "double";
        case CQL_FLOAT:
            return "float";
        case CQL_INT:
            return "int";
        case CQL_TIMESTAMP:
            return "timestamp";
        case CQL_UUID:
            return "uuid";
        case CQL_TEXT:
            return "text";
        case CQL_VARINT:
            return "varint";
        case CQL_TIMEUUID:
            return "timeuuid";
        case CQL_INET:
            return "inet";
        case CQL_DATE:
            return "date";
        case CQL_TIME:
            return "time";
        case CQL_SMALLINT:
            return "smallint";
        case CQL_TINYINT:
            return "tinyint";
        case CQL_DURATION:
            return "duration";
        case CQL_LIST:
            return "list";
        case CQL_MAP:
            return "map";
        case CQL_SET:
            return "set";
        case CQL_UDT:
            return "user type";
        case CQL_TUPLE:
            return "tuple";
        case CQL_VECTOR:
            return "vector";
    }
    return "unknown type";
}

uint32_t serialised_size(const cql_type* type) {
    switch (type->kind) {
        // Cassandra counts these as variable, and vectors prefix their elements with a size.
        case CQL_TINYINT:
        case CQL_SMALLINT:
        case CQL_DATE:
        case CQL_TIME:
        case CQL_COUNTER:
            return 0;
        case CQL_UUID:
        case CQL_TIMEUUID:
            return 16;
        case CQL_VECTOR:
            return serialised_size(type->parameters[0]) * type->dimensions;
        default:
            return type->width;
    }
}

// ---- Order ------------------------------------------------------------------------------------

static int compare_bytes(const uint8_t* left, size_t left_size, const uint8_t* right,
                         size_t right_size) {
    int order = memcmp(left, right, left_size < right_size ? left_size : right_size);
    if (order != 0) return order;
    return left_size < right_size ? -1 : left_size > right_size;
}

static int64_t load_signed(const uint8_t* data, size_t size) {
    uint64_t bits = (data[0] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; ++i) bits = bits << 8 | data[i];
    return (int64_t)bits;
}

// Java's order of doubles: -0 before 0, NaN last. As integers, negative ones run backwards.
static int64_t floating_rank(double value) {
    if (value != value) return INT64_MAX;
    int64_t bits;
    memcpy(&bits, &value, 8);
    return bits < 0 ? (int64_t)(~(uint64_t)bits | 0x8000000000000000u) : bits;
}

static double load_floating(const uint8_t* data, size_t size) {
    if (size == 4) {
        uint32_t bits = load_big32(data);
        float value;
        memcpy(&value, &bits, 4);
        return value;
    }
    uint64_t bits = load_big64(data);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static int compare_integers(int64_t left, int64_t right) {
    return left < right ? -1 : left > right;
}

static uint64_t uuid_time(const uint8_t* octets) {
    uint64_t bits = load_big64(octets);
    return (bits & 0xfff) << 48 | (bits >> 16 & 0xffff) << 32 | bits >> 32;
}

static int compare_uuids(enum cql_kind kind, const uint8_t* left, const uint8_t* right) {
    int left_version = left[6] >> 4;
    int right_version = right[6] >> 4;
    if (kind == CQL_UUID && left_version != right_version) {
        return left_version < right_version ? -1 : 1;
    }
    if (kind == CQL_TIMEUUID || left_version == 1) {
        uint64_t left_time = uuid_time(left);
        uint64_t right_time = uuid_time(right);
        if (left_time != right_time) return left_time < right_time ? -1 : 1;
    }
    if (kind == CQL_UUID) return memcmp(left, right, 16);
    for (int i = 8; i < 16; ++i) {
        if (left[i] != right[i]) return (int8_t)left[i] < (int8_t)right[i] ? -1 : 1;
    }
    return 0;
}

static int compare_numbers(lua_State* L, enum cql_kind kind, const uint8_t* left, size_t left_size,
                           const uint8_t* right, size_t right_size) {
    int top = lua_gettop(L);
    const cql_type type = {.kind = kind};
    luaL_checkstack(L, 8, NULL);
    push_serialised(L, &type, left, left_size);
    push_serialised(L, &type, right, right_size);
    int order = number_compare(L, number_at(L, top + 1), number_at(L, top + 2));
    lua_settop(L, top);
    return order;
}

// A length and that many bytes; false if the value ends before it or is null (`*data` null then).
static bool next_element(reader* in, const uint8_t** data, size_t* size) {
    *data = NULL;
    *size = 0;
    if (in->end - in->at < 4) return false;
    int32_t length = (int32_t)load_big32(in->at);
    in->at += 4;
    if (length < 0) return true;
    if (in->end - in->at < length) length = (int32_t)(in->end - in->at);
    *data = in->at;
    *size = (size_t)length;
    in->at += length;
    return true;
}

static int compare_compound(lua_State* L, const cql_type* type, const uint8_t* left,
                            size_t left_size, const uint8_t* right, size_t right_size) {
    reader a = {left, left + left_size};
    reader b = {right, right + right_size};
    bool is_collection = type->kind == CQL_LIST || type->kind == CQL_SET || type->kind == CQL_MAP;
    if (is_collection) {
        if (left_size < 4 || right_size < 4)
            return compare_bytes(left, left_size, right, right_size);
        a.at += 4;
        b.at += 4;
    }
    for (uint32_t i = 0;; ++i) {
        const uint8_t *left_data, *right_data;
        size_t left_length, right_length;
        bool left_more = next_element(&a, &left_data, &left_length);
        bool right_more = next_element(&b, &right_data, &right_length);
        if (!left_more || !right_more) return left_more - right_more;
        if (left_data == NULL || right_data == NULL) {
            if (left_data != right_data) return left_data == NULL ? -1 : 1;
            continue;
        }
        if (!is_collection && i >= type->count) return 0;
        uint32_t parameter = type->kind == CQL_MAP ? i % 2 : is_collection ? 0 : i;
        int order = compare_values(L, type->parameters[parameter], left_data, left_length,
                                   right_data, right_length);
        if (order != 0) return order;
    }
}

static bool next_vector_element(lua_State* L, const cql_type* type, reader* in,
                                const uint8_t** data, size_t* size) {
    uint64_t length = serialised_size(type->parameters[0]);
    if (length == 0) length = read_unsigned_vint(L, in, type);
    if ((uint64_t)(in->end - in->at) < length) return false;
    *data = in->at;
    *size = (size_t)length;
    in->at += length;
    return true;
}

static int compare_vectors(lua_State* L, const cql_type* type, const uint8_t* left,
                           size_t left_size, const uint8_t* right, size_t right_size) {
    reader a = {left, left + left_size};
    reader b = {right, right + right_size};
    for (uint32_t i = 0; i < type->dimensions; ++i) {
        const uint8_t *left_data, *right_data;
        size_t left_length, right_length;
        bool left_more = next_vector_element(L, type, &a, &left_data, &left_length);
        bool right_more = next_vector_element(L, type, &b, &right_data, &right_length);
        if (!left_more || !right_more) return left_more - right_more;
        int order = compare_values(L, type->parameters[0], left_data, left_length, right_data,
                                   right_length);
        if (order != 0) return order;
    }
    return 0;
}

int compare_values(lua_State* L, const cql_type* type, const uint8_t* left, size_t left_size,
                   const uint8_t* right, size_t right_size) {
    if (left_size == 0 || right_size == 0) return (left_size != 0) - (right_size != 0);
    switch (type->kind) {
        case CQL_TINYINT:
        case CQL_SMALLINT:
        case CQL_INT:
        case CQL_BIGINT:
        case CQL_COUNTER:
        case CQL_TIMESTAMP:
        case CQL_TIME:
            return compare_integers(load_signed(left, left_size), load_signed(right, right_size));
        case CQL_FLOAT:
        case CQL_DOUBLE:
            return compare_integers(floating_rank(load_floating(left, left_size)),
                                    floating_rank(load_floating(right, right_size)));
        case CQL_UUID:
        case CQL_TIMEUUID:
            return compare_uuids(type->kind, left, right);
        case CQL_VARINT:
        case CQL_DECIMAL:
            return compare_numbers(L, type->kind, left, left_size, right, right_size);
        case CQL_LIST:
        case CQL_SET:
        case CQL_MAP:
        case CQL_TUPLE:
        case CQL_UDT:
            return compare_compound(L, type, left, left_size, right, right_size);
        case CQL_VECTOR:
            return compare_vectors(L, type, left, left_size, right, right_size);
        default:
            return compare_bytes(left, left_size, right, right_size);
    }
}
