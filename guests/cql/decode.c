// Reading serialised values.
#include <string.h>

#include "cql.h"

void raise_malformed(interpreter* in, const cql_type* type) {
    raise_error(in, "malformed %s value", type_name(type->kind));
}

int32_t read_big32(interpreter* in, reader* from, const cql_type* type) {
    if (from->end - from->at < 4) raise_malformed(in, type);
    uint32_t bits = load_big32(from->at);
    from->at += 4;
    return (int32_t)bits;
}

uint32_t read_count(interpreter* in, reader* from, const cql_type* type) {
    int32_t count = read_big32(in, from, type);
    if (count < 0 || (from->end - from->at) / 4 < count) raise_malformed(in, type);
    return (uint32_t)count;
}

uint64_t read_unsigned_vint(interpreter* in, reader* from, const cql_type* type) {
    if (from->at == from->end) raise_malformed(in, type);
    uint8_t first = *from->at++;
    int extra = first == 0xff ? 8 : __builtin_clz((uint32_t)(uint8_t)~first) - 24;
    if (from->end - from->at < extra) raise_malformed(in, type);
    uint64_t value = extra >= 7 ? 0 : first & (0xffu >> (extra + 1));
    for (int i = 0; i < extra; ++i) value = value << 8 | *from->at++;
    return value;
}

int64_t read_vint(interpreter* in, reader* from, const cql_type* type) {
    uint64_t value = read_unsigned_vint(in, from, type);
    return (int64_t)(value >> 1 ^ -(value & 1));
}

void read_element(interpreter* in, reader* from, const cql_type* type, const uint8_t** data,
                  size_t* size) {
    int32_t length = read_big32(in, from, type);
    *data = NULL;
    *size = 0;
    if (length < 0) return;
    if (from->end - from->at < length) raise_malformed(in, type);
    *data = from->at;
    *size = (size_t)length;
    from->at += length;
}

const uint8_t* read_vector_element(interpreter* in, reader* from, const cql_type* vector,
                                   size_t* size) {
    uint64_t length = serialised_size(vector->parameters[0]);
    if (length == 0) length = read_unsigned_vint(in, from, vector);
    if ((uint64_t)(from->end - from->at) < length) raise_malformed(in, vector);
    const uint8_t* data = from->at;
    from->at += length;
    *size = (size_t)length;
    return data;
}

uint64_t read_native(interpreter* in, const cql_type* type, const uint8_t* data, size_t size) {
    if (size != type->width) raise_malformed(in, type);
    switch (size) {
        case 1:
            return data[0];
        case 2:
            return (uint64_t)data[0] << 8 | data[1];
        case 4:
            return load_big32(data);
        default:
            return load_big64(data);
    }
}
