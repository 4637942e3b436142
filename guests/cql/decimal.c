// Numbers with a scale: varint and decimal. Integers and varints mix exactly; with a decimal the
// result is a decimal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cql.h"

enum { DIVISION_DIGITS = 34 };

// Marks a number that has just been made.
static big_number* scaled(interpreter* in, big_number* value, bool is_decimal, int64_t scale) {
    if (scale != (int32_t)scale) raise_error(in, "decimal's scale is out of range");
    value->is_decimal = is_decimal;
    value->scale = (int32_t)scale;
    return value;
}

// ---- From text ----------------------------------------------------------------------------------

big_number* number_parse(interpreter* in, const char* text, size_t size) {
    const char* at = text;
    const char* end = text + size;
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n')) ++at;
    while (at < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n')) --end;
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) ++at;
    char* digits = scratch_allocate(in, size + 1);
    size_t count = 0;
    int64_t scale = 0;
    bool point = false, is_decimal = false;
    for (; at < end && (*at == '.' || (*at >= '0' && *at <= '9')); ++at) {
        if (*at == '.') {
            if (point) break;
            point = is_decimal = true;
        } else {
            digits[count++] = *at;
            scale += point;
        }
    }
    bool good = count > 0;
    if (good && at < end && (*at == 'e' || *at == 'E')) {
        is_decimal = true;
        ++at;
        bool down = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) ++at;
        int64_t exponent = 0;
        good = at < end;
        for (; at < end && *at >= '0' && *at <= '9' && exponent < 1000000000; ++at) {
            exponent = exponent * 10 + (*at - '0');
        }
        scale -= down ? -exponent : exponent;
    }
    if (!good || at != end || scale != (int32_t)scale) return NULL;
    big_number* value = big_from_digits(in, digits, count);
    value->negative = negative && value->count > 0;
    return scaled(in, value, is_decimal, scale);
}

big_number* number_from_double(interpreter* in, double value) {
    // The shortest text that reads back as the same number.
    char text[40];
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value) break;
    }
    char* exponent = strchr(text, 'e');
    char* last = exponent - 1;
    while (*last == '0') --last;
    memmove(last + 1, exponent, strlen(exponent) + 1);
    return number_parse(in, text, strlen(text));
}

// ---- Arithmetic
// -----------------------------------------------------------------------------------

