// Lua values to CQL values.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

void wrong_type(lua_State* L, int index, const cql_type* type) {
    const char* given = luaL_typename(L, index);
    const big_number* number = number_at(L, index);
    if (number != NULL) given = number->is_decimal ? "decimal" : "varint";
    if (lua_type(L, index) == LUA_TNUMBER || lua_type(L, index) == LUA_TSTRING) {
        lua_pushvalue(L, index);
        size_t size;
        const char* text = lua_tolstring(L, -1, &size);
        if (size > 40) size = 40;
        lua_pushlstring(L, text, size);
        luaL_error(L, "the %s '%s' can't be returned as %s", given, lua_tostring(L, -1),
                   type_name(type->kind));
    }
    luaL_error(L, "a %s can't be returned as %s", given, type_name(type->kind));
    __builtin_unreachable();
}

// ---- Numbers ----------------------------------------------------------------------------------

// Reduced modulo 2^64, as integers wrap.
static int64_t wrap_integral(double value) {
    double reduced = fmod(value, 18446744073709551616.0);
    if (reduced < 0) return (int64_t)(0 - (uint64_t)-reduced);
    return (int64_t)(uint64_t)reduced;
}

bool find_integer(lua_State* L, int index, int64_t* value) {
    int is_integer;
    *value = lua_tointegerx(L, index, &is_integer);
    if (is_integer) return true;
    int is_number;
    double number = lua_tonumberx(L, index, &is_number);
    if (is_number) {
        if (!isfinite(number) || floor(number) != number) return false;
        *value = wrap_integral(number);
        return true;
    }
    const big_number* big = number_at(L, index);
    if (big == NULL) return false;
    const scratch_mark before = scratch_now();
    const big_number* integral = number_integral(L, big);
    if (integral != NULL) *value = big_to_int64(integral);
    scratch_release(before);
    return integral != NULL;
}

static int64_t integer_field(lua_State* L, int table, const char* name, int64_t fallback,
                             const cql_type* type) {
    lua_getfield(L, table, name);
    int64_t value = fallback;
    if (lua_isnil(L, -1) ? fallback == INT64_MIN : !find_integer(L, -1, &value)) {
        luaL_error(L, "a table returned as %s needs an integer in its field '%s'",
                   type_name(type->kind), name);
    }
    lua_pop(L, 1);
    // Keeps the sums below from overflowing; far beyond what the types can hold.
    if (value > 1000000000000 || value < -1000000000000) {
        luaL_error(L, "field '%s' is out of range for %s", name, type_name(type->kind));
    }
    return value;
}

// A table as os.date("*t") makes them.
static int64_t moment_from_table(lua_State* L, int index, const cql_type* type) {
    int table = lua_absindex(L, index);
    int64_t days = days_from_civil(integer_field(L, table, "year", INT64_MIN, type),
                                   integer_field(L, table, "month", INT64_MIN, type),
                                   integer_field(L, table, "day", INT64_MIN, type));
    if (days > 106751991167 || days < -106751991167) {
        luaL_error(L, "the table's date is out of range for %s", type_name(type->kind));
    }
    if (type->kind == CQL_DATE) return days + 2147483648;
    int64_t hours = integer_field(L, table, "hour", 12, type);
    int64_t minutes = integer_field(L, table, "min", 0, type);
    int64_t seconds = integer_field(L, table, "sec", 0, type);
    return (int64_t)(((uint64_t)days * 86400 + (uint64_t)hours * 3600 + (uint64_t)minutes * 60 +
                      (uint64_t)seconds) *
                     1000);
}

int64_t to_integer(lua_State* L, int index, const cql_type* type) {
    int64_t value;
    if (lua_type(L, index) == LUA_TSTRING) {
        size_t size;
        const char* text = lua_tolstring(L, index, &size);
        if (type->kind == CQL_TIMESTAMP && parse_timestamp(text, size, &value)) return value;
        if (type->kind == CQL_DATE && parse_date(text, size, &value)) return value + 2147483648;
        if (type->kind == CQL_TIME && parse_time(text, size, &value)) return value;
    }
    if (lua_istable(L, index) && (type->kind == CQL_TIMESTAMP || type->kind == CQL_DATE)) {
        return moment_from_table(L, index, type);
    }
    if (!find_integer(L, index, &value)) wrong_type(L, index, type);
    if (type->kind == CQL_TIME && (value < 0 || value >= 86400000000000)) {
        luaL_error(L, "%I is not a time of day in nanoseconds", (LUAI_UACINT)value);
    }
    return value;
}

