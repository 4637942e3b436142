// Writing serialised and native values.
#include <stdlib.h>
#include <string.h>

#include "cql.h"

void buffer_reserve(interpreter* in, buffer* out, size_t more) {
    if (out->capacity - out->size >= more) return;
    size_t capacity = out->capacity * 2;
    if (capacity < out->size + more) capacity = out->size + more;
    if (capacity < 4096) capacity = 4096;
    uint8_t* data = capacity > INT32_MAX ? NULL : realloc(out->data, capacity);
    if (data == NULL) raise_no_memory(in);
    out->data = data;
    out->capacity = capacity;
}

void buffer_append(interpreter* in, buffer* out, const void* data, size_t size) {
    buffer_reserve(in, out, size);
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

void buffer_append_big32(interpreter* in, buffer* out, uint32_t value) {
    value = __builtin_bswap32(value);
    buffer_append(in, out, &value, 4);
}

void buffer_append_big64(interpreter* in, buffer* out, uint64_t value) {
    value = __builtin_bswap64(value);
    buffer_append(in, out, &value, 8);
}

// Returns how many octets it takes.
static size_t encode_unsigned_vint(uint64_t value, uint8_t octets[9]) {
    int extra = 0;
    while (extra < 8 && value >> (7 * (extra + 1)) != 0) ++extra;
    if (extra == 8) {
        octets[0] = 0xff;
    } else {
        octets[0] = (uint8_t)(~(0xffu >> extra) | (value >> 8 * extra));
    }
    for (int i = 0; i < extra; ++i) octets[extra - i] = (uint8_t)(value >> 8 * i);
    return (size_t)extra + 1;
}

void append_unsigned_vint(interpreter* in, uint64_t value, buffer* out) {
    uint8_t octets[9];
    buffer_append(in, out, octets, encode_unsigned_vint(value, octets));
}

void append_duration_fields(interpreter* in, const int64_t fields[3], buffer* out) {
    int signs = 0;
    for (int i = 0; i < 3; ++i) {
        int64_t value = fields[i];
        if (i < 2 && value != (int32_t)value) {
            raise_error(in, "a duration's %s are out of range", i == 0 ? "months" : "days");
        }
        signs |= value < 0 ? 1 : value > 0 ? 2 : 0;
        append_unsigned_vint(in, (uint64_t)value << 1 ^ (uint64_t)(value >> 63), out);
    }
    if (signs == 3) raise_error(in, "a duration's fields must have the same sign");
}

void append_native_bytes(interpreter* in, uint64_t native, uint32_t width, buffer* out) {
    uint8_t octets[8];
    for (uint32_t i = 0; i < width; ++i) octets[i] = (uint8_t)(native >> 8 * (width - 1 - i));
    buffer_append(in, out, octets, width);
}

void close_element(buffer* out, size_t start) {
    uint32_t size = __builtin_bswap32((uint32_t)(out->size - start));
    memcpy(out->data + start - 4, &size, 4);
}

void close_vector_element(interpreter* in, buffer* out, size_t start) {
    uint8_t octets[9];
    const size_t size = out->size - start;
    const size_t more = encode_unsigned_vint(size, octets);
    buffer_reserve(in, out, more);
    memmove(out->data + start + more, out->data + start, size);
    memcpy(out->data + start, octets, more);
    out->size += more;
}

void trim_sign(buffer* out, size_t start) {
    uint8_t* data = out->data + start;
    const size_t size = out->size - start;
    const uint8_t sign = (data[0] & 0x80) != 0 ? 0xff : 0x00;
    size_t skip = 0;
    while (skip + 1 < size && data[skip] == sign && ((data[skip + 1] ^ sign) & 0x80) == 0) ++skip;
    memmove(data, data + skip, size - skip);
    out->size -= skip;
}

void store_integer(const cql_type* type, int64_t value, void* values, uint32_t row) {
    switch (type->width) {
        case 1:
            ((int8_t*)values)[row] = (int8_t)value;
            return;
        case 2:
            ((int16_t*)values)[row] = (int16_t)value;
            return;
        case 4:
            ((int32_t*)values)[row] = (int32_t)value;
            return;
        default:
            ((int64_t*)values)[row] = value;
            return;
    }
}

// Where the first octet stands that is not ASCII, or the end.
static const uint8_t* skip_ascii(const uint8_t* at, const uint8_t* end) {
    uint64_t eight;
    while (end - at >= 8 && (memcpy(&eight, at, 8), (eight & 0x8080808080808080u) == 0)) at += 8;
    while (at < end && *at < 0x80) ++at;
    return at;
}

bool is_utf8(const uint8_t* data, size_t size) {
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const uint8_t* end = data + size;
    for (const uint8_t* at = data; (at = skip_ascii(at, end)) < end;) {
        uint8_t first = *at++;
        int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
        if (first < 0xc2 || first > 0xf4 || end - at < more) return false;
        uint32_t point = first & (0x3fu >> more);
        for (int i = 0; i < more; ++i) {
            if ((*at & 0xc0) != 0x80) return false;
            point = point << 6 | (*at++ & 0x3f);
        }
        if (point < smallest[more] || point > 0x10ffff) return false;
        if (point >= 0xd800 && point <= 0xdfff) return false;
    }
    return true;
}

void check_text(interpreter* in, const cql_type* type, const uint8_t* data, size_t size) {
    if (type->kind == CQL_ASCII && skip_ascii(data, data + size) != data + size) {
        raise_error(in, "the returned text is not ASCII");
    }
    if (type->kind != CQL_ASCII && !is_utf8(data, size)) {
        raise_error(in, "the returned text is not UTF-8");
    }
}
