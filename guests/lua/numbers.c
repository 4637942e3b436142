// varint and decimal as Lua values: userdata with Lua's operators.
//
// Integers and varints mix exactly. With a decimal or a float the result is a decimal; a float
// counts as the number that its shortest text shows, so that 0.1 means one tenth. `//` and `%`
// floor as they do in Lua; `/` is exact, or rounded to 34 digits, half to even.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

enum { DIVISION_DIGITS = 34 };

// Registry keys by address: not const, so that they can't be merged into one.
static char varint_key;
static char decimal_key;

// Made when the first number of its kind is.
static void push_metatable(lua_State* L, bool is_decimal);

void number_finish(lua_State* L, bool is_decimal, int32_t scale) {
    big_number* value = lua_touserdata(L, -1);
    value->is_decimal = is_decimal;
    value->scale = scale;
    push_metatable(L, is_decimal);
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

// Pushes a decimal read from "-12.5e3", or a varint if there is neither point nor exponent.
static const big_number* parse_number(lua_State* L, const char* text, size_t size) {
    const char* at = text;
    const char* end = text + size;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n')) ++at;
    while (at < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n')) --end;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) ++at;
    int base = lua_gettop(L);
    luaL_checkstack(L, 4, NULL);
    char* digits = lua_newuserdatauv(L, size + 1, 0);
    size_t count = 0;
    int64_t scale = 0;
    bool point = false, is_decimal = false;
    for (; at < end && (*at == '.' || (*at >= '0' && *at <= '9')); ++at) {
        if (*at == '.') {
            if (point) break;
            point = is_decimal = true;
        } else {
            digits[count++] = *at;
            scale += point;
        }
    }
    bool good = count > 0;
    if (good && at < end && (*at == 'e' || *at == 'E')) {
        is_decimal = true;
        ++at;
        bool down = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) ++at;
        int64_t exponent = 0;
        good = at < end;
        for (; at < end && *at >= '0' && *at <= '9' && exponent < 1000000000; ++at) {
            exponent = exponent * 10 + (*at - '0');
        }
        scale -= down ? -exponent : exponent;
    }
    if (!good || at != end || scale != (int32_t)scale) {
        lua_settop(L, base);
        return NULL;
    }
    big_number* value = big_from_digits(L, digits, count);
    value->negative = negative && value->count > 0;
    number_finish(L, is_decimal, (int32_t)scale);
    lua_remove(L, base + 1);
    return value;
}

const big_number* number_convert(lua_State* L, int index) {
    const big_number* value = number_at(L, index);
    if (value != NULL) {
        lua_pushvalue(L, index);
        return value;
    }
    if (lua_isinteger(L, index)) {
        value = big_from_int64(L, lua_tointeger(L, index));
        number_finish(L, false, 0);
        return value;
    }
    if (lua_type(L, index) == LUA_TNUMBER) {
        double number = lua_tonumber(L, index);
        if (!isfinite(number)) return NULL;
        // The shortest text that reads back as the same number.
        char text[40];
        for (int digits = 15; digits <= 17; ++digits) {
            snprintf(text, sizeof text, "%.*e", digits - 1, number);
            if (strtod(text, NULL) == number) break;
        }
        char* exponent = strchr(text, 'e');
        char* last = exponent - 1;
        while (*last == '0') --last;
        memmove(last + 1, exponent, strlen(exponent) + 1);
        return parse_number(L, text, strlen(text));
    }
    if (lua_type(L, index) == LUA_TSTRING) {
        size_t size;
        const char* text = lua_tolstring(L, index, &size);
        return parse_number(L, text, size);
    }
    return NULL;
}

static const big_number* convert_operand(lua_State* L, int index) {
    const big_number* value = number_convert(L, index);
    if (value == NULL) {
        luaL_error(L, "attempt to do arithmetic with %s and %s", luaL_tolstring(L, 1, NULL),
                   luaL_tolstring(L, 2, NULL));
    }
    return value;
}

// Pushes the unscaled value at a larger scale.
static const big_number* rescale(lua_State* L, const big_number* value, int64_t scale) {
    int64_t more = scale - value->scale;
    if (value->count == 0 || more == 0) more = 0;
    if (more > BIG_DIGITS_MAX) luaL_error(L, "decimals are too far apart in scale");
    const big_number* power = big_power_of_ten(L, (uint32_t)more);
    big_number* out = big_multiply(L, value, power);
    lua_remove(L, -2);
    return out;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int finish_scaled(lua_State* L, bool is_decimal, int64_t scale) {
    if (scale != (int32_t)scale) luaL_error(L, "decimal's scale is out of range");
    number_finish(L, is_decimal, (int32_t)scale);
    return 1;
}

static int add_or_subtract(lua_State* L, bool subtract) {
    const big_number* a = convert_operand(L, 1);
    const big_number* b = convert_operand(L, 2);
    int64_t scale = larger(a->scale, b->scale);
    big_add(L, rescale(L, a, scale), rescale(L, b, scale), subtract);
    return finish_scaled(L, a->is_decimal || b->is_decimal, scale);
}

static int number_add(lua_State* L) {
    return add_or_subtract(L, false);
}
static int number_subtract(lua_State* L) {
    return add_or_subtract(L, true);
}

static int number_multiply(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    const big_number* b = convert_operand(L, 2);
    big_multiply(L, a, b);
    return finish_scaled(L, a->is_decimal || b->is_decimal, (int64_t)a->scale + b->scale);
}

static int number_negate(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    big_number* out = big_new(L, a->count);
    memcpy(out->limbs, a->limbs, a->count * sizeof(uint32_t));
    out->negative = !a->negative && a->count > 0;
    return finish_scaled(L, a->is_decimal, a->scale);
}

static size_t digit_count(lua_State* L, const big_number* value) {
    if (value->count == 0) return 1;
    big_push_digits(L, value);
    size_t size = lua_rawlen(L, -1) - value->negative;
    lua_pop(L, 1);
    return size;
}

// Replaces the quotient on top by one with fewer trailing zeros, down to the wanted scale.
static int64_t strip_zeros(lua_State* L, int64_t scale, int64_t wanted) {
    const big_number* ten = big_power_of_ten(L, 1);
    lua_insert(L, -2);
    while (scale > wanted) {
        big_number *quotient, *remainder;
        const big_number* value = lua_touserdata(L, -1);
        if (value->count == 0) {
            scale = wanted;
            break;
        }
        big_divide(L, value, ten, &quotient, &remainder);
        lua_pop(L, 1);
        if (remainder->count != 0) {
            lua_pop(L, 1);
            break;
        }
        lua_remove(L, -2);
        --scale;
    }
    lua_remove(L, -2);
    return scale;
}

static int number_divide(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    const big_number* b = convert_operand(L, 2);
    if (b->count == 0) luaL_error(L, "division by zero");
    int64_t wanted = (int64_t)a->scale - b->scale;
    // So many more digits that the quotient has at least the 34 and one to round.
    int64_t more = DIVISION_DIGITS + 1 + (int64_t)digit_count(L, b) - (int64_t)digit_count(L, a);
    if (more < 0) more = 0;
    const big_number* power = big_power_of_ten(L, (uint32_t)more);
    const big_number* dividend = big_multiply(L, a, power);
    big_number *quotient, *remainder;
    big_divide(L, dividend, b, &quotient, &remainder);
    int64_t scale = wanted + more;
    bool inexact = remainder->count != 0;
    lua_pop(L, 1);
    // An exact quotient keeps all its digits unless there are more than 34.
    int64_t excess = (int64_t)digit_count(L, quotient) - DIVISION_DIGITS;
    if (excess > 0) {
        big_number *shorter, *cut;
        const big_number* divisor = big_power_of_ten(L, (uint32_t)excess);
        big_divide(L, quotient, divisor, &shorter, &cut);
        big_number* twice = big_add(L, cut, cut, false);
        int half = big_compare_magnitude(twice, divisor);
        bool odd = shorter->count > 0 && (shorter->limbs[0] & 1) != 0;
        lua_pop(L, 2);
        if (half > 0 || (half == 0 && (inexact || odd))) {
            const big_number* one = big_from_int64(L, a->negative != b->negative ? -1 : 1);
            big_add(L, shorter, one, false);
        }
        scale -= excess;
    }
    scale = strip_zeros(L, scale, wanted);
    return finish_scaled(L, true, scale);
}

// Pushes floor(a / b) and, on top, a - b * floor(a / b) at the operands' common scale, which is
// returned.
static int64_t floor_divide(lua_State* L, const big_number* a, const big_number* b) {
    int64_t scale = larger(a->scale, b->scale);
    const big_number* dividend = rescale(L, a, scale);
    const big_number* divisor = rescale(L, b, scale);
    if (divisor->count == 0) luaL_error(L, "division by zero");
    big_number *quotient, *remainder;
    big_divide(L, dividend, divisor, &quotient, &remainder);
    if (remainder->count != 0 && remainder->negative != divisor->negative) {
        const big_number* one = big_from_int64(L, 1);
        big_add(L, quotient, one, true);
        big_add(L, remainder, divisor, false);
    }
    return scale;
}

static int number_floor_divide(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    const big_number* b = convert_operand(L, 2);
    floor_divide(L, a, b);
    lua_pop(L, 1);
    return finish_scaled(L, a->is_decimal || b->is_decimal, 0);
}

static int number_modulo(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    const big_number* b = convert_operand(L, 2);
    int64_t scale = floor_divide(L, a, b);
    return finish_scaled(L, a->is_decimal || b->is_decimal, scale);
}

static int number_power(lua_State* L) {
    const big_number* a = convert_operand(L, 1);
    lua_Integer exponent;
    const big_number* b = convert_operand(L, 2);
    b = number_integral(L, b);
    if (b == NULL || b->negative || b->count > 1 ||
        (exponent = big_to_int64(b)) * (lua_Integer)(a->count + 1) > BIG_DIGITS_MAX) {
        return luaL_error(L, "the exponent of a %s must be a small whole number, not negative",
                          a->is_decimal ? "decimal" : "varint");
    }
    int64_t scale = (int64_t)a->scale * exponent;
    big_from_int64(L, 1);
    lua_pushvalue(L, 3);
    const int result = lua_gettop(L) - 1;
    const int square = result + 1;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            big_multiply(L, lua_touserdata(L, result), lua_touserdata(L, square));
            lua_replace(L, result);
        }
        big_multiply(L, lua_touserdata(L, square), lua_touserdata(L, square));
        lua_replace(L, square);
    }
    lua_settop(L, result);
    return finish_scaled(L, a->is_decimal, scale);
}