double to_floating(lua_State* L, int index, const cql_type* type) {
    int is_number;
    double value = lua_tonumberx(L, index, &is_number);
    if (is_number) return value;
    const big_number* big = number_at(L, index);
    if (big == NULL) wrong_type(L, index, type);
    return number_to_double(L, big);
}

static bool to_boolean(lua_State* L, int index, const cql_type* type) {
    if (!lua_isboolean(L, index)) wrong_type(L, index, type);
    return lua_toboolean(L, index) != 0;
}

void store_native(lua_State* L, int index, const cql_type* type, void* values, uint32_t row) {
    switch (type->kind) {
        case CQL_DOUBLE:
            ((double*)values)[row] = to_floating(L, index, type);
            return;
        case CQL_FLOAT:
            ((float*)values)[row] = (float)to_floating(L, index, type);
            return;
        case CQL_BOOLEAN:
            ((uint8_t*)values)[row] = to_boolean(L, index, type);
            return;
        default:
            break;
    }
    store_integer(type, to_integer(L, index, type), values, row);
}

static void append_native(lua_State* L, int index, const cql_type* type, buffer* out) {
    uint64_t native = 0;
    store_native(L, index, type, &native, 0);
    append_native_bytes(L, native, type->width, out);
}

// ---- Text -------------------------------------------------------------------------------------

static void append_text(lua_State* L, int index, const cql_type* type, buffer* out) {
    const scratch_mark before = scratch_now();
    size_t size;
    const char* text;
    int pushed = 0;
    if (lua_type(L, index) == LUA_TNUMBER) {
        // A copy, because lua_tolstring would turn a table's key or element into a string.
        lua_pushvalue(L, index);
        pushed = 1;
        text = lua_tolstring(L, -1, &size);
    } else if (number_at(L, index) != NULL && type->kind != CQL_BLOB) {
        text = number_text(L, number_at(L, index), &size);
    } else {
        if (lua_type(L, index) != LUA_TSTRING) wrong_type(L, index, type);
        text = lua_tolstring(L, index, &size);
    }
    if (type->kind != CQL_BLOB) check_text(L, type, (const uint8_t*)text, size);
    buffer_append(L, out, text, size);
    lua_pop(L, pushed);
    scratch_release(before);
}

static void append_identifier(lua_State* L, int index, const cql_type* type, buffer* out) {
    uint8_t octets[16];
    size_t size;
    if (lua_type(L, index) != LUA_TSTRING) wrong_type(L, index, type);
    const char* text = lua_tolstring(L, index, &size);
    size_t width = 16;
    if (type->kind == CQL_INET) {
        width = parse_inet(text, size, octets);
    } else if (!parse_uuid(text, size, octets)) {
        width = 0;
    }
    if (width == 0) wrong_type(L, index, type);
    if (type->kind == CQL_TIMEUUID && octets[6] >> 4 != 1) {
        luaL_error(L, "the returned timeuuid is not of version 1");
    }
    buffer_append(L, out, octets, width);
}

// ---- Compound values ----------------------------------------------------------------------------

static void append_number(lua_State* L, int index, const cql_type* type, buffer* out) {
    const scratch_mark before = scratch_now();
    const big_number* value = number_convert(L, index);
    if (value != NULL && type->kind == CQL_VARINT) value = number_integral(L, value);
    if (value == NULL) wrong_type(L, index, type);
    if (type->kind == CQL_DECIMAL) buffer_append_big32(L, out, (uint32_t)value->scale);
    big_append_bytes(L, value, out);
    scratch_release(before);
}

static void append_duration(lua_State* L, int index, const cql_type* type, buffer* out) {
    int64_t fields[3];
    if (!find_duration(L, index, fields)) wrong_type(L, index, type);
    append_duration_fields(L, fields, out);
}

// Appends a length and the value on top of the stack, and pops it. Only fields may be null.
static void append_element(lua_State* L, const cql_type* owner, const cql_type* type, buffer* out) {
    bool is_field = owner->kind == CQL_TUPLE || owner->kind == CQL_UDT;
    if (lua_isnil(L, -1)) {
        if (!is_field) luaL_error(L, "a %s can't contain nil", type_name(owner->kind));
        buffer_append_big32(L, out, UINT32_MAX);
    } else {
        buffer_append_big32(L, out, 0);
        size_t start = out->size;
        append_serialised(L, -1, type, out);
        close_element(out, start);
    }
    lua_pop(L, 1);
}

// Refuses what would be lost silently: keys outside 1..limit, holes.
static void check_sequence(lua_State* L, int table, const cql_type* type, lua_Integer limit,
                           bool holes_allowed) {
    lua_Integer seen = 0;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        lua_pop(L, 1);
        if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1 || lua_tointeger(L, -1) > limit) {
            luaL_error(L, "a table returned as %s has the key '%s'", type_name(type->kind),
                       luaL_tolstring(L, -1, NULL));
        }
        ++seen;
    }
    if (!holes_allowed && seen != limit) {
        luaL_error(L, "a table returned as %s must be a sequence without holes",
                   type_name(type->kind));
    }
}

