// CQL types as the host describes them.
#include <stdlib.h>
#include <string.h>

#include "cql.h"

enum { TYPE_DEPTH_MAX = 64 };

static void need(interpreter* in, const reader* from, size_t bytes) {
    if ((size_t)(from->end - from->at) < bytes) raise_error(in, "value or descriptor is cut short");
}

uint32_t read_u32_little(interpreter* in, reader* from) {
    uint32_t value;
    need(in, from, 4);
    memcpy(&value, from->at, 4);
    from->at += 4;
    return value;
}

uint16_t read_u16_little(interpreter* in, reader* from) {
    uint16_t value;
    need(in, from, 2);
    memcpy(&value, from->at, 2);
    from->at += 2;
    return value;
}

const char* read_text(interpreter* in, reader* from, size_t* size) {
    *size = read_u32_little(in, from);
    need(in, from, *size);
    const char* text = (const char*)from->at;
    from->at += *size;
    return text;
}

static void* allocate(interpreter* in, size_t size) {
    void* memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL) raise_no_memory(in);
    return memory;
}

static uint32_t native_width(enum cql_kind kind) {
    switch (kind) {
        case CQL_BOOLEAN:
        case CQL_TINYINT:
            return 1;
        case CQL_SMALLINT:
            return 2;
        case CQL_INT:
        case CQL_DATE:
        case CQL_FLOAT:
            return 4;
        case CQL_BIGINT:
        case CQL_COUNTER:
        case CQL_TIMESTAMP:
        case CQL_TIME:
        case CQL_DOUBLE:
            return 8;
        default:
            return 0;
    }
}

static cql_type* read_nested(interpreter* in, reader* from, int depth) {
    if (depth > TYPE_DEPTH_MAX) raise_error(in, "type is nested too deeply");
    cql_type* type = allocate(in, sizeof(cql_type));
    type->kind = (enum cql_kind)read_u16_little(in, from);
    type->width = native_width(type->kind);
    switch (type->kind) {
        case CQL_LIST:
        case CQL_SET:
            type->count = 1;
            break;
        case CQL_MAP:
            type->count = 2;
            break;
        case CQL_UDT:
        case CQL_TUPLE:
            type->count = read_u16_little(in, from);
            break;
        case CQL_VECTOR:
            type->count = 1;
            type->dimensions = read_u32_little(in, from);
            break;
        default:
            return type;
    }
    type->parameters = allocate(in, type->count * sizeof(cql_type*));
    if (type->kind == CQL_UDT) type->field_names = allocate(in, type->count * sizeof(char*));
    for (uint32_t i = 0; i < type->count; ++i) {
        if (type->kind == CQL_UDT) {
            size_t size;
            const char* name = read_text(in, from, &size);
            type->field_names[i] = allocate(in, size + 1);
            memcpy(type->field_names[i], name, size);
        }
        type->parameters[i] = read_nested(in, from, depth + 1);
    }
    return type;
}

cql_type* read_type(interpreter* in, reader* from) {
    return read_nested(in, from, 0);
}

const char* type_name(enum cql_kind kind) {
    switch (kind) {
        case CQL_ASCII:
            return "ascii";
        case CQL_BIGINT:
            return "bigint";
        case CQL_BLOB:
            return "blob";
        case CQL_BOOLEAN:
            return "boolean";
        case CQL_COUNTER:
            return "counter";
        case CQL_DECIMAL:
            return "decimal";
        case CQL_DOUBLE:
            return "double";
        case CQL_FLOAT:
            return "float";
        case CQL_INT:
            return "int";
        case CQL_TIMESTAMP:
            return "timestamp";
        case CQL_UUID:
            return "uuid";
        case CQL_TEXT:
            return "text";
        case CQL_VARINT:
            return "varint";
        case CQL_TIMEUUID:
            return "timeuuid";
        case CQL_INET:
            return "inet";
        case CQL_DATE:
            return "date";
        case CQL_TIME:
            return "time";
        case CQL_SMALLINT:
            return "smallint";
        case CQL_TINYINT:
            return "tinyint";
        case CQL_DURATION:
            return "duration";
        case CQL_LIST:
            return "list";
        case CQL_MAP:
            return "map";
        case CQL_SET:
            return "set";
        case CQL_UDT:
            return "user type";
        case CQL_TUPLE:
            return "tuple";
        case CQL_VECTOR:
            return "vector";
    }
    return "unknown type";
}

uint32_t serialised_size(const cql_type* type) {
    switch (type->kind) {
        // Cassandra counts these as variable, and vectors prefix their elements with a size.
        case CQL_TINYINT:
        case CQL_SMALLINT:
        case CQL_DATE:
        case CQL_TIME:
        case CQL_COUNTER:
            return 0;
        case CQL_UUID:
        case CQL_TIMEUUID:
            return 16;
        case CQL_VECTOR:
            return serialised_size(type->parameters[0]) * type->dimensions;
        default:
            return type->width;
    }
}
