// Cassandra's order of serialised values, and sets and maps in it.
#include <string.h>

#include "cql.h"

static int compare_bytes(const uint8_t* left, size_t left_size, const uint8_t* right,
                         size_t right_size) {
    int order = memcmp(left, right, left_size < right_size ? left_size : right_size);
    if (order != 0) return order;
    return left_size < right_size ? -1 : left_size > right_size;
}

static int64_t load_signed(const uint8_t* data, size_t size) {
    uint64_t bits = (data[0] & 0x80) ? UINT64_MAX : 0;
    for (size_t i = 0; i < size; ++i) bits = bits << 8 | data[i];
    return (int64_t)bits;
}

// Java's order of doubles: -0 before 0, NaN last. As integers, negative ones run backwards.
static int64_t floating_rank(double value) {
    if (value != value) return INT64_MAX;
    int64_t bits;
    memcpy(&bits, &value, 8);
    return bits < 0 ? (int64_t)(~(uint64_t)bits | 0x8000000000000000u) : bits;
}

static double load_floating(const uint8_t* data, size_t size) {
    if (size == 4) {
        uint32_t bits = load_big32(data);
        float value;
        memcpy(&value, &bits, 4);
        return value;
    }
    uint64_t bits = load_big64(data);
    double value;
    memcpy(&value, &bits, 8);
    return value;
}

static int compare_integers(int64_t left, int64_t right) {
    return left < right ? -1 : left > right;
}

static uint64_t uuid_time(const uint8_t* octets) {
    uint64_t bits = load_big64(octets);
    return (bits & 0xfff) << 48 | (bits >> 16 & 0xffff) << 32 | bits >> 32;
}

static int compare_uuids(enum cql_kind kind, const uint8_t* left, const uint8_t* right) {
    int left_version = left[6] >> 4;
    int right_version = right[6] >> 4;
    if (kind == CQL_UUID && left_version != right_version) {
        return left_version < right_version ? -1 : 1;
    }
    if (kind == CQL_TIMEUUID || left_version == 1) {
        uint64_t left_time = uuid_time(left);
        uint64_t right_time = uuid_time(right);
        if (left_time != right_time) return left_time < right_time ? -1 : 1;
    }
    if (kind == CQL_UUID) return memcmp(left, right, 16);
    for (int i = 8; i < 16; ++i) {
        if (left[i] != right[i]) return (int8_t)left[i] < (int8_t)right[i] ? -1 : 1;
    }
    return 0;
}

static const big_number* load_number(interpreter* in, enum cql_kind kind, const uint8_t* data,
                                     size_t size) {
    const cql_type type = {.kind = kind};
    reader from = {data, data + size};
    int32_t scale = kind == CQL_DECIMAL ? read_big32(in, &from, &type) : 0;
    big_number* value = big_from_bytes(in, from.at, (size_t)(from.end - from.at));
    value->scale = scale;
    return value;
}

static int compare_numbers(interpreter* in, enum cql_kind kind, const uint8_t* left,
                           size_t left_size, const uint8_t* right, size_t right_size) {
    const scratch_mark before = scratch_now();
    const big_number* a = load_number(in, kind, left, left_size);
    int order = number_compare(in, a, load_number(in, kind, right, right_size));
    scratch_release(before);
    return order;
}

// A length and that many bytes; false if the value ends before it or is null (`*data` null then).
static bool next_element(reader* from, const uint8_t** data, size_t* size) {
    *data = NULL;
    *size = 0;
    if (from->end - from->at < 4) return false;
    int32_t length = (int32_t)load_big32(from->at);
    from->at += 4;
    if (length < 0) return true;
    if (from->end - from->at < length) length = (int32_t)(from->end - from->at);
    *data = from->at;
    *size = (size_t)length;
    from->at += length;
    return true;
}

static int compare_compound(interpreter* in, const cql_type* type, const uint8_t* left,
                            size_t left_size, const uint8_t* right, size_t right_size) {
    reader a = {left, left + left_size};
    reader b = {right, right + right_size};
    bool is_collection = type->kind == CQL_LIST || type->kind == CQL_SET || type->kind == CQL_MAP;
    if (is_collection) {
        if (left_size < 4 || right_size < 4)
            return compare_bytes(left, left_size, right, right_size);
        a.at += 4;
        b.at += 4;
    }
    for (uint32_t i = 0;; ++i) {
        const uint8_t *left_data, *right_data;
        size_t left_length, right_length;
        bool left_more = next_element(&a, &left_data, &left_length);
        bool right_more = next_element(&b, &right_data, &right_length);
        if (!left_more || !right_more) return left_more - right_more;
        if (left_data == NULL || right_data == NULL) {
            if (left_data != right_data) return left_data == NULL ? -1 : 1;
            continue;
        }
        if (!is_collection && i >= type->count) return 0;
        uint32_t parameter = type->kind == CQL_MAP ? i % 2 : is_collection ? 0 : i;
        int order = compare_values(in, type->parameters[parameter], left_data, left_length,
                                   right_data, right_length);
        if (order != 0) return order;
    }
}