static void append_list(lua_State* L, int table, const cql_type* type, buffer* out) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, table);
    check_sequence(L, table, type, count, false);
    buffer_append_big32(L, out, (uint32_t)count);
    for (lua_Integer i = 1; i <= count; ++i) {
        lua_rawgeti(L, table, i);
        append_element(L, type, type->parameters[0], out);
    }
}

static void append_tuple(lua_State* L, int table, const cql_type* type, buffer* out) {
    check_sequence(L, table, type, (lua_Integer)type->count, true);
    for (uint32_t i = 0; i < type->count; ++i) {
        lua_rawgeti(L, table, (lua_Integer)i + 1);
        append_element(L, type, type->parameters[i], out);
    }
}

static void append_user(lua_State* L, int table, const cql_type* type, buffer* out) {
    for (uint32_t i = 0; i < type->count; ++i) {
        lua_pushstring(L, type->field_names[i]);
        lua_rawget(L, table);
        append_element(L, type, type->parameters[i], out);
    }
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        lua_pop(L, 1);
        bool found = false;
        for (uint32_t i = 0; !found && lua_type(L, -1) == LUA_TSTRING && i < type->count; ++i) {
            found = strcmp(lua_tostring(L, -1), type->field_names[i]) == 0;
        }
        if (!found) {
            luaL_error(L, "the user type has no field '%s'", luaL_tolstring(L, -1, NULL));
        }
    }
}

static void append_vector(lua_State* L, int table, const cql_type* type, buffer* out) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, table);
    check_sequence(L, table, type, count, false);
    if (count != (lua_Integer)type->dimensions) {
        luaL_error(L, "a vector of %d elements was expected, not %I", (int)type->dimensions,
                   (LUAI_UACINT)count);
    }
    bool fixed = serialised_size(type->parameters[0]) != 0;
    for (lua_Integer i = 1; i <= count; ++i) {
        lua_rawgeti(L, table, i);
        const size_t start = out->size;
        append_serialised(L, -1, type->parameters[0], out);
        if (!fixed) close_vector_element(L, out, start);
        lua_pop(L, 1);
    }
}

static void append_set_or_map(lua_State* L, int table, const cql_type* type, buffer* out) {
    uint32_t count = 0;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        lua_pop(L, 1);
        ++count;
    }
    buffer_append_big32(L, out, count);
    const size_t start = out->size;
    lua_pushnil(L);
    while (lua_next(L, table) != 0) {
        if (type->kind == CQL_SET && !(lua_isboolean(L, -1) && lua_toboolean(L, -1))) {
            luaL_error(L, "a set is a table of element = true; '%s' has another value",
                       luaL_tolstring(L, -2, NULL));
        }
        lua_pushvalue(L, -2);
        append_element(L, type, type->parameters[0], out);
        if (type->kind == CQL_MAP) {
            append_element(L, type, type->parameters[1], out);
        } else {
            lua_pop(L, 1);
        }
    }
    sort_entries(L, type, out, start, count);
}

void append_serialised(lua_State* L, int index, const cql_type* type, buffer* out) {
    switch (type->kind) {
        case CQL_ASCII:
        case CQL_BLOB:
        case CQL_TEXT:
            append_text(L, index, type, out);
            return;
        case CQL_UUID:
        case CQL_TIMEUUID:
        case CQL_INET:
            append_identifier(L, index, type, out);
            return;
        case CQL_VARINT:
        case CQL_DECIMAL:
            append_number(L, index, type, out);
            return;
        case CQL_DURATION:
            append_duration(L, index, type, out);
            return;
        default:
            break;
    }
    if (type->width != 0) {
        append_native(L, index, type, out);
        return;
    }
    if (!lua_istable(L, index)) wrong_type(L, index, type);
    luaL_checkstack(L, 12, "value is nested too deeply");
    int table = lua_absindex(L, index);
    switch (type->kind) {
        case CQL_LIST:
            append_list(L, table, type, out);
            return;
        case CQL_SET:
        case CQL_MAP:
            append_set_or_map(L, table, type, out);
            return;
        case CQL_TUPLE:
            append_tuple(L, table, type, out);
            return;
        case CQL_UDT:
            append_user(L, table, type, out);
            return;
        case CQL_VECTOR:
            append_vector(L, table, type, out);
            return;
        default:
            luaL_error(L, "type 0x%04x is unknown here", (unsigned)type->kind);
    }
}
