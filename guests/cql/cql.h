// CQL values for interpreters that run in the sandbox: types, the serialised forms, text forms, big
// numbers, batches. A guest's all.c defines the type `interpreter`, what its errors go to (a
// lua_State, a JSContext), and then includes the files of this directory beside its own.
//
// What can fail raises: it does not return, and the nearest protected call gets the text.
#ifndef NACRE_CQL_H
#define NACRE_CQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_EXPORT(name) __attribute__((export_name(name), used))

// The guest's own; takes what printf takes.
_Noreturn void raise_error(interpreter* in, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void raise_no_memory(interpreter* in);

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
    char** field_names;    // user types only
    uint32_t* field_keys;  // the same as the interpreter knows them, if it makes use of that
};

// A cursor over the bytes of a descriptor or a value. Reading past the end raises.
typedef struct {
    const uint8_t* at;
    const uint8_t* end;
} reader;

uint32_t read_u32_little(interpreter* in, reader* from);
uint16_t read_u16_little(interpreter* in, reader* from);
// A u32 length and that many bytes.
const char* read_text(interpreter* in, reader* from, size_t* size);
// Allocated once per function and never freed: it lives as long as the instance.
cql_type* read_type(interpreter* in, reader* from);
const char* type_name(enum cql_kind kind);
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

// ---- Serialised values (decode.c, encode.c, order.c) -------------------------------------------

_Noreturn void raise_malformed(interpreter* in, const cql_type* type);
// Parts of values of `type`: a [bytes] length, the number of elements of a collection, vints.
int32_t read_big32(interpreter* in, reader* from, const cql_type* type);
uint32_t read_count(interpreter* in, reader* from, const cql_type* type);
uint64_t read_unsigned_vint(interpreter* in, reader* from, const cql_type* type);
int64_t read_vint(interpreter* in, reader* from, const cql_type* type);
// The bytes of the next [bytes]; null (`*data` is NULL) if it is null.
void read_element(interpreter* in, reader* from, const cql_type* type, const uint8_t** data,
                  size_t* size);
// The bytes of the next element of a vector.
const uint8_t* read_vector_element(interpreter* in, reader* from, const cql_type* vector,
                                   size_t* size);
// The native form, in the low bytes, of a serialised value of a type that has one.
uint64_t read_native(interpreter* in, const cql_type* type, const uint8_t* data, size_t size);

// A buffer that grows; out of memory raises.
typedef struct {
    uint8_t* data;
    size_t size;
    size_t capacity;
} buffer;

void buffer_reserve(interpreter* in, buffer* out, size_t more);
void buffer_append(interpreter* in, buffer* out, const void* data, size_t size);
void buffer_append_big32(interpreter* in, buffer* out, uint32_t value);
void buffer_append_big64(interpreter* in, buffer* out, uint64_t value);
void append_unsigned_vint(interpreter* in, uint64_t value, buffer* out);
// Checks the fields and appends them.
void append_duration_fields(interpreter* in, const int64_t fields[3], buffer* out);
// Appends the `width` low bytes of a native value as serialised ones.
void append_native_bytes(interpreter* in, uint64_t native, uint32_t width, buffer* out);
// Takes the octets off a big-endian number, from `start` on, that only repeat its sign.
void trim_sign(buffer* out, size_t start);
// Puts the length of what follows `start` into the four bytes before it.
void close_element(buffer* out, size_t start);
// The same for a vector's element of variable size, whose length is a vint: makes room for it.
void close_vector_element(interpreter* in, buffer* out, size_t start);
// Stores the low bytes of an integer into row `row` of a native array.
void store_integer(const cql_type* type, int64_t value, void* values, uint32_t row);
bool is_utf8(const uint8_t* data, size_t size);
// Raises unless the returned text is well-formed for text or ascii.
void check_text(interpreter* in, const cql_type* type, const uint8_t* data, size_t size);

// The elements of a set or the entries of a map, between `start`, which the four bytes of their
// count precede, and the end of `out`: puts them in Cassandra's order; of equal keys the first
// stays.
void sort_entries(interpreter* in, const cql_type* type, buffer* out, size_t start, uint32_t count);

// Cassandra's order of serialised values: sets and maps must be sorted by it.
int compare_values(interpreter* in, const cql_type* type, const uint8_t* left, size_t left_size,
                   const uint8_t* right, size_t right_size);

// ---- Text forms (text_forms.c, duration_text.c)
// -----------------------------------------------------------------

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

