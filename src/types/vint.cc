#include "types/vint.h"

#include <bit>

namespace nacre::types {

void append_unsigned_vint(bytes& out, std::uint64_t value) {
    const int bits = std::max(64 - std::countl_zero(value), 1);
    // Each byte that follows costs one bit of the first; nine bytes hold 64 bits whole.
    const int extra = bits > 56 ? 8 : (bits - 1) / 7;
    if (extra == 8) {
        out.push_back('\xff');
    } else {
        const auto marker = static_cast<unsigned>(0xff00u >> extra) & 0xff;
        out.push_back(static_cast<char>(marker | value >> (8 * extra)));
    }
    for (int i = extra - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

void append_vint(bytes& out, std::int64_t value) {
    append_unsigned_vint(
        out, static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
}

std::optional<std::uint64_t> take_unsigned_vint(byte_reader& in) {
    const auto first = in.take_big_endian<std::uint8_t>();
    if (!first) return std::nullopt;
    const int extra = std::countl_one(*first);
    std::uint64_t value = extra >= 7 ? 0 : *first & (0xffu >> (extra + 1));
    const auto rest = in.take(static_cast<std::uint64_t>(extra));
    if (!rest) return std::nullopt;
    for (const char c : *rest) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::optional<std::int64_t> take_vint(byte_reader& in) {
    const auto raw = take_unsigned_vint(in);
    if (!raw) return std::nullopt;
    return static_cast<std::int64_t>(*raw >> 1) ^ -static_cast<std::int64_t>(*raw & 1);
}

}  // namespace nacre::types
