// The guest's exports: load a function, run it over batches of rows, fold batches into a state.
// The byte layouts are those of sdk/abi (batches) and README.md (the descriptor of a function).
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { DESCRIPTOR_VERSION = 1, ARGUMENTS_MAX = 200 };
// With more results than this the guest stops early and lets the host take them.
enum { RESULT_BYTES_SOFT_MAX = 1 << 20 };
enum descriptor_flags { FLAG_CHECK = 1, FLAG_RETURNS_NULL = 2 };

// One column of a batch; see sdk/abi.
typedef struct {
    uint32_t validity;
    uint32_t values;
    uint32_t data;
    uint32_t data_size;
} column;

typedef struct {
    uint32_t row_count;
    uint32_t argument_count;
    column columns[];
} batch;

// The function of this instance.
static lua_State* state;
static uint32_t argument_count;
static cql_type* argument_types[ARGUMENTS_MAX];
static cql_type* return_type;
static bool returns_null_on_null;

// The row at which the guest stands, for the host: a WebAssembly global, exported by the linker.
int32_t __attribute__((address_space(1))) nacre_row;

// Slots at the bottom of the main thread's stack.
enum { SLOT_ENVIRONMENT = 1, SLOT_FUNCTION = 2, SLOT_STATE = 3 };

static buffer input;
static buffer values;    // native results, or offsets
static buffer validity;  // of results
static buffer data;      // serialised results, or the state
static char* error_text = "";
static size_t error_size;

// ---- Errors -----------------------------------------------------------------------------------

static int describe_error(lua_State* L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

// Takes the error value from the top of the stack.
static int32_t report(lua_State* L, int outcome) {
    static char kept[4096];
    const char* text = "not enough memory";
    error_size = strlen(text);
    if (outcome != LUA_ERRMEM) {
        // __tostring is the script's own and may fail in turn.
        lua_pushcfunction(L, describe_error);
        lua_insert(L, -2);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
            text = lua_tolstring(L, -1, &error_size);
        } else {
            text = "error value that can't be shown";
            error_size = strlen(text);
        }
    }
    if (error_size > sizeof kept) error_size = sizeof kept;
    memcpy(kept, text, error_size);
    error_text = kept;
    lua_settop(L, SLOT_STATE);
    return 1;
}

static int32_t report_text(const char* text) {
    error_text = (char*)text;
    error_size = strlen(text);
    return 1;
}

GUEST_EXPORT("nacre_error") uint64_t nacre_error(void) {
    return (uint64_t)error_size << 32 | (uintptr_t)error_text;
}

// ---- Loading ------------------------------------------------------------------------------------

