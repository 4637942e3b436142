#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nacre {

/// An owned run of octets. `std::string` is the representation because its comparison is unsigned
/// and bytewise, it keeps short values inline, and RocksDB takes it without a copy. Never
/// NUL-terminated text: text is UTF-8 inside `bytes`, checked where it enters.
using bytes = std::string;

/// Borrowed octets. Nothing borrowed survives a suspension unless its owner is named.
using bytes_view = std::string_view;

/// A serialised CQL value as the native protocol's [value]: absent means null; present and of size
/// zero means the *empty* value, which is a different thing.
using optional_bytes = std::optional<bytes>;

/// Appends `value` big-endian, the byte order of the native protocol and of CQL values.
template <typename Integer>
inline void append_big_endian(bytes& out, Integer value) {
    static_assert(std::is_integral_v<Integer>);
    using raw = std::make_unsigned_t<Integer>;
    auto bits = static_cast<raw>(value);
    char buffer[sizeof(raw)];
    for (std::size_t i = 0; i < sizeof(raw); ++i) {
        buffer[sizeof(raw) - 1 - i] = static_cast<char>(bits & 0xff);
        if constexpr (sizeof(raw) > 1) bits = static_cast<raw>(bits >> 8);
    }
    out.append(buffer, sizeof(raw));
}

/// Reads a big-endian integer at `data`; the caller has checked that sizeof(Integer) bytes are
/// there.
template <typename Integer>
[[nodiscard]] inline Integer load_big_endian(const char* data) {
    static_assert(std::is_integral_v<Integer>);
    using raw = std::make_unsigned_t<Integer>;
    raw bits;
    std::memcpy(&bits, data, sizeof(raw));
    if constexpr (sizeof(raw) == 2) bits = __builtin_bswap16(bits);
    if constexpr (sizeof(raw) == 4) bits = __builtin_bswap32(bits);
    if constexpr (sizeof(raw) == 8) bits = __builtin_bswap64(bits);
    return static_cast<Integer>(bits);
}

template <typename Integer>
[[nodiscard]] inline bytes to_big_endian(Integer value) {
    bytes out;
    append_big_endian(out, value);
    return out;
}

/// Lower-case hexadecimal without a prefix.
[[nodiscard]] bytes to_hex(bytes_view data);

/// The reverse; either case, an even number of digits. Empty optional if it is not hexadecimal.
[[nodiscard]] std::optional<bytes> from_hex(std::string_view text);

}  // namespace nacre
