// varint and decimal as Lua values: userdata with Lua's operators.
//
// Integers and varints mix exactly. With a decimal or a float the result is a decimal; a float
// counts as the number that its shortest text shows, so that 0.1 means one tenth. `//` and `%`
// floor as they do in Lua; `/` is exact, or rounded to 34 digits, half to even.
#include <math.h>
#include <string.h>

#include "guest.h"

// Registry keys by address: not const, so that they can't be merged into one.
static char varint_key;
static char decimal_key;

// Made when the first number of its kind is.
static void push_metatable(lua_State* L, bool is_decimal);

void push_number(lua_State* L, const big_number* value) {
    luaL_checkstack(L, 4, NULL);
    memcpy(lua_newuserdatauv(L, big_bytes(value), 0), value, big_bytes(value));
    push_metatable(L, value->is_decimal);
    lua_setmetatable(L, -2);
}

const big_number* number_at(lua_State* L, int index) {
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &varint_key);
    bool ours = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (!ours) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &decimal_key);
        ours = lua_rawequal(L, -1, -2);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return ours ? lua_touserdata(L, index) : NULL;
}

const big_number* number_convert(lua_State* L, int index) {
    const big_number* value = number_at(L, index);
    if (value != NULL) return value;
    if (lua_isinteger(L, index)) return big_from_int64(L, lua_tointeger(L, index));
    if (lua_type(L, index) == LUA_TNUMBER) {
        const double number = lua_tonumber(L, index);
        return isfinite(number) ? number_from_double(L, number) : NULL;
    }
    if (lua_type(L, index) != LUA_TSTRING) return NULL;
    size_t size;
    const char* text = lua_tolstring(L, index, &size);
    return number_parse(L, text, size);
}

// ---- Operators --------------------------------------------------------------------------------

// Operands of an operator of the script, which begins with no scratch memory in use.
typedef struct {
    const big_number* a;
    const big_number* b;
} operands;

static const big_number* convert_operand(lua_State* L, int index) {
    const big_number* value = number_convert(L, index);
    if (value == NULL) {
        luaL_error(L, "attempt to do arithmetic with %s and %s", luaL_tolstring(L, 1, NULL),
                   luaL_tolstring(L, 2, NULL));
    }
    return value;
}

static operands take_operands(lua_State* L) {
    scratch_release_all();
    const big_number* a = convert_operand(L, 1);
    return (operands){a, convert_operand(L, 2)};
}

static int finish(lua_State* L, const big_number* value) {
    push_number(L, value);
    scratch_release_all();
    return 1;
}

static int number_add_operator(lua_State* L) {
    const operands from = take_operands(L);
    return finish(L, number_add(L, from.a, from.b, false));
}
static int number_subtract_operator(lua_State* L) {
    const operands from = take_operands(L);
    return finish(L, number_add(L, from.a, from.b, true));
}
static int number_multiply_operator(lua_State* L) {
    const operands from = take_operands(L);
    return finish(L, number_multiply(L, from.a, from.b));
}
static int number_divide_operator(lua_State* L) {
    const operands from = take_operands(L);
    return finish(L, number_divide(L, from.a, from.b));
}
static int number_floor_divide_operator(lua_State* L) {
    const operands from = take_operands(L);
    big_number *quotient, *remainder;
    number_floor_divide(L, from.a, from.b, &quotient, &remainder);
    return finish(L, quotient);
}
static int number_modulo_operator(lua_State* L) {
    const operands from = take_operands(L);
    big_number *quotient, *remainder;
    number_floor_divide(L, from.a, from.b, &quotient, &remainder);
    return finish(L, remainder);
}
static int number_power_operator(lua_State* L) {
    const operands from = take_operands(L);
    return finish(L, number_power(L, from.a, from.b));
}
static int number_negate_operator(lua_State* L) {
    scratch_release_all();
    return finish(L, number_negate(L, convert_operand(L, 1)));
}

