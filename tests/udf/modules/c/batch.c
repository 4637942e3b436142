// Version 3: a call takes a batch of rows. Memory of its own follows the program: the host's
// buffer, then one for results.
#include <stdbool.h>
#include <stdint.h>

#define EXPORTED(name) __attribute__((export_name(#name)))

__asm__(
    ".section .custom_section.nacre.functions,\"\",@\n"
    ".ascii \"abi 3\\n\"\n"
    ".ascii \"fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\\n\"\n"
    ".ascii \"added(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
    ".ascii \"half(v double) RETURNS NULL ON NULL INPUT RETURNS double\\n\"\n"
    ".ascii \"negation(v boolean) RETURNS NULL ON NULL INPUT RETURNS boolean\\n\"\n"
    ".ascii \"reversed(s text) RETURNS NULL ON NULL INPUT RETURNS text\\n\"\n"
    ".ascii \"repeated(s text, n int) RETURNS NULL ON NULL INPUT RETURNS text\\n\"\n"
    ".ascii \"length_of(s text) RETURNS NULL ON NULL INPUT RETURNS int\\n\"\n"
    ".ascii \"or_else(a text, b text) CALLED ON NULL INPUT RETURNS text\\n\"\n"
    ".ascii \"sum_of(l list<int>) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
    ".ascii \"panics_at(v bigint, at bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
    ".ascii \"refuses(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
    ".text\n");

struct column {
    uint8_t* validity;
    void* values;
    uint8_t* data;
    uint32_t data_size;
};
struct batch {
    uint32_t rows;
    uint32_t arguments;
    struct column columns[];
};

uint32_t nacre_row;
static const char* error_text;

// ---- Memory
// --------------------------------------------------------------------------------------

extern uint8_t __heap_base;
static uint8_t *buffer, *results;
static uint32_t buffer_size, results_size;

static uint8_t* pages_for(uint32_t size) {
    const uint32_t before = (uint32_t)__builtin_wasm_memory_grow(0, (size + 65535) / 65536);
    return before == (uint32_t)-1 ? 0 : (uint8_t*)(uintptr_t)(before * 65536);
}

EXPORTED(nacre_reserve) uint8_t* nacre_reserve(uint32_t size) {
    if (size > buffer_size) {
        buffer = pages_for(size);
        buffer_size = buffer ? (size + 65535) / 65536 * 65536 : 0;
    }
    return buffer;
}

// Room for a column's bytes, the same for every batch.
static bool room_for_results(uint32_t size) {
    if (size <= results_size) return true;
    uint8_t* more = pages_for(size);
    if (!more) {
        error_text = "no memory left for the results";
        return false;
    }
    results = more;
    results_size = (size + 65535) / 65536 * 65536;
    return true;
}

EXPORTED(nacre_error) uint64_t nacre_error(void) {
    uint32_t size = 0;
    while (error_text && error_text[size]) ++size;
    return (uint64_t)size << 32 | (uint32_t)(uintptr_t)error_text;
}

// ---- Columns
// -------------------------------------------------------------------------------------

static struct column* result_of(struct batch* b) {
    return &b->columns[b->arguments];
}

struct text {
    const uint8_t* bytes;
    uint32_t size;
};

static bool is_null(const struct column* c, uint32_t row) {
    return c->validity && !(c->validity[row >> 3] >> (row & 7) & 1);
}

static struct text text_at(const struct column* c, uint32_t row) {
    const uint32_t* offsets = c->values;
    return (struct text){c->data + offsets[row], offsets[row + 1] - offsets[row]};
}

static void put_text(struct column* c, uint32_t row, const uint8_t* bytes, uint32_t size) {
    uint32_t* offsets = c->values;
    __builtin_memcpy(c->data + offsets[row], bytes, size);
    offsets[row + 1] = offsets[row] + size;
    c->data_size = offsets[row + 1];
}

static void begin_texts(struct column* c) {
    c->data = results;
    c->data_size = 0;
    *(uint32_t*)c->values = 0;
}

#define EACH_ROW(b) (nacre_row = 0; nacre_row < (b)->rows; ++nacre_row)
#define ARGUMENT(b, k, type) (((const type*)(b)->columns[k].values)[nacre_row])
#define RESULT(b, type) (((type*)result_of(b)->values)[nacre_row])
// Every row has a result.
#define NO_NULLS(b) (result_of(b)->validity = 0, 0)

// ---- Functions
// -----------------------------------------------------------------------------------

