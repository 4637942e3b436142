/* A module of ABI 3 without any helper library: clang --target=wasm32 -nostdlib. */

typedef unsigned u32;
typedef unsigned long long u64;
typedef long long i64;
typedef unsigned char u8;

typedef struct { u32 validity, values, data, data_size; } column;
typedef struct { u32 rows, arguments; column columns[]; } batch;

#define EXPORT(name) __attribute__((export_name(name)))
#define PAIR(size, address) ((u64)(u32)(size) << 32 | (u32)(address))

__asm__(".section .custom_section.nacre.functions,\"\",@\n"
        ".ascii \"abi 3\\n\"\n"
        ".ascii \"next(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\\n\"\n"
        ".ascii \"shout(v text) CALLED ON NULL INPUT RETURNS text\\n\"\n"
        ".ascii \"sum(s bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
        ".ascii \"larger(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\\n\"\n"
        ".text\n");

u32 nacre_row;  /* exported as the address of this variable */

static _Alignas(8) u8 buffer[1 << 20];
EXPORT("nacre_reserve") u8 *reserve(u32 size) { return size <= sizeof buffer ? buffer : 0; }

static const char unlucky[] = "thirteen has no successor";
EXPORT("nacre_error") u64 last_error(void) { return PAIR(sizeof unlucky - 1, unlucky); }

static int is_valid(const column *c, u32 row) {
    return !c->validity || ((const u8 *)c->validity)[row >> 3] >> (row & 7) & 1;
}

EXPORT("nacre_call_next") int call_next(batch *b) {
    const i64 *in = (const i64 *)b->columns[0].values;
    i64 *out = (i64 *)b->columns[1].values;
    b->columns[1].validity = 0;
    for (nacre_row = 0; nacre_row < b->rows; ++nacre_row) {
        if (in[nacre_row] == 13) return 1;
        out[nacre_row] = in[nacre_row] + 1;
    }
    return 0;
}

/* Upper case, and "…" for null. Results have so little room that most batches end early. */
static u8 room[64];

EXPORT("nacre_call_shout") int call_shout(batch *b) {
    const column *in = &b->columns[0];
    column *out = &b->columns[1];
    const u32 *from = (const u32 *)in->values;
    u32 *to = (u32 *)out->values;
    u32 used = 0, row = 0;
    for (; row < b->rows; ++row) {
        const u32 size = is_valid(in, row) ? from[row + 1] - from[row] : 3;
        if (used + size > sizeof room) break;
        to[row] = used;
        for (u32 i = 0; i < size; ++i) {
            const u8 c = is_valid(in, row) ? ((const u8 *)in->data)[from[row] + i] : (u8)"\xe2\x80\xa6"[i];
            room[used++] = c >= 'a' && c <= 'z' ? c - 32 : c;
        }
    }
    to[row] = used;
    b->rows = row;
    out->validity = 0;
    out->data = (u32)room;
    out->data_size = used;
    return 0;
}

static i64 total;

EXPORT("nacre_call_sum") int call_sum(batch *b) {
    const i64 *a = (const i64 *)b->columns[0].values, *c = (const i64 *)b->columns[1].values;
    i64 *out = (i64 *)b->columns[2].values;
    b->columns[2].validity = 0;
    for (u32 i = 0; i < b->rows; ++i) out[i] = a[i] + c[i];
    return 0;
}
EXPORT("nacre_fold_sum") int fold_sum(batch *b) {
    const i64 *in = (const i64 *)b->columns[0].values;
    for (u32 i = 0; i < b->rows; ++i) total += in[i];
    return 0;
}
EXPORT("nacre_set_state_sum") int set_sum(const i64 *state, int size) {
    total = size == 8 ? __builtin_bswap64(*state) : 0;
    return 0;
}
EXPORT("nacre_get_state_sum") u64 get_sum(void) {
    static u64 serialised;
    serialised = __builtin_bswap64(total);
    return PAIR(sizeof serialised, &serialised);
}

/* Without exports of a fold: the host keeps the state. */
EXPORT("nacre_call_larger") int call_larger(batch *b) {
    const i64 *a = (const i64 *)b->columns[0].values, *c = (const i64 *)b->columns[1].values;
    i64 *out = (i64 *)b->columns[2].values;
    b->columns[2].validity = 0;
    for (u32 i = 0; i < b->rows; ++i) out[i] = a[i] > c[i] ? a[i] : c[i];
    return 0;
}
