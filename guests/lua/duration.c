// Durations: tables of months, days and nanoseconds with operators and a text.
#include <string.h>

#include "guest.h"

// Registry key by address.
static char duration_key;

static const char* const duration_fields[] = {"months", "days", "nanoseconds"};

void push_duration_fields(lua_State* L, const int64_t fields[3]) {
    luaL_checkstack(L, 4, NULL);
    lua_createtable(L, 0, 3);
    for (int i = 0; i < 3; ++i) {
        lua_pushinteger(L, fields[i]);
        lua_setfield(L, -2, duration_fields[i]);
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &duration_key);
    lua_setmetatable(L, -2);
}

bool find_duration(lua_State* L, int index, int64_t fields[3]) {
    if (lua_type(L, index) == LUA_TSTRING) {
        size_t size;
        const char* text = lua_tolstring(L, index, &size);
        return parse_duration(text, size, fields);
    }
    if (!lua_istable(L, index)) return false;
    index = lua_absindex(L, index);
    for (int i = 0; i < 3; ++i) {
        fields[i] = 0;
        lua_pushstring(L, duration_fields[i]);
        lua_rawget(L, index);
        const bool good = lua_isnil(L, -1) || find_integer(L, -1, &fields[i]);
        lua_pop(L, 1);
        if (!good) return false;
    }
    return true;
}

static void take_duration(lua_State* L, int index, int64_t fields[3]) {
    if (!find_duration(L, index, fields)) {
        luaL_error(L, "'%s' is no duration", luaL_tolstring(L, index, NULL));
    }
}

static int duration_construct(lua_State* L) {
    int64_t fields[3];
    take_duration(L, 1, fields);
    push_duration_fields(L, fields);
    return 1;
}

static int duration_to_string(lua_State* L) {
    int64_t fields[3];
    take_duration(L, 1, fields);
    char text[DURATION_TEXT_BYTES_MAX];
    lua_pushlstring(L, text, format_duration(fields, text));
    return 1;
}

static int duration_concatenate(lua_State* L) {
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

static int duration_equal(lua_State* L) {
    int64_t a[3], b[3];
    take_duration(L, 1, a);
    take_duration(L, 2, b);
    lua_pushboolean(L, memcmp(a, b, sizeof a) == 0);
    return 1;
}

// Months and days have no fixed length, so only some durations can be compared: those of which one
// is no longer than the other in every field.
static int compare_durations(lua_State* L) {
    int64_t a[3], b[3];
    take_duration(L, 1, a);
    take_duration(L, 2, b);
    int less = 0, more = 0;
    for (int i = 0; i < 3; ++i) {
        less |= a[i] < b[i];
        more |= a[i] > b[i];
    }
    if (less && more) {
        luaL_error(L, "%s and %s have no order, because months and days have no fixed length",
                   luaL_tolstring(L, 1, NULL), luaL_tolstring(L, 2, NULL));
    }
    return more - less;
}
static int duration_less(lua_State* L) {
    lua_pushboolean(L, compare_durations(L) < 0);
    return 1;
}
static int duration_less_equal(lua_State* L) {
    lua_pushboolean(L, compare_durations(L) <= 0);
    return 1;
}

static int combine_durations(lua_State* L, bool subtract) {
    int64_t a[3], b[3];
    take_duration(L, 1, a);
    take_duration(L, 2, b);
    for (int i = 0; i < 3; ++i) {
        if (subtract ? __builtin_sub_overflow(a[i], b[i], &a[i])
                     : __builtin_add_overflow(a[i], b[i], &a[i])) {
            luaL_error(L, "the duration is too long");
        }
    }
    push_duration_fields(L, a);
    return 1;
}
static int duration_add(lua_State* L) {
    return combine_durations(L, false);
}
static int duration_subtract(lua_State* L) {
    return combine_durations(L, true);
}

static int scale_duration(lua_State* L, int duration, int64_t factor) {
    int64_t fields[3];
    take_duration(L, duration, fields);
    for (int i = 0; i < 3; ++i) {
        if (__builtin_mul_overflow(fields[i], factor, &fields[i])) {
            luaL_error(L, "the duration is too long");
        }
    }
    push_duration_fields(L, fields);
    return 1;
}
static int duration_multiply(lua_State* L) {
    const int factor = lua_type(L, 1) == LUA_TNUMBER ? 1 : 2;
    return scale_duration(L, 3 - factor, luaL_checkinteger(L, factor));
}
static int duration_negate(lua_State* L) {
    return scale_duration(L, 1, -1);
}

void open_durations(lua_State* L) {
    static const luaL_Reg operators[] = {{"__add", duration_add},
                                         {"__sub", duration_subtract},
                                         {"__mul", duration_multiply},
                                         {"__unm", duration_negate},
                                         {"__eq", duration_equal},
                                         {"__lt", duration_less},
                                         {"__le", duration_less_equal},
                                         {"__tostring", duration_to_string},
                                         {"__concat", duration_concatenate},
                                         {NULL, NULL}};
    luaL_newlib(L, operators);
    lua_pushliteral(L, "duration");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &duration_key);
    lua_pushcfunction(L, duration_construct);
    lua_setglobal(L, "duration");
}
