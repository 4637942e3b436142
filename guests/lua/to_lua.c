// CQL values to Lua values.
#include <string.h>

#include "guest.h"

// Pushes the next [bytes] as a value of `element`; a null pushes nil.
static void push_element(lua_State* L, const cql_type* type, const cql_type* element,
                         reader* from) {
    const uint8_t* data;
    size_t size;
    read_element(L, from, type, &data, &size);
    if (data == NULL) {
        lua_pushnil(L);
    } else {
        push_serialised(L, element, data, size);
    }
}

static void push_list(lua_State* L, const cql_type* type, reader* in) {
    uint32_t count = read_count(L, in, type);
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 0; i < count; ++i) {
        push_element(L, type, type->parameters[0], in);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_set_or_map(lua_State* L, const cql_type* type, reader* in) {
    uint32_t count = read_count(L, in, type);
    lua_createtable(L, 0, (int)count);
    for (uint32_t i = 0; i < count; ++i) {
        push_element(L, type, type->parameters[0], in);
        if (type->kind == CQL_SET) {
            lua_pushboolean(L, 1);
        } else {
            push_element(L, type, type->parameters[1], in);
        }
        if (lua_isnil(L, -2)) {
            lua_pop(L, 2);  // an empty value of a type that has none in Lua can't be a key
        } else {
            lua_rawset(L, -3);
        }
    }
}

// Fields that the value does not have, because the type has grown since, are nil.
static void push_fields(lua_State* L, const cql_type* type, reader* in) {
    bool named = type->kind == CQL_UDT;
    lua_createtable(L, named ? 0 : (int)type->count, named ? (int)type->count : 0);
    for (uint32_t i = 0; i < type->count && in->at < in->end; ++i) {
        push_element(L, type, type->parameters[i], in);
        if (named) {
            lua_setfield(L, -2, type->field_names[i]);
        } else {
            lua_rawseti(L, -2, i + 1);
        }
    }
}

static void push_duration(lua_State* L, const cql_type* type, reader* in) {
    int64_t fields[3];
    for (int i = 0; i < 3; ++i) fields[i] = read_vint(L, in, type);
    push_duration_fields(L, fields);
}

static void push_vector(lua_State* L, const cql_type* type, reader* in) {
    lua_createtable(L, (int)type->dimensions, 0);
    for (uint32_t i = 0; i < type->dimensions; ++i) {
        size_t size;
        const uint8_t* data = read_vector_element(L, in, type, &size);
        push_serialised(L, type->parameters[0], data, size);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_big(lua_State* L, const cql_type* type, reader* in) {
    const scratch_mark before = scratch_now();
    const int32_t scale = type->kind == CQL_DECIMAL ? read_big32(L, in, type) : 0;
    big_number* value = big_from_bytes(L, in->at, (size_t)(in->end - in->at));
    value->is_decimal = type->kind == CQL_DECIMAL;
    value->scale = scale;
    push_number(L, value);
    scratch_release(before);
}

void push_serialised(lua_State* L, const cql_type* type, const uint8_t* data, size_t size) {
    switch (type->kind) {
        case CQL_ASCII:
        case CQL_BLOB:
        case CQL_TEXT:
            lua_pushlstring(L, (const char*)data, size);
            return;
        default:
            break;
    }
    if (size == 0) {
        lua_pushnil(L);
        return;
    }
    if (type->width != 0) {
        const uint64_t native = read_native(L, type, data, size);
        push_native(L, type, &native, 0);
        return;
    }
    char text[48];
    reader in = {data, data + size};
    luaL_checkstack(L, 6, "value is nested too deeply");
    switch (type->kind) {
        case CQL_VARINT:
        case CQL_DECIMAL:
            push_big(L, type, &in);
            return;
        case CQL_UUID:
        case CQL_TIMEUUID:
            if (size != 16) raise_malformed(L, type);
            format_uuid(data, text);
            lua_pushlstring(L, text, 36);
            return;
        case CQL_INET:
            if (size != 4 && size != 16) raise_malformed(L, type);
            lua_pushlstring(L, text, format_inet(data, size, text));
            return;
        case CQL_DURATION:
            push_duration(L, type, &in);
            return;
        case CQL_LIST:
            push_list(L, type, &in);
            return;
        case CQL_SET:
        case CQL_MAP:
            push_set_or_map(L, type, &in);
            return;
        case CQL_TUPLE:
        case CQL_UDT:
            push_fields(L, type, &in);
            return;
        case CQL_VECTOR:
            push_vector(L, type, &in);
            return;
        default:
            luaL_error(L, "type 0x%04x is unknown here", (unsigned)type->kind);
    }
}

void push_native(lua_State* L, const cql_type* type, const void* values, uint32_t row) {
    switch (type->kind) {
        case CQL_BIGINT:
        case CQL_COUNTER:
        case CQL_TIMESTAMP:
        case CQL_TIME:
            lua_pushinteger(L, ((const int64_t*)values)[row]);
            return;
        case CQL_DOUBLE:
            lua_pushnumber(L, ((const double*)values)[row]);
            return;
        case CQL_INT:
            lua_pushinteger(L, ((const int32_t*)values)[row]);
            return;
        case CQL_FLOAT:
            lua_pushnumber(L, ((const float*)values)[row]);
            return;
        case CQL_BOOLEAN:
            lua_pushboolean(L, ((const uint8_t*)values)[row] != 0);
            return;
        case CQL_DATE:
            lua_pushinteger(L, ((const uint32_t*)values)[row]);
            return;
        case CQL_SMALLINT:
            lua_pushinteger(L, ((const int16_t*)values)[row]);
            return;
        case CQL_TINYINT:
            lua_pushinteger(L, ((const int8_t*)values)[row]);
            return;
        default:
            luaL_error(L, "%s has no native form", type_name(type->kind));
    }
}
