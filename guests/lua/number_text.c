#include "number_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- Formats --------------------------------------------------------------------------------

typedef struct {
    bool left;
    bool zeros;
    int width;
    int precision;  // -1: none
    char conversion;
} number_format;

// Reads "%[-|0][width][.precision][ll]conversion"; false for any other.
static bool read_format(const char* at, number_format* format) {
    *format = (number_format){.precision = -1};
    ++at;
    if (*at == '-') {
        format->left = true;
        ++at;
    } else if (*at == '0') {
        format->zeros = true;
        ++at;
    }
    if (*at == '0') return false;
    for (; *at >= '0' && *at <= '9'; ++at) format->width = format->width * 10 + (*at - '0');
    if (*at == '.') {
        format->precision = 0;
        for (++at; *at >= '0' && *at <= '9'; ++at) {
            format->precision = format->precision * 10 + (*at - '0');
        }
    }
    while (*at == 'l') ++at;
    format->conversion = *at;
    return *at != '\0' && at[1] == '\0';
}

// Writes sign and digits into the field; `room` holds it for sure or libc gets the work.
static int pad(char* out, size_t room, const number_format* format, bool negative,
               const char* digits, size_t size) {
    size_t total = size + negative;
    size_t fill = (size_t)format->width > total ? (size_t)format->width - total : 0;
    if (total + fill + 1 > room) return -1;
    char* at = out;
    if (!format->left && !format->zeros) {
        memset(at, ' ', fill);
        at += fill;
    }
    if (negative) *at++ = '-';
    if (format->zeros) {
        memset(at, '0', fill);
        at += fill;
    }
    memcpy(at, digits, size);
    at += size;
    if (format->left) {
        memset(at, ' ', fill);
        at += fill;
    }
    *at = '\0';
    return (int)(at - out);
}

