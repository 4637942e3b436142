// Whole numbers of any size: schoolbook arithmetic on 32-bit limbs.
#include <string.h>

#include "cql.h"

enum { LIMBS_MAX = 1 << 20 };

big_number* big_new(interpreter* in, uint32_t limbs) {
    if (limbs > LIMBS_MAX) raise_error(in, "number is too large");
    const size_t size = sizeof(big_number) + limbs * sizeof(uint32_t);
    big_number* out = scratch_allocate(in, size);
    memset(out, 0, size);
    out->count = limbs;
    return out;
}

big_number* big_copy(interpreter* in, const big_number* a) {
    big_number* out = scratch_allocate(in, big_bytes(a));
    memcpy(out, a, big_bytes(a));
    return out;
}

static big_number* trimmed(big_number* a) {
    while (a->count > 0 && a->limbs[a->count - 1] == 0) --a->count;
    if (a->count == 0) a->negative = 0;
    return a;
}

big_number* big_from_int64(interpreter* in, int64_t value) {
    big_number* out = big_new(in, 2);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    out->limbs[0] = (uint32_t)magnitude;
    out->limbs[1] = (uint32_t)(magnitude >> 32);
    out->negative = value < 0;
    return trimmed(out);
}

big_number* big_from_bytes(interpreter* in, const uint8_t* data, size_t size) {
    big_number* out = big_new(in, (uint32_t)(size + 3) / 4);
    bool negative = size > 0 && (data[0] & 0x80) != 0;
    uint32_t carry = negative;
    for (size_t i = 0; i < size; ++i) {
        uint32_t octet = data[size - 1 - i];
        if (negative) {
            octet = (octet ^ 0xff) + carry;
            carry = octet >> 8;
            octet &= 0xff;
        }
        out->limbs[i / 4] |= octet << 8 * (i % 4);
    }
    // The most negative number of a size has a magnitude one bit longer, which fits: its limb has
    // room unless the size is a multiple of four, and then the top octet was 0x80, not 0x00.
    out->negative = negative;
    return trimmed(out);
}

