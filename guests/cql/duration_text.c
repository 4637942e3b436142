// The text of a duration, as CQL writes it: 1y2mo3d4h5m6s7ms8us9ns.
#include <stdio.h>
#include <string.h>

#include "cql.h"

// From the greatest to the least, the order in which a text has them (Cassandra's Duration).
static const struct {
    const char* symbol;
    int field;
    int64_t factor;
    bool shown;
} duration_units[] = {{"y", 0, 12, true},
                      {"mo", 0, 1, true},
                      {"w", 1, 7, false},
                      {"d", 1, 1, true},
                      {"h", 2, 3600000000000, true},
                      {"m", 2, 60000000000, true},
                      {"s", 2, 1000000000, true},
                      {"ms", 2, 1000000, true},
                      {"us", 2, 1000, true},
                      {"ns", 2, 1, true}};
enum { DURATION_UNITS = sizeof duration_units / sizeof *duration_units };

// [-](number unit)…, every unit at most once and in the order above.
bool parse_duration(const char* text, size_t size, int64_t fields[3]) {
    const char* at = text;
    const char* end = text + size;
    const bool negative = at < end && *at == '-';
    if (negative) ++at;
    int next = 0;
    fields[0] = fields[1] = fields[2] = 0;
    if (at == end) return false;
    while (at < end) {
        int64_t count = 0;
        const char* digits = at;
        for (; at < end && *at >= '0' && *at <= '9'; ++at) {
            if (__builtin_mul_overflow(count, 10, &count) ||
                __builtin_add_overflow(count, *at - '0', &count)) {
                return false;
            }
        }
        const char* symbol = at;
        while (at < end && *at >= 'a' && *at <= 'z') ++at;
        const size_t length = (size_t)(at - symbol);
        int unit = next;
        while (unit < DURATION_UNITS &&
               (strlen(duration_units[unit].symbol) != length ||
                memcmp(duration_units[unit].symbol, symbol, length) != 0)) {
            ++unit;
        }
        if (symbol == digits || unit == DURATION_UNITS) return false;
        next = unit + 1;
        int64_t* field = &fields[duration_units[unit].field];
        if (__builtin_mul_overflow(count, duration_units[unit].factor, &count) ||
            __builtin_add_overflow(*field, count, field)) {
            return false;
        }
    }
    for (int i = 0; negative && i < 3; ++i) fields[i] = -fields[i];
    return true;
}

size_t format_duration(const int64_t fields[3], char text[DURATION_TEXT_BYTES_MAX]) {
    uint64_t rest[3];
    bool negative = false;
    for (int i = 0; i < 3; ++i) {
        negative |= fields[i] < 0;
        rest[i] = fields[i] < 0 ? 0 - (uint64_t)fields[i] : (uint64_t)fields[i];
    }
    char* out = text;
    if (negative) *out++ = '-';
    const char* start = out;
    for (int i = 0; i < DURATION_UNITS; ++i) {
        uint64_t* left = &rest[duration_units[i].field];
        const uint64_t factor = (uint64_t)duration_units[i].factor;
        if (!duration_units[i].shown || *left < factor) continue;
        out += snprintf(out, 32, "%llu%s", (unsigned long long)(*left / factor),
                        duration_units[i].symbol);
        *left %= factor;
    }
    if (out == start) out += snprintf(out, 32, "0s");
    return (size_t)(out - text);
}
