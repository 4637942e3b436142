// Lua as batch.c needs it: a state, a function, calls and their results.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../cql/interpreter.h"
#include "guest.h"

// Registry keys by address: not const, so that they can't be merged into one. The environment is
// the registry's table of globals.
static char function_key;
static char state_key;

// ---- Errors -----------------------------------------------------------------------------------

void raise_error(lua_State* L, const char* format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    scratch_release_all();
    luaL_error(L, "%s", text);
    __builtin_unreachable();
}

void raise_no_memory(lua_State* L) {
    scratch_release_all();
    lua_pushliteral(L, "not enough memory");
    lua_error(L);
    __builtin_unreachable();
}

static int describe_error(lua_State* L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

// Takes the error value from the top of the stack.
static void keep_lua_error(lua_State* L, int outcome) {
    const char* text = "not enough memory";
    size_t size = strlen(text);
    if (outcome != LUA_ERRMEM) {
        // __tostring is the script's own and may fail in turn.
        lua_pushcfunction(L, describe_error);
        lua_insert(L, -2);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
            text = lua_tolstring(L, -1, &size);
        } else {
            text = "error value that can't be shown";
            size = strlen(text);
        }
    }
    keep_error(text, size);
    lua_settop(L, 0);
}

typedef struct {
    void (*body)(lua_State* L, void* argument);
    void* argument;
} protected_call;

static int run_protected(lua_State* L) {
    const protected_call* call = lua_touserdata(L, 1);
    call->body(L, call->argument);
    return 0;
}

static bool protect(lua_State* L, void (*body)(lua_State* L, void* argument), void* argument) {
    protected_call call = {body, argument};
    lua_pushcfunction(L, run_protected);
    lua_pushlightuserdata(L, &call);
    int outcome = lua_pcall(L, 1, 0, 0);
    if (outcome == LUA_OK) return true;
    scratch_release_all();
    keep_lua_error(L, outcome);
    return false;
}

// ---- Loading ------------------------------------------------------------------------------------

static int open_state(lua_State* L) {
    open_libraries(L);
    return 0;
}

static lua_State* open_interpreter(void) {
    lua_State* L = lua_newstate(reallocate, NULL);
    if (L == NULL) return NULL;
    lua_pushcfunction(L, open_state);
    return lua_pcall(L, 0, 0, 0) == LUA_OK ? L : NULL;
}

static bool is_lua_name(const char* text, size_t size) {
    static const char* const reserved[] = {"and",   "break", "do",       "else", "elseif", "end",
                                           "false", "for",   "function", "goto", "if",     "in",
                                           "local", "nil",   "not",      "or",   "repeat", "return",
                                           "then",  "true",  "until",    "while"};
    for (size_t i = 0; i < size; ++i) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; ++i) {
        if (strlen(reserved[i]) == size && memcmp(reserved[i], text, size) == 0) return false;
    }
    return size > 0;
}

static void compile(lua_State* L, const char* name, luaL_Buffer* source) {
    luaL_pushresult(source);
    size_t size;
    const char* text = lua_tolstring(L, -1, &size);
    if (luaL_loadbufferx(L, text, size, name, "t") != LUA_OK) lua_error(L);
    lua_remove(L, -2);
}

// Pushes the user's chunk as a function. Two ways of compiling: as a chunk of its own, whose
// parameters are locals set from `...` (right for every chunk, and its syntax errors are the ones
// that the author expects), and as the body of a function with these parameters, which is called
// in half the time. The second is a valid function whenever the first is valid and it does not
// use `...` itself.
static void load_chunk(lua_State* L, const char* name, const char* parameters,
                       size_t parameters_size, const char* body, size_t body_size, bool check) {
    luaL_Buffer source;
    for (bool as_chunk = check;; as_chunk = true) {
        luaL_buffinit(L, &source);
        luaL_addstring(&source,
                       as_chunk ? (parameters_size == 0 ? "" : "local ") : "return function(");
        luaL_addlstring(&source, parameters, parameters_size);
        luaL_addstring(&source, !as_chunk ? ") " : parameters_size == 0 ? "" : "=...;");
        luaL_addlstring(&source, body, body_size);
        if (as_chunk) {
            compile(L, name, &source);
            return;
        }
        luaL_addstring(&source, "\nend");
        luaL_pushresult(&source);
        size_t size;
        const char* text = lua_tolstring(L, -1, &size);
        int outcome = luaL_loadbufferx(L, text, size, name, "t");
        if (outcome == LUA_OK) {
            lua_call(L, 0, 1);
            lua_remove(L, -2);
            return;
        }
        lua_pop(L, 2);
    }
}

