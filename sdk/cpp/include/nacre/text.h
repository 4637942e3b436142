#pragma once

#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nacre/detail/codec.h"

namespace nacre {

/// Text of type ascii. The server refuses a result with other characters.
class ascii : public std::string {
  public:
    using std::string::string;
    ascii(std::string text) : std::string(std::move(text)) {}  // NOLINT: a text as any other
    ascii(std::string_view text) : std::string(text) {}        // NOLINT
};

/// A value of type blob; std::vector<std::uint8_t> is taken as well.
using blob = std::vector<std::byte>;
/// A blob where it lies; valid until the function returns.
using blob_view = std::span<const std::byte>;

namespace detail {

inline std::byte* put_bytes(std::byte* to, const void* from, std::size_t size) {
    if (size != 0) std::memcpy(to, from, size);
    return to + size;
}

template <typename T>
struct bytes_codec : sized_codec {
    static std::uint32_t size(const T& value) { return static_cast<std::uint32_t>(value.size()); }
    static std::byte* write(std::byte* to, const T& value) {
        return put_bytes(to, value.data(), value.size());
    }
};

template <typename T>
struct text_codec : bytes_codec<T> {
    static constexpr void describe(constant_text& to) { to.add("text"); }
    static T read(const std::byte* at, std::uint32_t size) {
        return T(reinterpret_cast<const char*>(at), size);
    }
};

template <>
struct codec<std::string> : text_codec<std::string> {};
template <>
struct codec<std::string_view> : text_codec<std::string_view> {};
template <>
struct codec<ascii> : text_codec<ascii> {
    static constexpr void describe(constant_text& to) { to.add("ascii"); }
};

template <typename T>
concept byte_type = std::same_as<T, std::byte> || std::same_as<T, unsigned char>;

template <byte_type Byte>
struct codec<std::vector<Byte>> : bytes_codec<std::vector<Byte>> {
    static constexpr void describe(constant_text& to) { to.add("blob"); }
    static std::vector<Byte> read(const std::byte* at, std::uint32_t size) {
        const auto* first = reinterpret_cast<const Byte*>(at);
        return {first, first + size};
    }
};

template <byte_type Byte>
struct codec<std::span<const Byte>> : bytes_codec<std::span<const Byte>> {
    static constexpr void describe(constant_text& to) { to.add("blob"); }
    static std::span<const Byte> read(const std::byte* at, std::uint32_t size) {
        return {reinterpret_cast<const Byte*>(at), size};
    }
};

}  // namespace detail

}  // namespace nacre
