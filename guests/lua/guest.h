// The Lua guest: the interpreter's driver inside the sandbox. It runs whole batches of rows and
// converts between the host's columns and Lua values. One Lua state, one function, one thread.
//
// Everything that can fail runs in a protected call and reports by a Lua error.
#ifndef NACRE_LUA_GUEST_H
#define NACRE_LUA_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lauxlib.h"
#include "lua.h"

#define GUEST_EXPORT(name) __attribute__((export_name(name), used))

// ---- Types (types.c) -------------------------------------------------------------------------

// The native protocol's type ids, section 4.2.5.2; vector has none there.
enum cql_kind {
    CQL_ASCII = 0x01,
    CQL_BIGINT = 0x02,
    CQL_BLOB = 0x03,
    CQL_BOOLEAN = 0x04,
    CQL_COUNTER = 0x05,
    CQL_DECIMAL = 0x06,
    CQL_DOUBLE = 0x07,
    CQL_FLOAT = 0x08,
    CQL_INT = 0x09,
    CQL_TIMESTAMP = 0x0b,
    CQL_UUID = 0x0c,
    CQL_TEXT = 0x0d,
    CQL_VARINT = 0x0e,
    CQL_TIMEUUID = 0x0f,
    CQL_INET = 0x10,
    CQL_DATE = 0x11,
    CQL_TIME = 0x12,
    CQL_SMALLINT = 0x13,
    CQL_TINYINT = 0x14,
    CQL_DURATION = 0x15,
    CQL_LIST = 0x20,
    CQL_MAP = 0x21,
    CQL_SET = 0x22,
    CQL_UDT = 0x30,
    CQL_TUPLE = 0x31,
    CQL_VECTOR = 0x80,
};

typedef struct cql_type cql_type;
struct cql_type {
    enum cql_kind kind;
    uint32_t width;       // bytes of the native form in a column; 0 = serialised
    uint32_t count;       // parameters: elements, key and value, or fields
    uint32_t dimensions;  // vector only
    cql_type** parameters;
    char** field_names;  // user types only
};

// A cursor over the bytes of a descriptor or a value. Reading past the end raises a Lua error.
typedef struct {
    const uint8_t* at;
    const uint8_t* end;
} reader;

uint32_t read_u32_little(lua_State* L, reader* in);
uint16_t read_u16_little(lua_State* L, reader* in);
// A u32 length and that many bytes.
const char* read_text(lua_State* L, reader* in, size_t* size);
// Allocated once per function and never freed: it lives as long as the instance.
cql_type* read_type(lua_State* L, reader* in);
const char* type_name(enum cql_kind kind);
// Cassandra's order of serialised values: sets and maps must be sorted by it.
int compare_values(lua_State* L, const cql_type* type, const uint8_t* left, size_t left_size,
                   const uint8_t* right, size_t right_size);
// Bytes of every serialised value of the type, 0 if they differ.
uint32_t serialised_size(const cql_type* type);

static inline uint32_t load_big32(const uint8_t* p) {
    uint32_t bits;
    __builtin_memcpy(&bits, p, 4);
    return __builtin_bswap32(bits);
}
static inline uint64_t load_big64(const uint8_t* p) {
    uint64_t bits;
    __builtin_memcpy(&bits, p, 8);
    return __builtin_bswap64(bits);
}

// ---- Values (to_lua.c, from_lua.c) --------------------------------------------------------------

// A buffer that grows; out of memory is a Lua error.
typedef struct {
    uint8_t* data;
    size_t size;
    size_t capacity;
} buffer;

void buffer_reserve(lua_State* L, buffer* out, size_t more);
void buffer_append(lua_State* L, buffer* out, const void* data, size_t size);
void buffer_append_big32(lua_State* L, buffer* out, uint32_t value);
void buffer_append_big64(lua_State* L, buffer* out, uint64_t value);

// Pushes the value that the serialised bytes stand for; empty bytes of a non-text type are nil.
void push_serialised(lua_State* L, const cql_type* type, const uint8_t* data, size_t size);
// An [unsigned vint]; the error says that a value of `type` is malformed.
uint64_t read_unsigned_vint(lua_State* L, reader* in, const cql_type* type);
// Pushes row `row` of a native array.
void push_native(lua_State* L, const cql_type* type, const void* values, uint32_t row);