// Writes the digits so that they end at `end`; returns where they begin.
static char* decimal_digits(char* end, uint64_t value) {
    static const char pairs[] =
        "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
        "4445464748495051525354555657585960616263646566676869707172737475767778798081828384858687"
        "888990919293949596979899";
    while (value >= 100) {
        end -= 2;
        memcpy(end, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, pairs + value * 2, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

static int format_integer(char* out, size_t room, const char* format, long long value) {
    number_format how;
    char buffer[32];
    char* end = buffer + sizeof buffer;
    char* digits = end;
    if (read_format(format, &how) && how.precision < 0) {
        bool negative = false;
        switch (how.conversion) {
            case 'd':
            case 'i':
                negative = value < 0;
                digits = decimal_digits(end, negative ? 0 - (uint64_t)value : (uint64_t)value);
                break;
            case 'x':
            case 'X': {
                const char* hex = how.conversion == 'x' ? "0123456789abcdef" : "0123456789ABCDEF";
                uint64_t rest = (uint64_t)value;
                do {
                    *--digits = hex[rest & 15];
                    rest >>= 4;
                } while (rest != 0);
                break;
            }
            default:
                break;
        }
        int size =
            digits == end ? -1 : pad(out, room, &how, negative, digits, (size_t)(end - digits));
        if (size >= 0) return size;
    }
    return snprintf(out, room, format, value);
}

// ---- Floats to digits -----------------------------------------------------------------------

enum { POWER_MAX = 27, DIGITS_MAX = 17 };

// 5^n; the last one has 63 bits.
static const uint64_t powers_of_5[POWER_MAX + 1] = {1u,
                                                    5u,
                                                    25u,
                                                    125u,
                                                    625u,
                                                    3125u,
                                                    15625u,
                                                    78125u,
                                                    390625u,
                                                    1953125u,
                                                    9765625u,
                                                    48828125u,
                                                    244140625u,
                                                    1220703125u,
                                                    6103515625u,
                                                    30517578125u,
                                                    152587890625u,
                                                    762939453125u,
                                                    3814697265625u,
                                                    19073486328125u,
                                                    95367431640625u,
                                                    476837158203125u,
                                                    2384185791015625u,
                                                    11920928955078125u,
                                                    59604644775390625u,
                                                    298023223876953125u,
                                                    1490116119384765625u,
                                                    7450580596923828125u};
static const uint64_t powers_of_10[DIGITS_MAX + 2] = {1u,
                                                      10u,
                                                      100u,
                                                      1000u,
                                                      10000u,
                                                      100000u,
                                                      1000000u,
                                                      10000000u,
                                                      100000000u,
                                                      1000000000u,
                                                      10000000000u,
                                                      100000000000u,
                                                      1000000000000u,
                                                      10000000000000u,
                                                      100000000000000u,
                                                      1000000000000000u,
                                                      10000000000000000u,
                                                      100000000000000000u,
                                                      1000000000000000000u};

// A finite double above zero as significand * 2^exponent.
typedef struct {
    uint64_t significand;
    int exponent;
} binary_float;

static bool take_apart(double value, binary_float* parts) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    int exponent = (int)(bits >> 52 & 0x7ff);
    if (exponent == 0 || exponent == 0x7ff) return false;  // zero, subnormal, infinite, NaN
    parts->significand = (bits & 0xfffffffffffff) | 0x10000000000000;
    parts->exponent = exponent - 1075;
    return true;
}

// value * 10^power, rounded half to even; false if it can't be done in 128 bits or does not fit.
static bool scale_to_integer(binary_float value, int power, uint64_t* out) {
    typedef unsigned __int128 wide;
    const int shift = value.exponent + power;
    wide whole;
    int order;  // of what is cut off: below, at or above one half
    if (power >= 0) {
        if (power > POWER_MAX) return false;
        wide product = (wide)value.significand * powers_of_5[power];
        if (shift >= 0) {
            if (shift > 11 || product >> (64 - shift) != 0) return false;
            *out = (uint64_t)(product << shift);
            return true;
        }
        // The product has at most 116 bits.
        if (shift < -118) {
            *out = 0;
            return true;
        }
        whole = product >> -shift;
        wide cut = product & (((wide)1 << -shift) - 1);
        wide half = (wide)1 << (-shift - 1);
        order = cut < half ? -1 : cut > half;
    } else {
        if (power < -POWER_MAX || shift < 0 || shift > 74) return false;
        wide dividend = (wide)value.significand << shift;
        uint64_t divisor = powers_of_5[-power];
        whole = dividend / divisor;
        uint64_t rest = (uint64_t)(dividend - whole * divisor);
        order = rest < divisor - rest ? -1 : rest > divisor - rest;
    }
    if (whole >> 63 != 0) return false;
    *out = (uint64_t)whole + (order > 0 || (order == 0 && (whole & 1) != 0));
    return true;
}

// The first `digits` significant digits, rounded, as a number of so many digits, and the exponent
// of the first one.
static bool significant_digits(binary_float value, int digits, uint64_t* out, int* exponent) {
    // log10 from below; off by at most one.
    int guess = (int)((double)(value.exponent + 52) * 0.30102999566398120 + 1000) - 1000;
    for (int attempt = 0; attempt < 4; ++attempt) {
        if (!scale_to_integer(value, digits - 1 - guess, out)) return false;
        if (*out >= powers_of_10[digits]) {
            ++guess;
        } else if (*out < powers_of_10[digits - 1]) {
            --guess;
        } else {
            *exponent = guess;
            return true;
        }
    }
    return false;
}

// ---- Floats to text -------------------------------------------------------------------------

static char* put_exponent(char* at, int exponent) {
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (magnitude >= 100) *at++ = (char)('0' + magnitude / 100);
    *at++ = (char)('0' + magnitude / 10 % 10);
    *at++ = (char)('0' + magnitude % 10);
    return at;
}

// d.ddd e±dd from `count` digits, of which there is at least one.
static size_t put_scientific(char* out, const char* digits, int count, int exponent) {
    char* at = out;
    *at++ = *digits;
    if (count > 1) {
        *at++ = '.';
        memcpy(at, digits + 1, (size_t)count - 1);
        at += count - 1;
    }
    return (size_t)(put_exponent(at, exponent) - out);
}

// %g: `count` significant digits without the zeros at their end.
static size_t put_general(char* out, const char* digits, int count, int exponent, int precision) {
    while (count > 1 && digits[count - 1] == '0') --count;
    if (exponent < -4 || exponent >= precision) {
        return put_scientific(out, digits, count, exponent);
    }
    char* at = out;
    if (exponent < 0) {
        memcpy(at, "0.0000", 6);
        at += 1 - exponent;
        memcpy(at, digits, (size_t)count);
        return (size_t)(at + count - out);
    }
    int before = exponent + 1;
    for (int i = 0; i < before; ++i) *at++ = i < count ? digits[i] : '0';
    if (count > before) {
        *at++ = '.';
        memcpy(at, digits + before, (size_t)(count - before));
        at += count - before;
    }
    return (size_t)(at - out);
}

// %f: the last `precision` digits stand behind the point.
static size_t put_fixed(char* out, uint64_t scaled, int precision) {
    char buffer[24];
    char* end = buffer + sizeof buffer;
    char* digits = decimal_digits(end, scaled);
    while (end - digits <= precision) *--digits = '0';
    size_t before = (size_t)(end - digits - precision);
    memcpy(out, digits, before);
    if (precision == 0) return before;
    out[before] = '.';
    memcpy(out + before + 1, digits + before, (size_t)precision);
    return before + 1 + (size_t)precision;
}

// The text of a double without its sign; 0 if this can't be done here.
static size_t put_float(char* out, const number_format* how, double value) {
    binary_float parts;
    uint64_t number = 0;
    int exponent = 0;
    if (value != 0 && !take_apart(value, &parts)) return 0;
    int precision = how->precision < 0 ? 6 : how->precision;
    if (how->conversion == 'f') {
        if (precision > DIGITS_MAX) return 0;
        if (value != 0 && !scale_to_integer(parts, precision, &number)) return 0;
        return put_fixed(out, number, precision);
    }
    if (how->conversion == 'e') ++precision;
    if (precision == 0) precision = 1;
    if (precision > DIGITS_MAX) return 0;
    char buffer[24];
    memset(buffer, '0', sizeof buffer);
    const char* digits = buffer;
    if (value != 0) {
        if (!significant_digits(parts, precision, &number, &exponent)) return 0;
        digits = decimal_digits(buffer + sizeof buffer, number);
    }
    return how->conversion == 'e' ? put_scientific(out, digits, precision, exponent)
                                  : put_general(out, digits, precision, exponent, precision);
}

static int format_float(char* out, size_t room, const char* format, double value) {
    number_format how;
    if (read_format(format, &how) &&
        (how.conversion == 'g' || how.conversion == 'f' || how.conversion == 'e')) {
        char text[64];
        bool negative = __builtin_signbit(value) != 0;
        size_t size = put_float(text, &how, negative ? -value : value);
        int total = size == 0 ? -1 : pad(out, room, &how, negative, text, size);
        if (total >= 0) return total;
    }
    return snprintf(out, room, format, value);
}

// ---- Text to floats -------------------------------------------------------------------------

static bool is_decimal(char c) {
    return c >= '0' && c <= '9';
}

// A significand below 2^53 and a power of ten up to 10^22 are exact doubles, so that one operation
// on them rounds once, as it must.
static double parse_float(const char* text, char** end) {
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char* at = text;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r')) ++at;
    bool negative = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    uint64_t significand = 0;
    int digits = 0, exponent = 0;
    if (!is_decimal(*at) && !(*at == '.' && is_decimal(at[1]))) return strtod(text, end);
    if (*at == '0' && (at[1] == 'x' || at[1] == 'X')) return strtod(text, end);
    for (; is_decimal(*at); ++at, ++digits) significand = significand * 10 + (uint64_t)(*at - '0');
    if (*at == '.') {
        for (++at; is_decimal(*at); ++at, ++digits, --exponent) {
            significand = significand * 10 + (uint64_t)(*at - '0');
        }
    }
    if (digits > 19) return strtod(text, end);
    if (*at == 'e' || *at == 'E') {
        const char* mark = at++;
        bool down = *at == '-';
        if (*at == '-' || *at == '+') ++at;
        if (!is_decimal(*at)) {
            at = mark;
        } else {
            int written = 0;
            for (; is_decimal(*at); ++at)
                written = written < 10000 ? written * 10 + (*at - '0') : written;
            exponent += down ? -written : written;
        }
    }
    if (significand >> 53 != 0 || exponent < -22 || exponent > 22) return strtod(text, end);
    if (end != NULL) *end = (char*)at;
    double value = (double)significand;
    value = exponent < 0 ? value / exact[-exponent] : value * exact[exponent];
    return negative ? -value : value;
}