int number_compare(lua_State* L, const big_number* a, const big_number* b) {
    int top = lua_gettop(L);
    if (a->count == 0 || b->count == 0 || a->negative != b->negative) {
        int left = a->count == 0 ? 0 : a->negative ? -1 : 1;
        int right = b->count == 0 ? 0 : b->negative ? -1 : 1;
        return left < right ? -1 : left > right;
    }
    if (a->scale != b->scale) {
        // Far apart in size: no need to write out all the zeros.
        int64_t left = (int64_t)digit_count(L, a) - a->scale;
        int64_t right = (int64_t)digit_count(L, b) - b->scale;
        if (left != right) return (left < right) == !a->negative ? -1 : 1;
    }
    int64_t scale = larger(a->scale, b->scale);
    int order = big_compare(rescale(L, a, scale), rescale(L, b, scale));
    lua_settop(L, top);
    return order;
}

static int compare_operands(lua_State* L) {
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
    return number_compare(L, a, b);
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

const big_number* number_integral(lua_State* L, const big_number* value) {
    if (value->scale == 0 || value->count == 0) {
        big_number* copy = big_new(L, value->count);
        memcpy(copy->limbs, value->limbs, value->count * sizeof(uint32_t));
        copy->negative = value->negative;
        return copy;
    }
    if (value->scale < 0) return rescale(L, value, 0);
    if (value->scale > BIG_DIGITS_MAX) return NULL;
    big_number *quotient, *remainder;
    const big_number* power = big_power_of_ten(L, (uint32_t)value->scale);
    big_divide(L, value, power, &quotient, &remainder);
    lua_remove(L, -3);
    bool whole = remainder->count == 0;
    lua_pop(L, 1);
    if (whole) return quotient;
    lua_pop(L, 1);
    return NULL;
}

// java.math.BigDecimal's canonical text, which is also what CQL shows.
void number_push_text(lua_State* L, const big_number* value) {
    big_push_digits(L, value);
    if (!value->is_decimal || value->scale == 0) return;
    size_t size;
    const char* digits = lua_tolstring(L, -1, &size);
    bool negative = *digits == '-';
    digits += negative;
    size -= negative;
    int64_t exponent = (int64_t)size - 1 - value->scale;
    int text = lua_gettop(L);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    if (negative) luaL_addchar(&out, '-');
    if (value->scale > 0 && exponent >= -6) {
        int64_t before = (int64_t)size - value->scale;
        if (before <= 0) {
            luaL_addstring(&out, "0.");
            for (; before < 0; ++before) luaL_addchar(&out, '0');
            luaL_addlstring(&out, digits, size);
        } else {
            luaL_addlstring(&out, digits, (size_t)before);
            luaL_addchar(&out, '.');
            luaL_addlstring(&out, digits + before, size - (size_t)before);
        }
    } else {
        luaL_addlstring(&out, digits, 1);
        if (size > 1) {
            luaL_addchar(&out, '.');
            luaL_addlstring(&out, digits + 1, size - 1);
        }
        char tail[24];
        snprintf(tail, sizeof tail, "E%+lld", (long long)exponent);
        luaL_addstring(&out, tail);
    }
    luaL_pushresult(&out);
    lua_remove(L, text);
}

double number_to_double(lua_State* L, const big_number* value) {
    number_push_text(L, value);
    double number = strtod(lua_tostring(L, -1), NULL);
    lua_pop(L, 1);
    return number;
}

static int number_to_string(lua_State* L) {
    const big_number* value = number_at(L, 1);
    if (value == NULL) return luaL_error(L, "varint or decimal expected");
    number_push_text(L, value);
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
    const big_number* value = number_convert(L, 1);
    if (value != NULL && !is_decimal) value = number_integral(L, value);
    if (value == NULL) {
        return luaL_error(L, "%s can't be made from '%s'", is_decimal ? "decimal" : "varint",
                          luaL_tolstring(L, 1, NULL));
    }
    int32_t scale = is_decimal ? value->scale : 0;
    big_number* copy = big_new(L, value->count);
    memcpy(copy->limbs, value->limbs, value->count * sizeof(uint32_t));
    copy->negative = value->negative;
    return finish_scaled(L, is_decimal, scale);
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
    static const luaL_Reg operators[] = {{"__add", number_add},
                                         {"__sub", number_subtract},
                                         {"__mul", number_multiply},
                                         {"__div", number_divide},
                                         {"__mod", number_modulo},
                                         {"__idiv", number_floor_divide},
                                         {"__unm", number_negate},
                                         {"__pow", number_power},
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
    lua_pushcfunction(L, construct_varint);
    lua_setglobal(L, "varint");
    lua_pushcfunction(L, construct_decimal);
    lua_setglobal(L, "decimal");
}