// Pushes the argument's name. One that is no name in Lua gets one that no other argument has: the
// script finds such an argument in `...`.
static void push_parameter(lua_State* L, const script* function, uint32_t argument) {
    const text_view* name = &function->argument_names[argument];
    if (is_lua_name(name->text, name->size)) {
        lua_pushlstring(L, name->text, name->size);
        return;
    }
    lua_pushfstring(L, "_%d", (int)argument + 1);
    for (uint32_t i = 0; i < function->argument_count; ++i) {
        size_t size;
        const char* made = lua_tolstring(L, -1, &size);
        const text_view* other = &function->argument_names[i];
        if (other->size != size || memcmp(other->text, made, size) != 0) continue;
        lua_pushliteral(L, "_");
        lua_concat(L, 2);
        i = UINT32_MAX;  // from the first one again
    }
}

static void compile_script(lua_State* L, const script* function) {
    lua_pushliteral(L, "=");
    lua_pushlstring(L, function->name.text, function->name.size);
    lua_concat(L, 2);
    const char* name = lua_tostring(L, -1);
    lua_pushliteral(L, "");
    for (uint32_t i = 0; i < function->argument_count; ++i) {
        if (i != 0) lua_pushliteral(L, ",");
        push_parameter(L, function, i);
        lua_concat(L, i == 0 ? 2 : 3);
    }
    size_t parameters_size;
    const char* parameters = lua_tolstring(L, -1, &parameters_size);
    load_chunk(L, name, parameters, parameters_size, function->body.text, function->body.size,
               function->check);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
}

// ---- Rows ---------------------------------------------------------------------------------------

// Slots of the protected call that works on a batch.
enum { SLOT_ENVIRONMENT = 2, SLOT_FUNCTION = 3, SLOT_STATE = 4 };
static int last_slot;
static const void* environment;

static void rows_begin(lua_State* L, uint32_t argument_count) {
    luaL_checkstack(L, (int)argument_count + 8, NULL);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key);
    environment = lua_topointer(L, SLOT_ENVIRONMENT);
    last_slot = SLOT_FUNCTION;
}

static void fold_begin(lua_State* L, uint32_t argument_count) {
    rows_begin(L, argument_count);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    last_slot = SLOT_STATE;
}

static void fold_end(lua_State* L) {
    lua_pushvalue(L, SLOT_STATE);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

static inline void row_begin(lua_State* L) {
    lua_pushvalue(L, SLOT_FUNCTION);
}

static inline void pass_null(lua_State* L, uint32_t argument) {
    (void)argument;
    lua_pushnil(L);
}

static inline void pass_native(lua_State* L, uint32_t argument, const cql_type* type,
                               const void* values, uint32_t row) {
    (void)argument;
    push_native(L, type, values, row);
}

static inline void pass_serialised(lua_State* L, uint32_t argument, const cql_type* type,
                                   const uint8_t* data, size_t size) {
    (void)argument;
    push_serialised(L, type, data, size);
}

static inline void pass_state(lua_State* L, uint32_t argument) {
    (void)argument;
    lua_pushvalue(L, SLOT_STATE);
}

static inline void row_call(lua_State* L, uint32_t argument_count) {
    lua_call(L, (int)argument_count, 1);
}

static inline bool result_is_null(lua_State* L) {
    return lua_isnil(L, -1);
}

static inline void store_result_native(lua_State* L, const cql_type* type, void* values,
                                       uint32_t row) {
    store_native(L, -1, type, values, row);
}

static inline void append_result(lua_State* L, const cql_type* type, buffer* out) {
    append_serialised(L, -1, type, out);
}

static inline void keep_result_as_state(lua_State* L, const cql_type* type) {
    const bool as_it_is =
        type->width == 0 || lua_isnil(L, -1) || (type->kind == CQL_BIGINT && lua_isinteger(L, -1));
    if (!as_it_is) {
        uint64_t native = 0;
        store_native(L, -1, type, &native, 0);
        push_native(L, type, &native, 0);
    }
    lua_replace(L, SLOT_STATE);
}

static inline bool state_is_null(lua_State* L) {
    return lua_isnil(L, SLOT_STATE);
}

static inline void row_end(lua_State* L) {
    lua_settop(L, last_slot);
    clear_environment(L, SLOT_ENVIRONMENT, environment);
}

// ---- The state between batches ------------------------------------------------------------------

static bool kept_state_is_null(lua_State* L) {
    const bool null = lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key) == LUA_TNIL;
    lua_pop(L, 1);
    return null;
}

static void clear_kept_state(lua_State* L) {
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

static void set_kept_state(lua_State* L, const cql_type* type, const uint8_t* data, size_t size) {
    push_serialised(L, type, data, size);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

static void append_kept_state(lua_State* L, const cql_type* type, buffer* out) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
    append_serialised(L, -1, type, out);
}
