// The environment of a user's function: Lua's standard library without io, os, package, debug and
// anything that reads files or byte code, and with globals that last for one row.
#include <string.h>

#include "guest.h"
#include "lobject.h"
#include "lstate.h"
#include "ltable.h"
#include "lualib.h"

// load(chunk [, name [, mode [, env]]]) as in Lua, but always of text: forged byte code could do
// anything to the interpreter.
static int load_text(lua_State* L) {
    lua_settop(L, 4);
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    int arguments = 4;
    if (lua_isnil(L, 4)) {
        // An absent environment is the global one, an explicit nil is none; the two can't be told
        // apart any more, and the first is what everybody means.
        lua_settop(L, 3);
        arguments = 3;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, LUA_MULTRET);
    return lua_gettop(L);
}

// The collector is the host's business: a script may look, and ask for a full cycle.
static int collect_garbage(lua_State* L) {
    const char* what = luaL_optstring(L, 1, "collect");
    if (strcmp(what, "count") == 0) {
        lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
        return 1;
    }
    if (strcmp(what, "collect") != 0) {
        return luaL_error(L, "collectgarbage('%s') is not available to functions", what);
    }
    lua_gc(L, LUA_GCCOLLECT);
    lua_pushinteger(L, 0);
    return 1;
}

// error
static int raise_value(lua_State* L) {
    int level = (int)luaL_optinteger(L, 2, 1);
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
        luaL_where(L, level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    }
    return raise(L);
}

// assert
static int raise_unless(lua_State* L) {
    if (l_likely(lua_toboolean(L, 1))) return lua_gettop(L);
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    lua_pushliteral(L, "assertion failed!");
    lua_settop(L, 1);  // the message, if there is one
    return raise_value(L);
}

// tonumber, also of varints and decimals: an integer if the varint is one of Lua's, else a float.
static int to_number(lua_State* L) {
    const big_number* number = lua_gettop(L) == 1 ? number_at(L, 1) : NULL;
    if (number == NULL) return luaB_tonumber(L);
    scratch_release_all();
    if (!number->is_decimal && big_compare(big_from_int64(L, big_to_int64(number)), number) == 0) {
        lua_pushinteger(L, big_to_int64(number));
    } else {
        lua_pushnumber(L, number_to_double(L, number));
    }
    scratch_release_all();
    return 1;
}

// Registry key by address.
static char random_seed_key;

static void remove_fields(lua_State* L, const char* const* names) {
    for (; *names != NULL; ++names) {
        lua_pushnil(L);
        lua_setfield(L, -2, *names);
    }
}

// Gives the table on top a metatable that scripts can't reach, whose __index is the value below it,
// which is removed.
static void set_fallback(lua_State* L) {
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

void open_libraries(lua_State* L) {
    static const char* const base_removed[] = {"dofile", "loadfile", "warn", NULL};
    static const char* const string_removed[] = {"dump", NULL};
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    remove_fields(L, base_removed);
    lua_getfield(L, -1, "load");
    lua_pushcclosure(L, load_text, 1);
    lua_setfield(L, -2, "load");
    static const luaL_Reg replaced[] = {{"collectgarbage", collect_garbage},
                                        {"error", raise_value},
                                        {"assert", raise_unless},
                                        {"tonumber", to_number},
                                        {NULL, NULL}};
    luaL_setfuncs(L, replaced, 0);
    static const luaL_Reg libraries[] = {{LUA_MATHLIBNAME, luaopen_math},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_UTF8LIBNAME, luaopen_utf8},
                                         {LUA_COLIBNAME, luaopen_coroutine}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; ++i) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    lua_getglobal(L, LUA_STRLIBNAME);
    remove_fields(L, string_removed);
    lua_pop(L, 1);
    lua_getglobal(L, LUA_COLIBNAME);
    lua_pushcfunction(L, yield_values);
    lua_setfield(L, -2, "yield");
    lua_pop(L, 1);
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &random_seed_key);
    lua_pop(L, 1);
    open_numbers(L);
    open_durations(L);

    // The environment: what a row assigns goes here and is forgotten; reads fall through.
    lua_pushvalue(L, -1);
    lua_newtable(L);
    set_fallback(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, LUA_GNAME);
    lua_remove(L, -2);
    // load() compiles into the same environment.
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void clear_environment(lua_State* L, int index, const void* environment) {
    // The usual row sets no global; the table's own fields say so at once.
    const Table* table = environment;
    if (table->lastfree == NULL && table->alimit == 0) return;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }
}

static void seed_random(lua_State* L, uint64_t seed) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &random_seed_key);
    lua_pushinteger(L, (lua_Integer)seed);
    lua_call(L, 1, 0);
}