// The unscaled value at a larger scale.
static big_number* rescale(interpreter* in, const big_number* value, int64_t scale) {
    int64_t more = scale - value->scale;
    if (value->count == 0 || more == 0) return big_copy(in, value);
    if (more > BIG_DIGITS_MAX) raise_error(in, "decimals are too far apart in scale");
    return big_multiply(in, value, big_power_of_ten(in, (uint32_t)more));
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

big_number* number_add(interpreter* in, const big_number* a, const big_number* b, bool subtract) {
    int64_t scale = larger(a->scale, b->scale);
    big_number* sum = big_add(in, rescale(in, a, scale), rescale(in, b, scale), subtract);
    return scaled(in, sum, a->is_decimal || b->is_decimal, scale);
}

big_number* number_multiply(interpreter* in, const big_number* a, const big_number* b) {
    return scaled(in, big_multiply(in, a, b), a->is_decimal || b->is_decimal,
                  (int64_t)a->scale + b->scale);
}

big_number* number_negate(interpreter* in, const big_number* a) {
    big_number* out = big_copy(in, a);
    out->negative = !a->negative && a->count > 0;
    return out;
}

static size_t digit_count(interpreter* in, const big_number* value) {
    const scratch_mark before = scratch_now();
    size_t size;
    (void)big_digits(in, value, &size);
    scratch_release(before);
    return size - value->negative;
}

// Divides by ten down to the wanted scale, as long as that is exact.
static big_number* strip_zeros(interpreter* in, big_number* value, int64_t* scale, int64_t wanted) {
    const big_number* ten = big_power_of_ten(in, 1);
    while (*scale > wanted) {
        if (value->count == 0) {
            *scale = wanted;
            break;
        }
        big_number *quotient, *remainder;
        big_divide(in, value, ten, &quotient, &remainder);
        if (remainder->count != 0) break;
        value = quotient;
        --*scale;
    }
    return value;
}

// Cuts the last digits off, half to even. `inexact` says that the number is a little larger, in
// magnitude, than its digits.
static big_number* round_off(interpreter* in, const big_number* value, uint32_t digits,
                             bool inexact) {
    big_number *shorter, *cut;
    const big_number* divisor = big_power_of_ten(in, digits);
    big_divide(in, value, divisor, &shorter, &cut);
    int half = big_compare_magnitude(big_add(in, cut, cut, false), divisor);
    bool odd = shorter->count > 0 && (shorter->limbs[0] & 1) != 0;
    if (half < 0 || (half == 0 && !inexact && !odd)) return shorter;
    return big_add(in, shorter, big_from_int64(in, value->negative ? -1 : 1), false);
}

big_number* number_divide(interpreter* in, const big_number* a, const big_number* b) {
    if (b->count == 0) raise_error(in, "division by zero");
    int64_t wanted = (int64_t)a->scale - b->scale;
    // So many more digits that the quotient has at least the 34 and one to round.
    int64_t more = DIVISION_DIGITS + 1 + (int64_t)digit_count(in, b) - (int64_t)digit_count(in, a);
    if (more < 0) more = 0;
    const big_number* dividend = big_multiply(in, a, big_power_of_ten(in, (uint32_t)more));
    big_number *quotient, *remainder;
    big_divide(in, dividend, b, &quotient, &remainder);
    int64_t scale = wanted + more;
    // An exact quotient keeps all its digits unless there are more than 34.
    int64_t excess = (int64_t)digit_count(in, quotient) - DIVISION_DIGITS;
    if (excess > 0) {
        quotient = round_off(in, quotient, (uint32_t)excess, remainder->count != 0);
        scale -= excess;
    }
    quotient = strip_zeros(in, quotient, &scale, wanted);
    return scaled(in, quotient, true, scale);
}

void number_floor_divide(interpreter* in, const big_number* a, const big_number* b,
                         big_number** quotient, big_number** remainder) {
    int64_t scale = larger(a->scale, b->scale);
    const big_number* dividend = rescale(in, a, scale);
    const big_number* divisor = rescale(in, b, scale);
    big_divide(in, dividend, divisor, quotient, remainder);
    if ((*remainder)->count != 0 && (*remainder)->negative != divisor->negative) {
        *quotient = big_add(in, *quotient, big_from_int64(in, 1), true);
        *remainder = big_add(in, *remainder, divisor, false);
    }
    const bool is_decimal = a->is_decimal || b->is_decimal;
    scaled(in, *quotient, is_decimal, 0);
    scaled(in, *remainder, is_decimal, scale);
}

big_number* number_remainder(interpreter* in, const big_number* a, const big_number* b) {
    const int64_t scale = larger(a->scale, b->scale);
    big_number *quotient, *remainder;
    big_divide(in, rescale(in, a, scale), rescale(in, b, scale), &quotient, &remainder);
    return scaled(in, remainder, a->is_decimal || b->is_decimal, scale);
}

// Whether a quotient with this remainder is to be one larger in magnitude.
static bool rounds_away(interpreter* in, enum rounding rounding, const big_number* quotient,
                        const big_number* remainder, const big_number* divisor, bool negative) {
    if (remainder->count == 0) return false;
    int half = 0;
    switch (rounding) {
        case ROUND_DOWN:
            return false;
        case ROUND_UP:
            return true;
        case ROUND_FLOOR:
            return negative;
        case ROUND_CEILING:
            return !negative;
        case ROUND_HALF_UP:
        case ROUND_HALF_EVEN:
            half = big_compare_magnitude(big_add(in, remainder, remainder, false), divisor);
            break;
    }
    if (half != 0 || rounding == ROUND_HALF_UP) return half >= 0;
    return quotient->count > 0 && (quotient->limbs[0] & 1) != 0;
}

big_number* number_divide_to_scale(interpreter* in, const big_number* a, const big_number* b,
                                   int32_t scale, enum rounding rounding) {
    if (b->count == 0) raise_error(in, "division by zero");
    const bool negative = a->negative != b->negative;
    const int64_t more = (int64_t)scale - a->scale + b->scale;
    if (more > BIG_DIGITS_MAX || more < -BIG_DIGITS_MAX) raise_error(in, "number is too large");
    if (more > 0) a = big_multiply(in, a, big_power_of_ten(in, (uint32_t)more));
    if (more < 0) b = big_multiply(in, b, big_power_of_ten(in, (uint32_t)-more));
    big_number *quotient, *remainder;
    big_divide(in, a, b, &quotient, &remainder);
    if (rounds_away(in, rounding, quotient, remainder, b, negative)) {
        quotient = big_add(in, quotient, big_from_int64(in, negative ? -1 : 1), false);
    }
    return scaled(in, quotient, true, scale);
}

big_number* number_power(interpreter* in, const big_number* a, const big_number* b) {
    int64_t exponent = 0;
    b = number_integral(in, b);
    if (b == NULL || b->negative || b->count > 1 ||
        (exponent = big_to_int64(b)) * (int64_t)(a->count + 1) > BIG_DIGITS_MAX) {
        raise_error(in, "the exponent of a %s must be a small whole number, not negative",
                    a->is_decimal ? "decimal" : "varint");
    }
    const int64_t scale = (int64_t)a->scale * exponent;
    big_number* result = big_from_int64(in, 1);
    const big_number* square = a;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) result = big_multiply(in, result, square);
        if (exponent > 1) square = big_multiply(in, square, square);
    }
    return scaled(in, result, a->is_decimal, scale);
}