// Appends the value at `index`, which is not nil, as serialised bytes of the type.
void append_serialised(lua_State* L, int index, const cql_type* type, buffer* out);
// Stores the value at `index`, which is not nil, into row `row` of a native array.
void store_native(lua_State* L, int index, const cql_type* type, void* values, uint32_t row);
// The integer that a value of an integer-like type converts to.
int64_t to_integer(lua_State* L, int index, const cql_type* type);
double to_floating(lua_State* L, int index, const cql_type* type);
_Noreturn void wrong_type(lua_State* L, int index, const cql_type* type);
void check_utf8(lua_State* L, const cql_type* type, const uint8_t* data, size_t size);

// ---- Text forms (text_forms.c)
// --------------------------------------------------------------------

void format_uuid(const uint8_t* octets, char text[37]);
bool parse_uuid(const char* text, size_t size, uint8_t octets[16]);
// Returns the size of the text.
size_t format_inet(const uint8_t* octets, size_t size, char text[48]);
// Returns 4, 16, or 0 if the text is no address.
size_t parse_inet(const char* text, size_t size, uint8_t octets[16]);
// Days since 1970-01-01 in the proleptic Gregorian calendar.
int64_t days_from_civil(int64_t year, int64_t month, int64_t day);
bool parse_date(const char* text, size_t size, int64_t* days);
bool parse_time(const char* text, size_t size, int64_t* nanoseconds);
bool parse_timestamp(const char* text, size_t size, int64_t* milliseconds);

// ---- Big numbers (big_integer.c, numbers.c)
// --------------------------------------------------------

// unscaled * 10^-scale; a varint is one with scale 0 and its own metatable. Immutable.
typedef struct {
    int32_t scale;
    uint8_t is_decimal;
    uint8_t negative;  // never set when count is 0
    uint32_t count;    // limbs, least significant first, the last one not zero
    uint32_t limbs[];
} big_number;

enum { BIG_DIGITS_MAX = 100000 };

// Each pushes its result as a new userdata without a metatable and returns it.
big_number* big_new(lua_State* L, uint32_t limbs);
big_number* big_from_int64(lua_State* L, int64_t value);
big_number* big_from_bytes(lua_State* L, const uint8_t* data, size_t size);
// Decimal digits only, no sign.
big_number* big_from_digits(lua_State* L, const char* digits, size_t size);
big_number* big_from_double(lua_State* L, double integral);
big_number* big_add(lua_State* L, const big_number* a, const big_number* b, bool subtract);
big_number* big_multiply(lua_State* L, const big_number* a, const big_number* b);
// Truncated division: pushes the quotient and the remainder (on top), which has a's sign.
void big_divide(lua_State* L, const big_number* a, const big_number* b, big_number** quotient,
                big_number** remainder);
big_number* big_power_of_ten(lua_State* L, uint32_t exponent);
int big_compare(const big_number* a, const big_number* b);
int big_compare_magnitude(const big_number* a, const big_number* b);
// Pushes the decimal digits with a sign.
void big_push_digits(lua_State* L, const big_number* a);
// Two's complement, big-endian, as short as possible.
void big_append_bytes(lua_State* L, const big_number* a, buffer* out);
// The low 64 bits in two's complement.
int64_t big_to_int64(const big_number* a);

// Turns the userdata on top of the stack into a Lua value of its kind.
void number_finish(lua_State* L, bool is_decimal, int32_t scale);
// The number at `index` if it is a varint or a decimal, else null.
const big_number* number_at(lua_State* L, int index);
// Pushes a varint/decimal made from the value at `index` (number, numeric string, big number), or
// returns null and pushes nothing.
const big_number* number_convert(lua_State* L, int index);
// Pushes the integral value of a big number; null (nothing pushed) if it has a fraction.
const big_number* number_integral(lua_State* L, const big_number* value);
double number_to_double(lua_State* L, const big_number* value);
int number_compare(lua_State* L, const big_number* a, const big_number* b);
void number_push_text(lua_State* L, const big_number* value);
void open_numbers(lua_State* L);

// ---- The environment (library.c, runtime.c)
// -------------------------------------------------------

// Opens the allowed libraries and pushes the environment of the user's function: an empty table
// that reads through to them.
void open_libraries(lua_State* L);
// Forgets the globals that a row has set. `index` is absolute and holds the environment, whose
// address lua_topointer told.
void clear_environment(lua_State* L, int index, const void* environment);
void set_random_seed(uint64_t seed);

#endif
