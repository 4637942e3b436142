#include "values.h"

// ---- Every type as it is
// -------------------------------------------------------------------------

EXPORTED(same) value same(value v) {
    return v;
}
EXPORTED(same_i32) int32_t same_i32(int32_t v) {
    return v;
}
EXPORTED(same_i64) int64_t same_i64(int64_t v) {
    return v;
}
EXPORTED(same_f32) float same_f32(float v) {
    return v;
}
EXPORTED(same_f64) double same_f64(double v) {
    return v;
}

EXPORTED(nothing) value nothing(value v) {
    done_with(v);
    return null_value();
}

EXPORTED(length_of) int32_t length_of(value v) {
    done_with(v);
    return size_of(v);
}

EXPORTED(was_null) value was_null(value v) {
    done_with(v);
    uint8_t* to = room_for(1);
    *to = is_null(v);
    return value_of(1, to);
}

// ---- Numbers
// -------------------------------------------------------------------------------------

EXPORTED(fib) int64_t fib(int64_t n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
EXPORTED(half) double half(double v) {
    return v / 2;
}
EXPORTED(negation) int32_t negation(int32_t v) {
    return !v;
}
EXPORTED(added) int64_t added(int64_t a, int64_t b) {
    return a + b;
}

EXPORTED(panics_at) int64_t panics_at(int64_t v, int64_t at) {
    if (v == at) __builtin_trap();
    return v;
}

// ---- Texts
// ---------------------------------------------------------------------------------------

static void copy(uint8_t* to, const uint8_t* from, int32_t size) {
    __builtin_memcpy(to, from, (uint32_t)size);
}

EXPORTED(reversed) value reversed(value text) {
    const int32_t size = size_of(text);
    const uint8_t* from = bytes_of(text);
    uint8_t* to = room_for((uint32_t)size);
    for (int32_t at = 0; at < size;) {
        int32_t next = at + 1;
        while (next < size && (from[next] & 0xc0) == 0x80) ++next;
        copy(to + size - next, from + at, next - at);
        at = next;
    }
    done_with(text);
    return value_of(size, to);
}

EXPORTED(repeated) value repeated(value text, int32_t times) {
    const int32_t size = size_of(text);
    uint8_t* to = room_for((uint32_t)(size * times));
    for (int32_t i = 0; i < times; ++i) copy(to + i * size, bytes_of(text), size);
    done_with(text);
    return value_of(size * times, to);
}

EXPORTED(or_else) value or_else(value a, value b) {
    done_with(is_null(a) ? a : b);
    return is_null(a) ? b : a;
}

EXPORTED(longest) value longest(value state, value text) {
    const bool longer = size_of(text) > size_of(state);
    done_with(longer ? state : text);
    return longer ? text : state;
}

// ---- Collections, tuples, user types
// -------------------------------------------------------------

EXPORTED(sum_of) int64_t sum_of(value list) {
    const uint8_t* at = bytes_of(list);
    int64_t sum = 0;
    for (int32_t left = load32(at); left > 0; --left) {
        at += 4;
        if (load32(at) == 4) sum += load32(at + 4);
        at += load32(at) > 0 ? load32(at) : 0;
    }
    done_with(list);
    return sum;
}

EXPORTED(joined) value joined(value list) {
    const uint8_t* at = bytes_of(list) + 4;
    const int32_t count = load32(bytes_of(list));
    uint8_t* to = room_for((uint32_t)size_of(list));
    int32_t size = 0;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t item = load32(at);
        if (i != 0) to[size++] = ',';
        copy(to + size, at + 4, item);
        size += item;
        at += 4 + item;
    }
    done_with(list);
    return value_of(size, to);
}

EXPORTED(keys_of) value keys_of(value map) {
    const uint8_t* at = bytes_of(map) + 4;
    const int32_t count = load32(bytes_of(map));
    uint8_t* to = room_for((uint32_t)size_of(map));
    store32(to, count);
    int32_t size = 4;
    for (int32_t i = 0; i < count; ++i) {
        const int32_t key = 4 + load32(at);
        copy(to + size, at, key);
        size += key;
        at += key;
        at += 4 + load32(at);
    }
    done_with(map);
    return value_of(size, to);
}

EXPORTED(swapped) value swapped(value pair) {
    const uint8_t* from = bytes_of(pair);
    const int32_t first = 4 + (load32(from) > 0 ? load32(from) : 0);
    uint8_t* to = room_for((uint32_t)size_of(pair));
    copy(to, from + first, size_of(pair) - first);
    copy(to + size_of(pair) - first, from, first);
    done_with(pair);
    return value_of(size_of(pair), to);
}

// person(name text, age int, tags frozen<list<text>>): a year older, unless the age is null.
EXPORTED(older) value older(value person) {
    const uint8_t* from = bytes_of(person);
    uint8_t* to = room_for((uint32_t)size_of(person));
    copy(to, from, size_of(person));
    const int32_t name = load32(from) > 0 ? load32(from) : 0;
    uint8_t* age = to + 4 + name;
    if (load32(age) == 4) store32(age + 4, load32(age + 4) + 1);
    done_with(person);
    return value_of(size_of(person), to);
}

EXPORTED(dot) float dot(value a, value b) {
    float sum = 0;
    for (int32_t at = 0; at < size_of(a); at += 4) {
        union {
            int32_t bits;
            float number;
        } left = {load32(bytes_of(a) + at)}, right = {load32(bytes_of(b) + at)};
        sum += left.number * right.number;
    }
    done_with(a);
    done_with(b);
    return sum;
}

// ---- Times, addresses, identifiers
// ---------------------------------------------------------------

EXPORTED(tomorrow) value tomorrow(value date) {
    uint8_t* to = room_for(4);
    store32(to, load32(bytes_of(date)) + 1);
    done_with(date);
    return value_of(4, to);
}

EXPORTED(hour_later) value hour_later(value timestamp) {
    uint8_t* to = room_for(8);
    store64(to, load64(bytes_of(timestamp)) + 3600000);
    done_with(timestamp);
    return value_of(8, to);
}

EXPORTED(is_v6) int32_t is_v6(value address) {
    done_with(address);
    return size_of(address) == 16;
}

EXPORTED(version_of) int32_t version_of(value uuid) {
    const int32_t version = bytes_of(uuid)[6] >> 4;
    done_with(uuid);
    return version;
}

EXPORTED(scale_of) int32_t scale_of(value decimal) {
    const int32_t scale = load32(bytes_of(decimal));
    done_with(decimal);
    return scale;
}

EXPORTED(is_negative) int32_t is_negative(value varint) {
    const int32_t sign = bytes_of(varint)[0] >> 7;
    done_with(varint);
    return sign;
}