// Grows by whole blocks of the allocator; nothing is freed before the instance goes, except what
// the interpreter frees.
static void* reallocate(void* context, void* block, size_t old_size, size_t new_size) {
    (void)context, (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

static int open_state(lua_State* L) {
    open_libraries(L);
    return 1;
}

// Makes the interpreter ready for any function. The host may take a snapshot after this call.
GUEST_EXPORT("nacre_lua_open") int32_t nacre_lua_open(void) {
    if (state != NULL) return 0;
    lua_State* L = lua_newstate(reallocate, NULL);
    if (L == NULL) return report_text("not enough memory");
    lua_pushcfunction(L, open_state);
    int outcome = lua_pcall(L, 0, 1, 0);
    if (outcome != LUA_OK) return report(L, outcome);
    lua_settop(L, SLOT_STATE);
    state = L;
    return 0;
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

static int load_function(lua_State* L) {
    reader* in = lua_touserdata(L, 1);
    if (read_u32_little(L, in) != DESCRIPTOR_VERSION) luaL_error(L, "unknown descriptor version");
    uint32_t flags = read_u32_little(L, in);
    uint64_t seed = read_u32_little(L, in);
    seed |= (uint64_t)read_u32_little(L, in) << 32;
    set_random_seed(seed);
    size_t name_size, body_size;
    const char* name = read_text(L, in, &name_size);
    const char* body = read_text(L, in, &body_size);
    lua_pushliteral(L, "=");
    lua_pushlstring(L, name, name_size);
    lua_concat(L, 2);
    const int name_index = lua_gettop(L);

    argument_count = read_u32_little(L, in);
    if (argument_count > ARGUMENTS_MAX) {
        luaL_error(L, "Lua functions take at most %d arguments", ARGUMENTS_MAX);
    }
    lua_pushliteral(L, "");
    for (uint32_t i = 0; i < argument_count; ++i) {
        size_t size;
        const char* argument = read_text(L, in, &size);
        if (!is_lua_name(argument, size)) {
            lua_pushlstring(L, argument, size);
            luaL_error(L, "the argument name '%s' is not a name in Lua; choose another",
                       lua_tostring(L, -1));
        }
        if (i != 0) lua_pushliteral(L, ",");
        lua_pushlstring(L, argument, size);
        lua_concat(L, i == 0 ? 2 : 3);
        argument_types[i] = read_type(L, in);
    }
    return_type = read_type(L, in);
    returns_null_on_null = (flags & FLAG_RETURNS_NULL) != 0;

    size_t parameters_size;
    const char* parameters = lua_tolstring(L, -1, &parameters_size);
    load_chunk(L, lua_tostring(L, name_index), parameters, parameters_size, body, body_size,
               (flags & FLAG_CHECK) != 0);
    return 1;
}

GUEST_EXPORT("nacre_lua_load") int32_t nacre_lua_load(const uint8_t* descriptor, uint32_t size) {
    if (nacre_lua_open() != 0) return 1;
    lua_State* L = state;
    reader in = {descriptor, descriptor + size};
    lua_pushcfunction(L, load_function);
    lua_pushlightuserdata(L, &in);
    int outcome = lua_pcall(L, 1, 1, 0);
    if (outcome != LUA_OK) return report(L, outcome);
    lua_replace(L, SLOT_FUNCTION);
    return 0;
}

// ---- Batches ------------------------------------------------------------------------------------

GUEST_EXPORT("nacre_reserve") void* nacre_reserve(uint32_t size) {
    if (size > input.capacity || input.data == NULL) {
        // What the buffer held is not needed again, so it isn't copied.
        free(input.data);
        input.capacity = size < 4096 ? 4096 : size;
        input.data = malloc(input.capacity);
        if (input.data == NULL) input.capacity = 0;
    }
    return input.data;
}

static inline bool is_valid(const column* from, uint32_t row) {
    if (from->validity == 0) return true;
    return (((const uint8_t*)(uintptr_t)from->validity)[row >> 3] >> (row & 7) & 1) != 0;
}

static inline void push_argument(lua_State* L, const cql_type* type, const column* from,
                                 uint32_t row) {
    if (!is_valid(from, row)) {
        lua_pushnil(L);
        return;
    }
    const void* native = (const void*)(uintptr_t)from->values;
    if (type->width != 0) {
        push_native(L, type, native, row);
        return;
    }
    const uint32_t* offsets = native;
    push_serialised(L, type, (const uint8_t*)(uintptr_t)from->data + offsets[row],
                    offsets[row + 1] - offsets[row]);
}

static void prepare_results(lua_State* L, uint32_t rows) {
    values.size = validity.size = data.size = 0;
    buffer_reserve(L, &validity, rows / 8 + 1);
    buffer_reserve(L, &values,
                   return_type->width != 0 ? (size_t)rows * return_type->width : (rows + 1) * 4u);
    memset(validity.data, 0, rows / 8 + 1);
    if (return_type->width == 0) memset(values.data, 0, 4);
}

// Takes the result from the top of the stack; returns whether it is null.
static inline bool store_result(lua_State* L, uint32_t row) {
    const bool null = lua_isnil(L, -1);
    if (!null) validity.data[row >> 3] |= (uint8_t)(1u << (row & 7));
    if (return_type->width != 0) {
        if (null) {
            memset(values.data + (size_t)row * return_type->width, 0, return_type->width);
        } else {
            store_native(L, -1, return_type, values.data, row);
        }
    } else {
        if (!null) append_serialised(L, -1, return_type, &data);
        ((uint32_t*)values.data)[row + 1] = (uint32_t)data.size;
    }
    return null;
}

// (environment, function, batch)
static int run_batch(lua_State* L) {
    batch* rows = lua_touserdata(L, 3);
    const uint32_t count = rows->row_count;
    if (count == 0) return 0;
    prepare_results(L, count);
    luaL_checkstack(L, (int)argument_count + 8, NULL);
    const void* environment = lua_topointer(L, 1);
    bool any_null = false;
    uint32_t row = 0;
    do {
        nacre_row = (int32_t)row;
        lua_pushvalue(L, 2);
        for (uint32_t i = 0; i < argument_count; ++i) {
            push_argument(L, argument_types[i], &rows->columns[i], row);
        }
        lua_call(L, (int)argument_count, 1);
        any_null |= store_result(L, row);
        lua_settop(L, 3);
        clear_environment(L, 1, environment);
    } while (++row < count && data.size < RESULT_BYTES_SOFT_MAX);
    rows->row_count = row;
    column* result = &rows->columns[argument_count];
    result->validity = any_null ? (uint32_t)(uintptr_t)validity.data : 0;
    result->values = (uint32_t)(uintptr_t)values.data;
    result->data = return_type->width != 0 ? 0 : (uint32_t)(uintptr_t)data.data;
    result->data_size = return_type->width != 0 ? 0 : (uint32_t)data.size;
    return 0;
}

GUEST_EXPORT("nacre_call") int32_t nacre_call(batch* rows) {
    lua_State* L = state;
    if (L == NULL || rows->argument_count != argument_count)
        return report_text("no function loaded");
    lua_pushcfunction(L, run_batch);
    lua_pushvalue(L, SLOT_ENVIRONMENT);
    lua_pushvalue(L, SLOT_FUNCTION);
    lua_pushlightuserdata(L, rows);
    int outcome = lua_pcall(L, 3, 0, 0);
    return outcome == LUA_OK ? 0 : report(L, outcome);
}

// ---- Folding ------------------------------------------------------------------------------------

// Gives the state on top of the stack the value that it would have after being stored and read
// back, as it would be between the calls of a function that is called row by row. Compound values
// and text stay as they are until they leave the guest.
static void normalise_state(lua_State* L, const cql_type* type) {
    if (type->width == 0 || lua_isnil(L, -1)) return;
    if (type->kind == CQL_BIGINT && lua_isinteger(L, -1)) return;
    uint64_t native = 0;
    store_native(L, -1, type, &native, 0);
    lua_pop(L, 1);
    push_native(L, type, &native, 0);
}

// (environment, function, batch, state) -> state
static int run_fold(lua_State* L) {
    batch* rows = lua_touserdata(L, 3);
    const uint32_t count = rows->row_count;
    const uint32_t others = argument_count - 1;
    const void* environment = lua_topointer(L, 1);
    luaL_checkstack(L, (int)argument_count + 8, NULL);
    for (uint32_t row = 0; row < count; ++row) {
        if (returns_null_on_null && lua_isnil(L, 4)) break;
        nacre_row = (int32_t)row;
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 4);
        for (uint32_t i = 0; i < others; ++i) {
            push_argument(L, argument_types[i + 1], &rows->columns[i], row);
        }
        lua_call(L, (int)argument_count, 1);
        normalise_state(L, return_type);
        lua_replace(L, 4);
        clear_environment(L, 1, environment);
    }
    lua_settop(L, 4);
    return 1;
}

GUEST_EXPORT("nacre_fold") int32_t nacre_fold(batch* rows) {
    lua_State* L = state;
    if (L == NULL || rows->argument_count + 1 != argument_count) {
        return report_text("no state function loaded");
    }
    lua_pushcfunction(L, run_fold);
    lua_pushvalue(L, SLOT_ENVIRONMENT);
    lua_pushvalue(L, SLOT_FUNCTION);
    lua_pushlightuserdata(L, rows);
    lua_pushvalue(L, SLOT_STATE);
    int outcome = lua_pcall(L, 4, 1, 0);
    if (outcome != LUA_OK) return report(L, outcome);
    lua_replace(L, SLOT_STATE);
    return 0;
}

static int read_state(lua_State* L) {
    const reader* in = lua_touserdata(L, 1);
    push_serialised(L, argument_types[0], in->at, (size_t)(in->end - in->at));
    return 1;
}

GUEST_EXPORT("nacre_set_state") int32_t nacre_set_state(const uint8_t* bytes, int32_t size) {
    lua_State* L = state;
    if (L == NULL || argument_count == 0) return report_text("no state function loaded");
    if (size < 0) {
        lua_pushnil(L);
    } else {
        reader in = {bytes, bytes + size};
        lua_pushcfunction(L, read_state);
        lua_pushlightuserdata(L, &in);
        int outcome = lua_pcall(L, 1, 1, 0);
        if (outcome != LUA_OK) return report(L, outcome);
    }
    lua_replace(L, SLOT_STATE);
    return 0;
}

static int write_state(lua_State* L) {
    data.size = 0;
    buffer_reserve(L, &data, 1);
    append_serialised(L, 1, argument_types[0], &data);
    return 0;
}

GUEST_EXPORT("nacre_get_state") uint64_t nacre_get_state(void) {
    lua_State* L = state;
    if (L == NULL || lua_isnil(L, SLOT_STATE)) return (uint64_t)UINT32_MAX << 32;
    lua_pushcfunction(L, write_state);
    lua_pushvalue(L, SLOT_STATE);
    int outcome = lua_pcall(L, 1, 0, 0);
    if (outcome != LUA_OK) {
        report(L, outcome);
        return (uint64_t)(UINT32_MAX - 1) << 32;
    }
    return (uint64_t)data.size << 32 | (uintptr_t)data.data;
}