// Months, days, nanoseconds (duration_text.c). Ten units, each of at most twenty digits.
enum { DURATION_TEXT_BYTES_MAX = 256 };
bool parse_duration(const char* text, size_t size, int64_t fields[3]);
// Returns the size of the text.
size_t format_duration(const int64_t fields[3], char text[DURATION_TEXT_BYTES_MAX]);

// ---- Scratch memory (scratch.c)
// ------------------------------------------------------------------

// Memory for one operation: allocated in turn, given back all at once. What raises gives back
// nothing, so whoever protects a call does.
typedef struct {
    struct scratch_chunk* chunk;
    size_t used;
} scratch_mark;

// Never null, 8-byte aligned, not cleared.
void* scratch_allocate(interpreter* in, size_t size);
scratch_mark scratch_now(void);
void scratch_release(scratch_mark mark);
void scratch_release_all(void);

// ---- Big numbers (big_integer.c, decimal.c)
// ------------------------------------------------------

// unscaled * 10^-scale; a varint is one with scale 0. Immutable once made.
typedef struct {
    int32_t scale;
    uint8_t is_decimal;
    uint8_t negative;  // never set when count is 0
    uint32_t count;    // limbs, least significant first, the last one not zero
    uint32_t limbs[];
} big_number;

enum { BIG_DIGITS_MAX = 100000 };

static inline size_t big_bytes(const big_number* a) {
    return sizeof(big_number) + a->count * sizeof(uint32_t);
}

// Results are in scratch memory. Scales are ignored.
big_number* big_new(interpreter* in, uint32_t limbs);
big_number* big_copy(interpreter* in, const big_number* a);
big_number* big_from_int64(interpreter* in, int64_t value);
big_number* big_from_bytes(interpreter* in, const uint8_t* data, size_t size);
// Decimal digits only, no sign.
big_number* big_from_digits(interpreter* in, const char* digits, size_t size);
big_number* big_add(interpreter* in, const big_number* a, const big_number* b, bool subtract);
big_number* big_multiply(interpreter* in, const big_number* a, const big_number* b);
// Truncated division; the remainder has a's sign.
void big_divide(interpreter* in, const big_number* a, const big_number* b, big_number** quotient,
                big_number** remainder);
big_number* big_power_of_ten(interpreter* in, uint32_t exponent);
int big_compare(const big_number* a, const big_number* b);
int big_compare_magnitude(const big_number* a, const big_number* b);
// Decimal digits with a sign, ended by a zero.
const char* big_digits(interpreter* in, const big_number* a, size_t* size);
// Two's complement, big-endian, as short as possible.
void big_append_bytes(interpreter* in, const big_number* a, buffer* out);
// The low 64 bits in two's complement.
int64_t big_to_int64(const big_number* a);

// Numbers with their scales. An operation of two varints gives a varint, any other a decimal.
// A decimal read from "-12.5e3", or a varint if there is neither point nor exponent; NULL if it is
// no number.
big_number* number_parse(interpreter* in, const char* text, size_t size);
// The number that the shortest text of a finite double shows, so that 0.1 means one tenth.
big_number* number_from_double(interpreter* in, double value);
big_number* number_add(interpreter* in, const big_number* a, const big_number* b, bool subtract);
big_number* number_multiply(interpreter* in, const big_number* a, const big_number* b);
// A decimal: exact, or rounded to 34 digits, half to even.
big_number* number_divide(interpreter* in, const big_number* a, const big_number* b);
// floor(a / b) and a - b * floor(a / b).
void number_floor_divide(interpreter* in, const big_number* a, const big_number* b,
                         big_number** quotient, big_number** remainder);
// a minus b times the truncated quotient: it has a's sign.
big_number* number_remainder(interpreter* in, const big_number* a, const big_number* b);
// A decimal with so many digits after its point.
enum rounding {
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_DOWN,
    ROUND_UP,
    ROUND_FLOOR,
    ROUND_CEILING,
};
big_number* number_divide_to_scale(interpreter* in, const big_number* a, const big_number* b,
                                   int32_t scale, enum rounding rounding);
big_number* number_power(interpreter* in, const big_number* a, const big_number* b);
big_number* number_negate(interpreter* in, const big_number* a);
int number_compare(interpreter* in, const big_number* a, const big_number* b);
// The integral value as a varint; NULL if there is a fraction.
big_number* number_integral(interpreter* in, const big_number* value);
// java.math.BigDecimal's canonical text, which is also what CQL shows; ended by a zero.
const char* number_text(interpreter* in, const big_number* value, size_t* size);
double number_to_double(interpreter* in, const big_number* value);

#endif
