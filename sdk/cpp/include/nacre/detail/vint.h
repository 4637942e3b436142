#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

/// Cassandra's numbers of one to nine bytes: each bit that the first begins with stands for a byte
/// that follows.
namespace nacre::detail {

constexpr std::uint32_t unsigned_vint_size(std::uint64_t value) {
    const auto bits = static_cast<std::uint32_t>(64 - std::countl_zero(value | 1));
    return bits > 56 ? 9 : (bits + 6) / 7;
}

inline std::byte* put_unsigned_vint(std::byte* to, std::uint64_t value) {
    const auto extra = unsigned_vint_size(value) - 1;
    const auto marker = 0xff00U >> extra;
    *to++ = static_cast<std::byte>(extra == 8 ? 0xff : (marker & 0xff) | value >> (8 * extra));
    for (auto left = extra; left > 0; --left)
        *to++ = static_cast<std::byte>(value >> (8 * (left - 1)));
    return to;
}

inline std::uint64_t take_unsigned_vint(const std::byte*& at) {
    const auto first = static_cast<std::uint8_t>(*at++);
    const auto extra = std::countl_one(first);
    std::uint64_t value = extra >= 7 ? 0 : first & (0xffU >> (extra + 1));
    for (int i = 0; i < extra; ++i) value = value << 8 | static_cast<std::uint8_t>(*at++);
    return value;
}

/// Small numbers of either sign are small without one.
constexpr std::uint64_t zigzag(std::int64_t value) {
    return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t from_zigzag(std::uint64_t value) {
    return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
}

}  // namespace nacre::detail