static void multiply_add_small(big_number* a, uint32_t factor, uint32_t addend) {
    uint64_t carry = addend;
    for (uint32_t i = 0; i < a->count; ++i) {
        carry += (uint64_t)a->limbs[i] * factor;
        a->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static uint32_t divide_small(big_number* a, uint32_t divisor) {
    uint64_t rest = 0;
    for (uint32_t i = a->count; i-- > 0;) {
        rest = rest << 32 | a->limbs[i];
        a->limbs[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trimmed(a);
    return (uint32_t)rest;
}

big_number* big_from_digits(interpreter* in, const char* digits, size_t size) {
    if (size > BIG_DIGITS_MAX) raise_error(in, "number is too large");
    // Nine digits need less than 30 bits.
    big_number* out = big_new(in, (uint32_t)(size / 9 + 1));
    for (size_t i = 0; i < size;) {
        uint32_t part = 0, scale = 1;
        for (int k = 0; k < 9 && i < size; ++k, ++i) {
            part = part * 10 + (uint32_t)(digits[i] - '0');
            scale *= 10;
        }
        multiply_add_small(out, scale, part);
    }
    return trimmed(out);
}

int big_compare_magnitude(const big_number* a, const big_number* b) {
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i-- > 0;) {
        if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
    }
    return 0;
}

int big_compare(const big_number* a, const big_number* b) {
    if (a->negative != b->negative) return a->negative ? -1 : 1;
    int order = big_compare_magnitude(a, b);
    return a->negative ? -order : order;
}

static big_number* add_magnitudes(interpreter* in, const big_number* a, const big_number* b) {
    uint32_t count = (a->count > b->count ? a->count : b->count) + 1;
    big_number* out = big_new(in, count);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < count; ++i) {
        carry += i < a->count ? a->limbs[i] : 0;
        carry += i < b->count ? b->limbs[i] : 0;
        out->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    return trimmed(out);
}

// |a| >= |b|
static big_number* subtract_magnitudes(interpreter* in, const big_number* a, const big_number* b) {
    big_number* out = big_new(in, a->count);
    int64_t borrow = 0;
    for (uint32_t i = 0; i < a->count; ++i) {
        borrow += (int64_t)a->limbs[i] - (i < b->count ? b->limbs[i] : 0);
        out->limbs[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    return trimmed(out);
}

big_number* big_add(interpreter* in, const big_number* a, const big_number* b, bool subtract) {
    bool b_negative = subtract ? !b->negative : b->negative;
    big_number* out;
    bool negative;
    if (a->negative == b_negative) {
        out = add_magnitudes(in, a, b);
        negative = a->negative;
    } else if (big_compare_magnitude(a, b) >= 0) {
        out = subtract_magnitudes(in, a, b);
        negative = a->negative;
    } else {
        out = subtract_magnitudes(in, b, a);
        negative = b_negative;
    }
    out->negative = negative && out->count > 0;
    return out;
}

big_number* big_multiply(interpreter* in, const big_number* a, const big_number* b) {
    big_number* out = big_new(in, a->count + b->count);
    for (uint32_t i = 0; i < a->count; ++i) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->count; ++j) {
            carry += (uint64_t)a->limbs[i] * b->limbs[j] + out->limbs[i + j];
            out->limbs[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        out->limbs[i + b->count] = (uint32_t)carry;
    }
    out->negative = a->negative != b->negative;
    return trimmed(out);
}

static void shift_left(const big_number* a, int bits, uint32_t* out, uint32_t count) {
    uint32_t carry = 0;
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t limb = i < a->count ? a->limbs[i] : 0;
        out[i] = limb << bits | carry;
        carry = bits == 0 ? 0 : limb >> (32 - bits);
    }
}

// Knuth, The Art of Computer Programming, volume 2, algorithm D. `rest` holds the dividend, with
// one limb to spare, and becomes the remainder; both are shifted so that the divisor's top bit is
// set.
static void divide_limbs(uint32_t* rest, uint32_t rest_count, const uint32_t* divisor,
                         uint32_t count, uint32_t* quotient) {
    for (uint32_t j = rest_count - count; j-- > 0;) {
        uint64_t top = (uint64_t)rest[j + count] << 32 | rest[j + count - 1];
        uint64_t guess = top / divisor[count - 1];
        uint64_t left = top % divisor[count - 1];
        while (guess >> 32 != 0 ||
               guess * divisor[count - 2] > (left << 32 | rest[j + count - 2])) {
            --guess;
            left += divisor[count - 1];
            if (left >> 32 != 0) break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (uint32_t i = 0; i < count; ++i) {
            carry += guess * divisor[i];
            borrow += (int64_t)rest[j + i] - (int64_t)(uint32_t)carry;
            rest[j + i] = (uint32_t)borrow;
            borrow >>= 32;
            carry >>= 32;
        }
        borrow += (int64_t)rest[j + count] - (int64_t)carry;
        rest[j + count] = (uint32_t)borrow;
        if (borrow < 0) {
            --guess;
            uint64_t sum = 0;
            for (uint32_t i = 0; i < count; ++i) {
                sum += (uint64_t)rest[j + i] + divisor[i];
                rest[j + i] = (uint32_t)sum;
                sum >>= 32;
            }
            rest[j + count] += (uint32_t)sum;
        }
        quotient[j] = (uint32_t)guess;
    }
}

void big_divide(interpreter* in, const big_number* a, const big_number* b, big_number** quotient,
                big_number** remainder) {
    if (b->count == 0) raise_error(in, "division by zero");
    big_number* q = big_new(in, a->count >= b->count ? a->count - b->count + 1 : 1);
    big_number* r = big_new(in, a->count + 1);
    if (big_compare_magnitude(a, b) < 0) {
        memcpy(r->limbs, a->limbs, a->count * sizeof(uint32_t));
    } else if (b->count == 1) {
        uint64_t rest = 0;
        for (uint32_t i = a->count; i-- > 0;) {
            rest = rest << 32 | a->limbs[i];
            q->limbs[i] = (uint32_t)(rest / b->limbs[0]);
            rest %= b->limbs[0];
        }
        r->limbs[0] = (uint32_t)rest;
    } else {
        int shift = __builtin_clz(b->limbs[b->count - 1]);
        big_number* divisor = big_new(in, b->count);
        shift_left(b, shift, divisor->limbs, b->count);
        shift_left(a, shift, r->limbs, a->count + 1);
        divide_limbs(r->limbs, a->count + 1, divisor->limbs, b->count, q->limbs);
        for (uint32_t i = 0; shift != 0 && i <= a->count; ++i) {
            uint32_t above = i < a->count ? r->limbs[i + 1] : 0;
            r->limbs[i] = r->limbs[i] >> shift | above << (32 - shift);
        }
    }
    q->negative = a->negative != b->negative;
    r->negative = a->negative;
    *quotient = trimmed(q);
    *remainder = trimmed(r);
}

big_number* big_power_of_ten(interpreter* in, uint32_t exponent) {
    if (exponent > BIG_DIGITS_MAX) raise_error(in, "number is too large");
    // Nine digits need less than 30 bits.
    big_number* out = big_new(in, exponent / 9 + 2);
    out->limbs[0] = 1;
    for (; exponent >= 9; exponent -= 9) multiply_add_small(out, 1000000000, 0);
    for (; exponent > 0; --exponent) multiply_add_small(out, 10, 0);
    return trimmed(out);
}

const char* big_digits(interpreter* in, const big_number* a, size_t* size) {
    if (a->count > BIG_DIGITS_MAX / 9) raise_error(in, "number is too large to be shown");
    // A limb has less than ten digits; besides them a sign and a zero.
    const size_t room = (size_t)a->count * 10 + 3;
    char* text = scratch_allocate(in, room);
    big_number* rest = big_copy(in, a);
    char* at = text + room;
    *--at = '\0';
    if (a->count == 0) *--at = '0';
    while (rest->count > 0) {
        uint32_t part = divide_small(rest, 1000000000);
        for (int i = 0; i < 9 && (part != 0 || rest->count > 0); ++i) {
            *--at = (char)('0' + part % 10);
            part /= 10;
        }
    }
    if (a->negative) *--at = '-';
    *size = (size_t)(text + room - 1 - at);
    return at;
}

void big_append_bytes(interpreter* in, const big_number* a, buffer* out) {
    // One octet more than the magnitude, which has room for the sign.
    uint32_t size = a->count * 4 + 1;
    buffer_reserve(in, out, size);
    uint8_t* data = out->data + out->size;
    uint32_t carry = a->negative;
    for (uint32_t i = 0; i < size; ++i) {
        uint32_t octet = i < a->count * 4 ? a->limbs[i / 4] >> 8 * (i % 4) & 0xff : 0;
        if (a->negative) {
            octet = (octet ^ 0xff) + carry;
            carry = octet >> 8;
        }
        data[size - 1 - i] = (uint8_t)octet;
    }
    out->size += size;
    trim_sign(out, out->size - size);
}

int64_t big_to_int64(const big_number* a) {
    uint64_t magnitude = 0;
    if (a->count > 0) magnitude = a->limbs[0];
    if (a->count > 1) magnitude |= (uint64_t)a->limbs[1] << 32;
    return (int64_t)(a->negative ? 0 - magnitude : magnitude);
}
