// The Lua guest: the interpreter's driver inside the sandbox. It runs whole batches of rows and
// converts between the host's columns and Lua values. One Lua state, one function, one thread.
//
// Everything that can fail runs in a protected call and reports by a Lua error.
#ifndef NACRE_LUA_GUEST_H
#define NACRE_LUA_GUEST_H

#include "lauxlib.h"
#include "lua.h"

typedef lua_State interpreter;
#include "../cql/cql.h"

// ---- Values (to_lua.c, from_lua.c) --------------------------------------------------------------

// Pushes the value that the serialised bytes stand for; empty bytes of a non-text type are nil.
void push_serialised(lua_State* L, const cql_type* type, const uint8_t* data, size_t size);
// Pushes row `row` of a native array.
void push_native(lua_State* L, const cql_type* type, const void* values, uint32_t row);

// Appends the value at `index`, which is not nil, as serialised bytes of the type.
void append_serialised(lua_State* L, int index, const cql_type* type, buffer* out);
// Stores the value at `index`, which is not nil, into row `row` of a native array.
void store_native(lua_State* L, int index, const cql_type* type, void* values, uint32_t row);
// The integer that a value of an integer-like type converts to.
int64_t to_integer(lua_State* L, int index, const cql_type* type);
// The same for any value; false if it has none.
bool find_integer(lua_State* L, int index, int64_t* value);
double to_floating(lua_State* L, int index, const cql_type* type);
_Noreturn void wrong_type(lua_State* L, int index, const cql_type* type);

// ---- Big numbers as Lua values (numbers.c) ------------------------------------------------------

// Pushes a varint or a decimal, as the number says.
void push_number(lua_State* L, const big_number* value);
// The number at `index` if it is a varint or a decimal, else null.
const big_number* number_at(lua_State* L, int index);
// The number at `index`, or one in scratch memory made from a number or a numeric string there, or
// null.
const big_number* number_convert(lua_State* L, int index);
void open_numbers(lua_State* L);

// ---- Durations (duration.c) ---------------------------------------------------------------------

// Pushes a duration of months, days and nanoseconds.
void push_duration_fields(lua_State* L, const int64_t fields[3]);
// The fields of the duration at `index`: a table or a text like "1mo2d3h"; false if it is none.
bool find_duration(lua_State* L, int index, int64_t fields[3]);
void open_durations(lua_State* L);

// ---- The environment (library.c, runtime.c) -----------------------------------------------------

// Opens the allowed libraries and makes the environment of the user's function the state's table of
// globals: an empty table that reads through to them.
void open_libraries(lua_State* L);
// Forgets the globals that a row has set. `index` is absolute and holds the environment, whose
// address lua_topointer told.
void clear_environment(lua_State* L, int index, const void* environment);

#endif
