#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nacre/detail/codec.h"

namespace nacre {

namespace detail {

constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace detail

/// A value of type uuid. Its order is CQL's: by version, those of version 1 by time.
struct uuid {
    std::array<std::uint8_t, 16> bytes{};

    /// The first and the last eight bytes as numbers.
    [[nodiscard]] constexpr std::uint64_t high() const { return word(0); }
    [[nodiscard]] constexpr std::uint64_t low() const { return word(8); }
    static constexpr uuid of(std::uint64_t high, std::uint64_t low) {
        uuid made;
        for (std::size_t i = 0; i < 8; ++i) {
            made.bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
            made.bytes[i + 8] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
        }
        return made;
    }

    [[nodiscard]] constexpr int version() const { return bytes[6] >> 4; }
    /// Of version 1: how many times 100 ns have passed since 1582-10-15, 60 bits.
    [[nodiscard]] constexpr std::uint64_t ticks() const {
        return (high() << 48 | (high() << 16 & 0xffff00000000) | high() >> 32) & 0x0fffffffffffffff;
    }

    /// "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    [[nodiscard]] std::string to_string() const {
        constexpr char digits[] = "0123456789abcdef";
        std::string text;
        text.reserve(36);
        for (std::size_t i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
            text += digits[bytes[i] >> 4];
            text += digits[bytes[i] & 15];
        }
        return text;
    }
    /// Null if the text is not of that form.
    static constexpr std::optional<uuid> parse(std::string_view text) {
        if (text.size() != 36) return std::nullopt;
        uuid made;
        std::size_t at = 0;
        for (std::size_t i = 0; i < 16; ++i) {
            if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') return std::nullopt;
            const int high = detail::hex_digit(text[at]);
            const int low = detail::hex_digit(text[at + 1]);
            if (high < 0 || low < 0) return std::nullopt;
            made.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
            at += 2;
        }
        return made;
    }

    friend constexpr bool operator==(const uuid&, const uuid&) = default;
    friend constexpr std::strong_ordering operator<=>(const uuid& a, const uuid& b) {
        if (const auto order = a.version() <=> b.version(); order != 0) return order;
        if (a.version() == 1) {
            if (const auto order = a.ticks() <=> b.ticks(); order != 0) return order;
            return a.low() <=> b.low();
        }
        if (const auto order = a.high() <=> b.high(); order != 0) return order;
        return a.low() <=> b.low();
    }

  private:
    [[nodiscard]] constexpr std::uint64_t word(std::size_t from) const {
        std::uint64_t made = 0;
        for (std::size_t i = 0; i < 8; ++i) made = made << 8 | bytes[from + i];
        return made;
    }
};

/// A value of type timeuuid: of version 1, which the server checks. Ordered by time.
struct timeuuid : uuid {
    constexpr timeuuid() = default;
    constexpr timeuuid(const uuid& any) : uuid(any) {}  // NOLINT: the same bytes

    /// Rounded down.
    [[nodiscard]] std::chrono::sys_time<std::chrono::milliseconds> time() const {
        constexpr std::int64_t ticks_until_1970 = 0x01b21dd213814000;
        constexpr std::int64_t ticks_per_ms = 10'000;
        const auto since = static_cast<std::int64_t>(ticks()) - ticks_until_1970;
        const auto ms = since / ticks_per_ms - (since % ticks_per_ms < 0 ? 1 : 0);
        return std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms));
    }

    friend constexpr bool operator==(const timeuuid&, const timeuuid&) = default;
    friend constexpr std::strong_ordering operator<=>(const timeuuid& a, const timeuuid& b) {
        if (const auto order = a.ticks() <=> b.ticks(); order != 0) return order;
        // The other half is ordered by signed bytes, as Cassandra always did.
        constexpr std::uint64_t signs = 0x8080808080808080;
        return (a.low() ^ signs) <=> (b.low() ^ signs);
    }
};

namespace detail {

template <typename T>
struct uuid_codec : sized_codec {
    static constexpr std::size_t width = 16;
    static constexpr bool empty_is_null = true;
    static T read(const std::byte* at, std::uint32_t /*size*/) {
        uuid made;
        std::memcpy(made.bytes.data(), at, width);
        return made;
    }
    static constexpr std::uint32_t size(const T& /*value*/) { return width; }
    static std::byte* write(std::byte* to, const T& value) {
        std::memcpy(to, value.bytes.data(), width);
        return to + width;
    }
};

template <>
struct codec<uuid> : uuid_codec<uuid> {
    static constexpr void describe(constant_text& to) { to.add("uuid"); }
};
template <>
struct codec<timeuuid> : uuid_codec<timeuuid> {
    static constexpr void describe(constant_text& to) { to.add("timeuuid"); }
};

}  // namespace detail

}  // namespace nacre

template <>
struct std::hash<nacre::uuid> {
    std::size_t operator()(const nacre::uuid& id) const noexcept {
        return static_cast<std::size_t>((id.high() ^ id.low() * 0x9e3779b97f4a7c15) >> 16);
    }
};
template <>
struct std::hash<nacre::timeuuid> : std::hash<nacre::uuid> {};
