#include "storage/ordered_number.h"

#include <cstdint>
#include <string>

#include "types/varint.h"

namespace nacre::storage {

namespace {

constexpr char mark_negative = 0x01;
constexpr char mark_other = 0x02;     // a varint that is not negative, a decimal that is zero
constexpr char mark_positive = 0x03;  // of a decimal
constexpr char wide = '\xff';         // a varint's size follows as u32

bytes_view shortest(bytes_view value) {
    while (value.size() > 1) {
        const bool next_negative = (value[1] & 0x80) != 0;
        if (value[0] != (next_negative ? '\xff' : '\0')) break;
        value.remove_prefix(1);
    }
    return value;
}

void invert(bytes& out, std::size_t begin) {
    for (auto i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

}  // namespace

void append_ordered_varint(bytes& out, bytes_view value) {
    value = shortest(value);
    const bool negative = (value.front() & 0x80) != 0;
    out.push_back(negative ? mark_negative : mark_other);
    const auto size_at = out.size();
    if (value.size() < 0xff) {
        out.push_back(static_cast<char>(value.size()));
    } else {
        out.push_back(wide);
        append_big_endian(out, static_cast<std::uint32_t>(value.size()));
    }
    if (negative) invert(out, size_at);
    out += value;
}

bool take_ordered_varint(ordered_reader& in, bytes& out) {
    char mark;
    char narrow;
    if (!in.take(&mark, 1) || !in.take(&narrow, 1)) return false;
    if (mark != mark_negative && mark != mark_other) return false;
    const bool negative = mark == mark_negative;
    if (negative) narrow = static_cast<char>(~narrow);
    std::uint32_t size = static_cast<unsigned char>(narrow);
    if (narrow == wide) {
        if (!in.take_big_endian(size)) return false;
        if (negative) size = ~size;
    }
    return size != 0 && in.take(out, size);
}

void append_ordered_decimal(bytes& out, bytes_view value) {
    const auto scale = load_big_endian<std::int32_t>(value.data());
    std::string digits = types::load_varint(value.substr(4)).str();
    const bool negative = digits.front() == '-';
    if (negative) digits.erase(0, 1);
    const auto exponent = static_cast<std::int64_t>(digits.size()) - scale;
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) {
        out.push_back(mark_other);
        return;
    }
    out.push_back(negative ? mark_negative : mark_positive);
    const auto begin = out.size();
    append_big_endian(out, static_cast<std::uint64_t>(exponent) ^ (std::uint64_t{1} << 63));
    if (digits.size() % 2 != 0) digits.push_back('0');
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int pair = (digits[i] - '0') * 10 + (digits[i + 1] - '0');
        out.push_back(static_cast<char>(2 * pair + 2));
    }
    out.push_back('\0');
    if (negative) invert(out, begin);
}

bool take_ordered_decimal(ordered_reader& in, bytes& out) {
    char mark;
    if (!in.take(&mark, 1)) return false;
    if (mark == mark_other) {
        out.append(5, '\0');
        return true;
    }
    if (mark != mark_negative && mark != mark_positive) return false;
    const bool negative = mark == mark_negative;
    std::uint64_t exponent;
    if (!in.take_big_endian(exponent)) return false;
    if (negative) exponent = ~exponent;
    exponent ^= std::uint64_t{1} << 63;
    std::string digits;
    while (true) {
        char raw;
        if (!in.take(&raw, 1)) return false;
        const auto code = static_cast<unsigned char>(negative ? ~raw : raw);
        if (code == 0) break;
        const int pair = code / 2 - 1;
        if (code % 2 != 0 || pair < 0 || pair > 99) return false;
        digits.push_back(static_cast<char>('0' + pair / 10));
        digits.push_back(static_cast<char>('0' + pair % 10));
    }
    if (digits.empty()) return false;
    if (digits.back() == '0') digits.pop_back();
    const auto count = static_cast<std::int64_t>(digits.size());
    // Wraps for scales at the very end of their range; such a value keeps its spelling in the row.
    const auto scale = static_cast<std::uint64_t>(count) - exponent;
    append_big_endian(out, static_cast<std::uint32_t>(scale));
    const auto magnitude = types::varint_of_digits(digits);
    out += types::serialise_varint(negative ? types::varint(-magnitude) : magnitude);
    return true;
}

}  // namespace nacre::storage
