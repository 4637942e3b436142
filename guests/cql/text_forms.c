// The text forms of identifiers, addresses and moments that scripts see and return.
#include <string.h>

#include "cql.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool is_decimal_digit(char c) {
    return c >= '0' && c <= '9';
}

// ---- uuid ---------------------------------------------------------------------------------------

void format_uuid(const uint8_t* octets, char text[37]) {
    static const char digits[] = "0123456789abcdef";
    char* out = text;
    for (int i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        *out++ = digits[octets[i] >> 4];
        *out++ = digits[octets[i] & 15];
    }
    *out = '\0';
}

bool parse_uuid(const char* text, size_t size, uint8_t octets[16]) {
    if (size != 36) return false;
    const char* at = text;
    for (int i = 0; i < 16; ++i) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-') return false;
        int high = hex_digit(at[0]);
        int low = hex_digit(at[1]);
        if (high < 0 || low < 0) return false;
        octets[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}

// ---- inet ---------------------------------------------------------------------------------------

static char* put_unsigned(char* out, uint32_t value) {
    char reversed[10];
    int count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) *out++ = reversed[--count];
    return out;
}

static char* put_hex16(char* out, uint32_t value) {
    static const char digits[] = "0123456789abcdef";
    int shift = 12;
    while (shift > 0 && value >> shift == 0) shift -= 4;
    for (; shift >= 0; shift -= 4) *out++ = digits[value >> shift & 15];
    return out;
}

// RFC 5952: the longest run of two or more zero groups is written "::".
size_t format_inet(const uint8_t* octets, size_t size, char text[48]) {
    char* out = text;
    if (size == 4) {
        for (int i = 0; i < 4; ++i) {
            if (i != 0) *out++ = '.';
            out = put_unsigned(out, octets[i]);
        }
        return (size_t)(out - text);
    }
    uint32_t groups[8];
    for (int i = 0; i < 8; ++i) groups[i] = (uint32_t)octets[2 * i] << 8 | octets[2 * i + 1];
    int best = -1, best_length = 1;
    for (int i = 0; i < 8; ++i) {
        int length = 0;
        while (i + length < 8 && groups[i + length] == 0) ++length;
        if (length > best_length) best = i, best_length = length;
        if (length > 0) i += length - 1;
    }
    for (int i = 0; i < 8; ++i) {
        if (i == best) {
            *out++ = ':';
            *out++ = ':';
            i += best_length - 1;
            continue;
        }
        if (out != text && out[-1] != ':') *out++ = ':';
        out = put_hex16(out, groups[i]);
    }
    return (size_t)(out - text);
}

static bool parse_ipv4(const char* text, size_t size, uint8_t octets[4]) {
    const char* end = text + size;
    for (int i = 0; i < 4; ++i) {
        if (i != 0 && (text == end || *text++ != '.')) return false;
        int value = 0, digits = 0;
        while (text < end && is_decimal_digit(*text) && digits < 4) {
            value = value * 10 + (*text++ - '0');
            ++digits;
        }
        if (digits == 0 || digits > 3 || value > 255) return false;
        octets[i] = (uint8_t)value;
    }
    return text == end;
}

size_t parse_inet(const char* text, size_t size, uint8_t octets[16]) {
    if (parse_ipv4(text, size, octets)) return 4;
    const char* at = text;
    const char* end = text + size;
    uint8_t parsed[16] = {0};
    int filled = 0, gap = -1;
    if (size >= 2 && at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    }
    while (at < end) {
        if (filled == 16) return 0;
        if (filled <= 12 && parse_ipv4(at, (size_t)(end - at), parsed + filled)) {
            filled += 4;
            break;
        }
        uint32_t group = 0;
        int digits = 0;
        while (at < end && digits < 4 && hex_digit(*at) >= 0) {
            group = group << 4 | (uint32_t)hex_digit(*at++);
            ++digits;
        }
        if (digits == 0) return 0;
        parsed[filled++] = (uint8_t)(group >> 8);
        parsed[filled++] = (uint8_t)group;
        if (at == end) break;
        if (*at++ != ':' || at == end) return 0;
        if (*at == ':') {
            if (gap >= 0) return 0;
            gap = filled;
            ++at;
        }
    }
    if (gap < 0 ? filled != 16 : filled > 14) return 0;
    memset(octets, 0, 16);
    size_t head = gap < 0 ? 16 : (size_t)gap;
    memcpy(octets, parsed, head);
    memcpy(octets + 16 - ((size_t)filled - (gap < 0 ? 16 : head)), parsed + head,
           (size_t)filled - (gap < 0 ? 16 : head));
    return 16;
}

