#include "types/varint.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace nacre::types {

namespace {

/// Bytes of the shortest two's complement form. -2^(8n-1) needs n bytes although its magnitude has
/// 8n bits.
std::size_t serialised_size(const varint& value) {
    if (value == 0) return 1;
    const varint magnitude = value < 0 ? varint(-value - 1) : value;
    const std::size_t bits = magnitude == 0 ? 0 : mpz_sizeinbase(magnitude.backend().data(), 2);
    return bits / 8 + 1;
}

bool fits_int64(const varint& value) {
    static_assert(sizeof(long) == sizeof(std::int64_t));
    return mpz_fits_slong_p(value.backend().data()) != 0;
}

error too_long(std::string_view what) {
    return invalid("number out of range: it has {}, at most {} bytes ({} digits) are possible",
                   what, number_bytes_max, number_digits_max);
}

}  // namespace

varint load_varint(bytes_view value) {
    varint number;
    if (value.empty()) return number;
    const bool negative = (value.front() & 0x80) != 0;
    if (value.size() <= sizeof(std::int64_t)) {
        std::uint64_t bits = negative ? ~std::uint64_t{0} : 0;
        for (const char c : value) bits = bits << 8 | static_cast<unsigned char>(c);
        return {static_cast<std::int64_t>(bits)};
    }
    mpz_import(number.backend().data(), value.size(), 1, 1, 1, 0, value.data());
    if (negative) number -= varint(1) << (8 * value.size());
    return number;
}

bytes serialise_varint(const varint& value) {
    const std::size_t size = serialised_size(value);
    if (fits_int64(value)) {
        const bytes whole = to_big_endian(static_cast<std::int64_t>(value));
        return whole.substr(whole.size() - size);
    }
    const bool negative = value < 0;
    const varint magnitude = negative ? varint(-value - 1) : value;
    bytes out(size, '\0');
    const std::size_t digits = (mpz_sizeinbase(magnitude.backend().data(), 2) + 7) / 8;
    mpz_export(out.data() + (size - digits), nullptr, 1, 1, 1, 0, magnitude.backend().data());
    if (negative) {
        for (char& c : out) c = static_cast<char>(~c);
    }
    return out;
}

status check_size(const varint& value) {
    if (fits_int64(value)) return {};
    const std::size_t size = serialised_size(value);
    if (size <= number_bytes_max) return {};
    return too_long(fmt::format("{} bytes", size));
}

status check_size(bytes_view value) {
    if (value.size() <= number_bytes_max) return {};
    return too_long(fmt::format("{} bytes", value.size()));
}

result<varint> parse_varint(std::string_view text) {
    const auto not_an_integer = [text] { return invalid("unable to make int from '{}'", text); };
    std::string_view digits = text;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.empty() ||
        !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
        return not_an_integer();
    }
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (digits.size() > number_digits_max) return too_long(fmt::format("{} digits", digits.size()));
    varint number = varint_of_digits(digits);
    if (negative) number = -number;
    NACRE_CHECK(check_size(number));
    return number;
}

varint varint_of_digits(std::string_view digits) {
    if (digits.size() <= std::numeric_limits<std::int64_t>::digits10) {
        std::int64_t small = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), small);
        return {small};
    }
    // Not Boost's constructor, to which a leading zero means octal.
    varint number;
    mpz_set_str(number.backend().data(), std::string(digits).c_str(), 10);
    return number;
}

std::int64_t low_64_bits(const varint& value) {
    const varint magnitude = abs(value) & varint(~std::uint64_t{0});
    const auto low = static_cast<std::uint64_t>(magnitude);
    return static_cast<std::int64_t>(value < 0 ? ~low + 1 : low);
}

namespace {

bool is_negative(bytes_view value) {
    return !value.empty() && (value.front() & 0x80) != 0;
}

bytes_view without_sign_padding(bytes_view value) {
    const char padding = is_negative(value) ? '\xff' : '\0';
    while (value.size() > 1 && value[0] == padding && ((value[0] ^ value[1]) & 0x80) == 0) {
        value.remove_prefix(1);
    }
    return value;
}

}  // namespace

std::strong_ordering compare_varints(bytes_view left, bytes_view right) {
    if (left.empty() || right.empty()) return left.size() <=> right.size();
    const bool negative = is_negative(left);
    if (negative != is_negative(right)) {
        return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    left = without_sign_padding(left);
    right = without_sign_padding(right);
    if (left.size() != right.size()) {
        return negative ? right.size() <=> left.size() : left.size() <=> right.size();
    }
    return left.compare(right) <=> 0;
}

}  // namespace nacre::types