static int compare_vectors(interpreter* in, const cql_type* type, const uint8_t* left,
                           size_t left_size, const uint8_t* right, size_t right_size) {
    reader a = {left, left + left_size};
    reader b = {right, right + right_size};
    for (uint32_t i = 0; i < type->dimensions; ++i) {
        size_t left_length, right_length;
        const uint8_t* left_data = read_vector_element(in, &a, type, &left_length);
        const uint8_t* right_data = read_vector_element(in, &b, type, &right_length);
        int order = compare_values(in, type->parameters[0], left_data, left_length, right_data,
                                   right_length);
        if (order != 0) return order;
    }
    return 0;
}

int compare_values(interpreter* in, const cql_type* type, const uint8_t* left, size_t left_size,
                   const uint8_t* right, size_t right_size) {
    if (left_size == 0 || right_size == 0) return (left_size != 0) - (right_size != 0);
    switch (type->kind) {
        case CQL_TINYINT:
        case CQL_SMALLINT:
        case CQL_INT:
        case CQL_BIGINT:
        case CQL_COUNTER:
        case CQL_TIMESTAMP:
        case CQL_TIME:
            return compare_integers(load_signed(left, left_size), load_signed(right, right_size));
        case CQL_FLOAT:
        case CQL_DOUBLE:
            return compare_integers(floating_rank(load_floating(left, left_size)),
                                    floating_rank(load_floating(right, right_size)));
        case CQL_UUID:
        case CQL_TIMEUUID:
            return compare_uuids(type->kind, left, right);
        case CQL_VARINT:
        case CQL_DECIMAL:
            return compare_numbers(in, type->kind, left, left_size, right, right_size);
        case CQL_LIST:
        case CQL_SET:
        case CQL_MAP:
        case CQL_TUPLE:
        case CQL_UDT:
            return compare_compound(in, type, left, left_size, right, right_size);
        case CQL_VECTOR:
            return compare_vectors(in, type, left, left_size, right, right_size);
        default:
            return compare_bytes(left, left_size, right, right_size);
    }
}

// ---- Sets and maps -----------------------------------------------------------------------------

typedef struct {
    uint32_t start;  // offsets; the first is that of the key's size
    uint32_t end;
} entry;

static int compare_entries(interpreter* in, const cql_type* key, const uint8_t* base,
                           const entry* a, const entry* b) {
    return compare_values(in, key, base + a->start + 4, load_big32(base + a->start),
                          base + b->start + 4, load_big32(base + b->start));
}

// Merge sort, bottom up: guaranteed time.
static entry* merge_entries(interpreter* in, const cql_type* key, const uint8_t* base, entry* from,
                            entry* to, uint32_t count) {
    for (uint32_t width = 1; width < count; width *= 2) {
        for (uint32_t left = 0; left < count; left += 2 * width) {
            uint32_t middle = left + width < count ? left + width : count;
            uint32_t right = left + 2 * width < count ? left + 2 * width : count;
            uint32_t a = left, b = middle;
            for (uint32_t out = left; out < right; ++out) {
                bool take_left =
                    a < middle &&
                    (b == right || compare_entries(in, key, base, &from[a], &from[b]) <= 0);
                to[out] = take_left ? from[a++] : from[b++];
            }
        }
        entry* swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}

void sort_entries(interpreter* in, const cql_type* type, buffer* out, size_t start,
                  uint32_t count) {
    const scratch_mark before = scratch_now();
    const size_t size = out->size - start;
    uint8_t* copy = scratch_allocate(in, size);
    memcpy(copy, out->data + start, size);
    entry* entries = scratch_allocate(in, 2 * (size_t)count * sizeof(entry));
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; ++i) {
        entries[i].start = at;
        at += 4 + load_big32(copy + at);
        if (type->kind == CQL_MAP) at += 4 + load_big32(copy + at);
        entries[i].end = at;
    }
    const cql_type* key = type->parameters[0];
    const entry* sorted = merge_entries(in, key, copy, entries, entries + count, count);
    out->size = start;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
        // Different keys of the script can be the same CQL value: 1 and 257 as tinyint.
        if (i > 0 && compare_entries(in, key, copy, &sorted[i - 1], &sorted[i]) == 0) continue;
        buffer_append(in, out, copy + sorted[i].start, sorted[i].end - sorted[i].start);
        ++kept;
    }
    kept = __builtin_bswap32(kept);
    memcpy(out->data + start - 4, &kept, 4);
    scratch_release(before);
}