static int compare_operands(lua_State* L) {
    scratch_release_all();
    double number = 0;
    // Numbers beyond all others have no digits.
    for (int i = 1; i <= 2; ++i) {
        if (lua_type(L, i) == LUA_TNUMBER && !lua_isinteger(L, i)) {
            number = lua_tonumber(L, i);
            if (isnan(number)) return 2;
            if (isinf(number)) return (number < 0) == (i == 1) ? -1 : 1;
        }
    }
    const big_number* a = number_convert(L, 1);
    const big_number* b = a == NULL ? NULL : number_convert(L, 2);
    if (b == NULL) {
        luaL_error(L, "attempt to compare %s with %s", luaL_typename(L, 1), luaL_typename(L, 2));
    }
    const int order = number_compare(L, a, b);
    scratch_release_all();
    return order;
}

static int number_equal(lua_State* L) {
    lua_pushboolean(L, compare_operands(L) == 0);
    return 1;
}
static int number_less(lua_State* L) {
    lua_pushboolean(L, compare_operands(L) == -1);
    return 1;
}
static int number_less_equal(lua_State* L) {
    int order = compare_operands(L);
    lua_pushboolean(L, order == -1 || order == 0);
    return 1;
}

static int number_to_string(lua_State* L) {
    const big_number* value = number_at(L, 1);
    if (value == NULL) return luaL_error(L, "varint or decimal expected");
    scratch_release_all();
    size_t size;
    const char* text = number_text(L, value, &size);
    lua_pushlstring(L, text, size);
    scratch_release_all();
    return 1;
}

static int number_concatenate(lua_State* L) {
    luaL_tolstring(L, 1, NULL);
    luaL_tolstring(L, 2, NULL);
    lua_concat(L, 2);
    return 1;
}

// varint(x) and decimal(x): from a number, a numeric string or each other.
static int construct(lua_State* L, bool is_decimal) {
    scratch_release_all();
    const big_number* value = number_convert(L, 1);
    if (value != NULL && !is_decimal) value = number_integral(L, value);
    if (value == NULL) {
        return luaL_error(L, "%s can't be made from '%s'", is_decimal ? "decimal" : "varint",
                          luaL_tolstring(L, 1, NULL));
    }
    big_number* copy = big_copy(L, value);
    copy->is_decimal = is_decimal;
    return finish(L, copy);
}
static int construct_varint(lua_State* L) {
    return construct(L, false);
}
static int construct_decimal(lua_State* L) {
    return construct(L, true);
}

static void push_metatable(lua_State* L, bool is_decimal) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, is_decimal ? &decimal_key : &varint_key) != LUA_TNIL) {
        return;
    }
    lua_pop(L, 1);
    static const luaL_Reg operators[] = {{"__add", number_add_operator},
                                         {"__sub", number_subtract_operator},
                                         {"__mul", number_multiply_operator},
                                         {"__div", number_divide_operator},
                                         {"__mod", number_modulo_operator},
                                         {"__idiv", number_floor_divide_operator},
                                         {"__unm", number_negate_operator},
                                         {"__pow", number_power_operator},
                                         {"__eq", number_equal},
                                         {"__lt", number_less},
                                         {"__le", number_less_equal},
                                         {"__tostring", number_to_string},
                                         {"__concat", number_concatenate},
                                         {NULL, NULL}};
    luaL_checkstack(L, 4, NULL);
    luaL_newlib(L, operators);
    lua_pushstring(L, is_decimal ? "decimal" : "varint");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, is_decimal ? &decimal_key : &varint_key);
}

void open_numbers(lua_State* L) {
    push_metatable(L, false);
    push_metatable(L, true);
    lua_pop(L, 2);
    lua_pushcfunction(L, construct_varint);
    lua_setglobal(L, "varint");
    lua_pushcfunction(L, construct_decimal);
    lua_setglobal(L, "decimal");
}