int number_compare(interpreter* in, const big_number* a, const big_number* b) {
    if (a->count == 0 || b->count == 0 || a->negative != b->negative) {
        int left = a->count == 0 ? 0 : a->negative ? -1 : 1;
        int right = b->count == 0 ? 0 : b->negative ? -1 : 1;
        return left < right ? -1 : left > right;
    }
    if (a->scale == b->scale) return big_compare(a, b);
    // Far apart in size: no need to write out all the zeros.
    int64_t left = (int64_t)digit_count(in, a) - a->scale;
    int64_t right = (int64_t)digit_count(in, b) - b->scale;
    if (left != right) return (left < right) == !a->negative ? -1 : 1;
    int64_t scale = larger(a->scale, b->scale);
    return big_compare(rescale(in, a, scale), rescale(in, b, scale));
}

// ---- To other forms
// -------------------------------------------------------------------------------

big_number* number_integral(interpreter* in, const big_number* value) {
    big_number* integral;
    if (value->scale <= 0 || value->count == 0) {
        integral = rescale(in, value, 0);
    } else {
        if (value->scale > BIG_DIGITS_MAX) return NULL;
        big_number* remainder;
        big_divide(in, value, big_power_of_ten(in, (uint32_t)value->scale), &integral, &remainder);
        if (remainder->count != 0) return NULL;
    }
    return scaled(in, integral, false, 0);
}

static char* put(char* out, const char* text, size_t size) {
    memcpy(out, text, size);
    return out + size;
}

const char* number_text(interpreter* in, const big_number* value, size_t* size) {
    const char* digits = big_digits(in, value, size);
    if (!value->is_decimal || value->scale == 0) return digits;
    size_t count = *size - value->negative;
    digits += value->negative;
    int64_t exponent = (int64_t)count - 1 - value->scale;
    // Besides the digits: a sign, a point and seven zeros, or an exponent.
    char* text = scratch_allocate(in, count + 32);
    char* out = text;
    if (value->negative) *out++ = '-';
    if (value->scale > 0 && exponent >= -6) {
        int64_t before = (int64_t)count - value->scale;
        if (before <= 0) {
            out = put(out, "0.", 2);
            for (; before < 0; ++before) *out++ = '0';
            out = put(out, digits, count);
        } else {
            out = put(out, digits, (size_t)before);
            *out++ = '.';
            out = put(out, digits + before, count - (size_t)before);
        }
        *out = '\0';
    } else {
        *out++ = *digits;
        if (count > 1) {
            *out++ = '.';
            out = put(out, digits + 1, count - 1);
        }
        out += snprintf(out, 24, "E%+lld", (long long)exponent);
    }
    *size = (size_t)(out - text);
    return text;
}

double number_to_double(interpreter* in, const big_number* value) {
    const scratch_mark before = scratch_now();
    size_t size;
    double number = strtod(number_text(in, value, &size), NULL);
    scratch_release(before);
    return number;
}