// ---- Dates and times ----------------------------------------------------------------------------

// Years are counted from March, so that the leap day is the last of its year.
int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
    // Months beyond 1..12 carry into the year.
    int64_t months = month - 1;
    int64_t carry = months >= 0 ? months / 12 : -((11 - months) / 12);
    year += carry;
    month = months - carry * 12 + 1;
    if (month <= 2) --year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 + day - 1;
}

typedef struct {
    const char* at;
    const char* end;
} cursor;

static bool take(cursor* in, char c) {
    if (in->at == in->end || *in->at != c) return false;
    ++in->at;
    return true;
}

static bool take_number(cursor* in, int digits_min, int digits_max, int64_t* value) {
    int digits = 0;
    *value = 0;
    while (in->at < in->end && digits < digits_max && is_decimal_digit(*in->at)) {
        *value = *value * 10 + (*in->at++ - '0');
        ++digits;
    }
    return digits >= digits_min;
}

static bool take_date(cursor* in, int64_t* days) {
    static const uint8_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool negative = take(in, '-');
    int64_t year, month, day;
    if (!take_number(in, 1, 9, &year) || !take(in, '-') || !take_number(in, 1, 2, &month) ||
        !take(in, '-') || !take_number(in, 1, 2, &day)) {
        return false;
    }
    if (negative) year = -year;
    if (month < 1 || month > 12 || day < 1 || day > month_days[month - 1]) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2 && day == 29 && !leap) return false;
    *days = days_from_civil(year, month, day);
    return true;
}

// hh:mm[:ss[.fraction]]
static bool take_time(cursor* in, bool seconds_needed, int64_t* nanoseconds) {
    int64_t hours, minutes, seconds = 0, fraction = 0;
    if (!take_number(in, 1, 2, &hours) || !take(in, ':') || !take_number(in, 1, 2, &minutes)) {
        return false;
    }
    if (take(in, ':')) {
        if (!take_number(in, 1, 2, &seconds)) return false;
        if (take(in, '.')) {
            const char* start = in->at;
            if (!take_number(in, 1, 9, &fraction)) return false;
            for (ptrdiff_t digits = in->at - start; digits < 9; ++digits) fraction *= 10;
        }
    } else if (seconds_needed) {
        return false;
    }
    if (hours > 23 || minutes > 59 || seconds > 59) return false;
    *nanoseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000000000 + fraction;
    return true;
}

bool parse_date(const char* text, size_t size, int64_t* days) {
    cursor in = {text, text + size};
    return take_date(&in, days) && in.at == in.end;
}

bool parse_time(const char* text, size_t size, int64_t* nanoseconds) {
    cursor in = {text, text + size};
    return take_time(&in, true, nanoseconds) && in.at == in.end;
}

// Without a zone the text is UTC.
bool parse_timestamp(const char* text, size_t size, int64_t* milliseconds) {
    cursor in = {text, text + size};
    int64_t days, nanoseconds = 0, zone_minutes = 0;
    if (!take_date(&in, &days)) return false;
    if (take(&in, 'T') || take(&in, ' ')) {
        if (!take_time(&in, false, &nanoseconds)) return false;
    }
    if (!take(&in, 'Z') && in.at != in.end) {
        int64_t hours, minutes = 0;
        bool negative = take(&in, '-');
        if (!negative && !take(&in, '+')) return false;
        if (!take_number(&in, 2, 2, &hours)) return false;
        (void)take(&in, ':');
        if (in.at != in.end && !take_number(&in, 2, 2, &minutes)) return false;
        if (hours > 18 || minutes > 59) return false;
        zone_minutes = (hours * 60 + minutes) * (negative ? -1 : 1);
    }
    if (in.at != in.end) return false;
    *milliseconds = days * 86400000 + nanoseconds / 1000000 - zone_minutes * 60000;
    return true;
}
