#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nacre::detail {

template <typename Word>
constexpr Word swapped(Word word) {
    if constexpr (sizeof(Word) == 1) return word;
    if constexpr (sizeof(Word) == 2) return __builtin_bswap16(word);
    if constexpr (sizeof(Word) == 4) return __builtin_bswap32(word);
    if constexpr (sizeof(Word) == 8) return __builtin_bswap64(word);
}

template <std::size_t Bytes>
struct word_of;
template <>
struct word_of<1> {
    using type = std::uint8_t;
};
template <>
struct word_of<2> {
    using type = std::uint16_t;
};
template <>
struct word_of<4> {
    using type = std::uint32_t;
};
template <>
struct word_of<8> {
    using type = std::uint64_t;
};

/// A number of this type, most significant byte first, at any address.
template <typename T>
T load_big_endian(const std::byte* at) {
    typename word_of<sizeof(T)>::type word;
    std::memcpy(&word, at, sizeof word);
    return std::bit_cast<T>(swapped(word));
}

template <typename T>
std::byte* store_big_endian(std::byte* to, T value) {
    const auto word = swapped(std::bit_cast<typename word_of<sizeof(T)>::type>(value));
    std::memcpy(to, &word, sizeof word);
    return to + sizeof word;
}

}  // namespace nacre::detail