static int64_t fib(int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

EXPORTED(nacre_call_fib) int32_t call_fib(struct batch* b) {
    for
        EACH_ROW(b) RESULT(b, int64_t) = fib(ARGUMENT(b, 0, int64_t));
    return NO_NULLS(b);
}
EXPORTED(nacre_call_half) int32_t call_half(struct batch* b) {
    for
        EACH_ROW(b) RESULT(b, double) = ARGUMENT(b, 0, double) / 2;
    return NO_NULLS(b);
}
EXPORTED(nacre_call_negation) int32_t call_negation(struct batch* b) {
    for
        EACH_ROW(b) RESULT(b, uint8_t) = !ARGUMENT(b, 0, uint8_t);
    return NO_NULLS(b);
}

// As a state function it keeps its sum here.
static int64_t sum;
static bool sum_is_null;
static uint8_t sum_bytes[8];

EXPORTED(nacre_call_added) int32_t call_added(struct batch* b) {
    for
        EACH_ROW(b) RESULT(b, int64_t) = ARGUMENT(b, 0, int64_t) + ARGUMENT(b, 1, int64_t);
    return NO_NULLS(b);
}
EXPORTED(nacre_fold_added) int32_t fold_added(struct batch* b) {
    for
        EACH_ROW(b) sum += ARGUMENT(b, 0, int64_t);
    return 0;
}
EXPORTED(nacre_set_state_added) int32_t set_state_added(const uint8_t* state, int32_t size) {
    sum_is_null = size < 0;
    sum = 0;
    for (int32_t i = 0; i < size; ++i) sum = (int64_t)((uint64_t)sum << 8 | state[i]);
    return 0;
}
EXPORTED(nacre_get_state_added) uint64_t get_state_added(void) {
    if (sum_is_null) return 0xffffffff00000000;
    for (int i = 0; i < 8; ++i) sum_bytes[i] = (uint8_t)((uint64_t)sum >> (56 - 8 * i));
    return (uint64_t)8 << 32 | (uint32_t)(uintptr_t)sum_bytes;
}

EXPORTED(nacre_call_reversed) int32_t call_reversed(struct batch* b) {
    if (!room_for_results(b->columns[0].data_size)) return 1;
    struct column* out = result_of(b);
    begin_texts(out);
    for
        EACH_ROW(b) {
            const struct text in = text_at(&b->columns[0], nacre_row);
            uint8_t* to = out->data + ((uint32_t*)out->values)[nacre_row];
            for (uint32_t at = 0; at < in.size;) {
                uint32_t next = at + 1;
                while (next < in.size && (in.bytes[next] & 0xc0) == 0x80) ++next;
                __builtin_memcpy(to + in.size - next, in.bytes + at, next - at);
                at = next;
            }
            ((uint32_t*)out->values)[nacre_row + 1] = ((uint32_t*)out->values)[nacre_row] + in.size;
            out->data_size += in.size;
        }
    return NO_NULLS(b);
}

// Ends a batch early where its results would take more than four megabytes.
EXPORTED(nacre_call_repeated) int32_t call_repeated(struct batch* b) {
    struct column* out = result_of(b);
    uint32_t total = 0, rows = 0;
    for (; rows < b->rows; ++rows) {
        const uint32_t size = text_at(&b->columns[0], rows).size *
                              (uint32_t)((const int32_t*)b->columns[1].values)[rows];
        if (rows != 0 && total + size > 4u << 20) break;
        total += size;
    }
    if (!room_for_results(total)) return 1;
    begin_texts(out);
    uint32_t* offsets = out->values;
    b->rows = rows;
    for
        EACH_ROW(b) {
            const struct text in = text_at(&b->columns[0], nacre_row);
            uint32_t end = offsets[nacre_row];
            for (int32_t i = 0; i < ARGUMENT(b, 1, int32_t); ++i, end += in.size)
                __builtin_memcpy(out->data + end, in.bytes, in.size);
            offsets[nacre_row + 1] = out->data_size = end;
        }
    return NO_NULLS(b);
}

EXPORTED(nacre_call_length_of) int32_t call_length_of(struct batch* b) {
    for
        EACH_ROW(b) RESULT(b, int32_t) = (int32_t)text_at(&b->columns[0], nacre_row).size;
    return NO_NULLS(b);
}

// The result's bitmap is all zero before the call: bits are set for what is not null.
EXPORTED(nacre_call_or_else) int32_t call_or_else(struct batch* b) {
    if (!room_for_results(b->columns[0].data_size + b->columns[1].data_size)) return 1;
    struct column* out = result_of(b);
    begin_texts(out);
    for
        EACH_ROW(b) {
            const struct column* from = &b->columns[is_null(&b->columns[0], nacre_row) ? 1 : 0];
            const bool null = is_null(from, nacre_row);
            const struct text in = text_at(from, nacre_row);
            put_text(out, nacre_row, in.bytes, null ? 0 : in.size);
            if (!null) out->validity[nacre_row >> 3] |= (uint8_t)(1 << (nacre_row & 7));
        }
    return 0;
}

static int32_t big_endian(const uint8_t* at) {
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

EXPORTED(nacre_call_sum_of) int32_t call_sum_of(struct batch* b) {
    for
        EACH_ROW(b) {
            const uint8_t* at = text_at(&b->columns[0], nacre_row).bytes;
            int64_t total = 0;
            for (int32_t left = big_endian(at); left > 0; --left, at += 8)
                total += big_endian(at + 8);
            RESULT(b, int64_t) = total;
        }
    return NO_NULLS(b);
}

EXPORTED(nacre_call_panics_at) int32_t call_panics_at(struct batch* b) {
    for
        EACH_ROW(b) {
            if (ARGUMENT(b, 0, int64_t) == ARGUMENT(b, 1, int64_t)) __builtin_trap();
            RESULT(b, int64_t) = ARGUMENT(b, 0, int64_t);
        }
    return NO_NULLS(b);
}

EXPORTED(nacre_call_refuses) int32_t call_refuses(struct batch* b) {
    for
        EACH_ROW(b) {
            if (ARGUMENT(b, 0, int64_t) == 13) {
                error_text = "thirteen is not for me";
                return 1;
            }
            RESULT(b, int64_t) = ARGUMENT(b, 0, int64_t);
        }
    return NO_NULLS(b);
}
