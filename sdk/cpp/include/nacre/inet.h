#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "nacre/detail/codec.h"
#include "nacre/detail/text_parts.h"
#include "nacre/uuid.h"

namespace nacre {

/// A value of type inet: an address of IPv4, of 4 bytes, or of IPv6, of 16.
class inet {
  public:
    /// 0.0.0.0
    constexpr inet() = default;
    static constexpr inet v4(std::array<std::uint8_t, 4> bytes) {
        inet made;
        for (std::size_t i = 0; i < 4; ++i) made._bytes[i] = bytes[i];
        return made;
    }
    static constexpr inet v6(const std::array<std::uint8_t, 16>& bytes) {
        inet made;
        made._bytes = bytes;
        made._size = 16;
        return made;
    }

    [[nodiscard]] constexpr bool is_v6() const { return _size == 16; }
    [[nodiscard]] constexpr std::size_t size() const { return _size; }
    [[nodiscard]] constexpr std::uint8_t* data() { return _bytes.data(); }
    [[nodiscard]] constexpr const std::uint8_t* data() const { return _bytes.data(); }
    constexpr std::uint8_t& operator[](std::size_t i) { return _bytes[i]; }
    constexpr std::uint8_t operator[](std::size_t i) const { return _bytes[i]; }

    /// "192.168.0.1"; "2001:db8::1", the longest run of zeros left out (RFC 5952).
    [[nodiscard]] std::string to_string() const;
    /// Null if the text is no address. The digits of IPv6 may end in an address of IPv4.
    static std::optional<inet> parse(std::string_view text);

    friend constexpr bool operator==(const inet&, const inet&) = default;
    friend constexpr std::strong_ordering operator<=>(const inet& a, const inet& b) {
        for (std::size_t i = 0; i < a._size && i < b._size; ++i) {
            if (a._bytes[i] != b._bytes[i]) return a._bytes[i] <=> b._bytes[i];
        }
        return a._size <=> b._size;
    }

  private:
    [[nodiscard]] constexpr unsigned group(std::size_t i) const {
        return static_cast<unsigned>(_bytes[2 * i] << 8 | _bytes[2 * i + 1]);
    }
    static std::optional<inet> parse_v4(std::string_view text);
    static std::optional<inet> parse_v6(std::string_view text);

    std::array<std::uint8_t, 16> _bytes{};
    std::uint8_t _size = 4;
};

inline std::string inet::to_string() const {
    std::string text;
    if (!is_v6()) {
        for (std::size_t i = 0; i < 4; ++i) {
            if (i != 0) text += '.';
            detail::append_part(text, static_cast<unsigned>(_bytes[i]));
        }
        return text;
    }
    // The first of the longest runs of two groups or more.
    std::size_t run = 8;
    std::size_t run_size = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t size = 0;
        while (i + size < 8 && group(i + size) == 0) ++size;
        if (size > run_size) {
            run = i;
            run_size = size;
        }
    }
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == run) {
            text += "::";
            i += run_size - 1;
            continue;
        }
        if (i != 0 && text.back() != ':') text += ':';
        bool begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const auto digit = group(i) >> shift & 15;
            begun = begun || digit != 0 || shift == 0;
            if (begun) text += "0123456789abcdef"[digit];
        }
    }
    return text;
}

inline std::optional<inet> inet::parse(std::string_view text) {
    return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text);
}

inline std::optional<inet> inet::parse_v4(std::string_view text) {
    inet made;
    for (std::size_t i = 0; i < 4; ++i) {
        unsigned part = 0;
        std::size_t digits = 0;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 3) {
            part = part * 10 + static_cast<unsigned>(text.front() - '0');
            text.remove_prefix(1);
            ++digits;
        }
        if (digits == 0 || part > 255) return std::nullopt;
        made._bytes[i] = static_cast<std::uint8_t>(part);
        if (i == 3) break;
        if (text.empty() || text.front() != '.') return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.empty()) return std::nullopt;
    return made;
}

inline std::optional<inet> inet::parse_v6(std::string_view text) {
    inet made = v6({});
    std::size_t count = 0;     // bytes so far
    std::size_t gap = 16 + 1;  // where "::" stands
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        if (count == 16) return std::nullopt;
        const auto part = text.substr(0, text.find(':'));
        if (part.find('.') != std::string_view::npos) {
            const auto last = parse_v4(part);
            if (!last || part.size() != text.size() || count > 12) return std::nullopt;
            for (std::size_t i = 0; i < 4; ++i) made._bytes[count++] = last->_bytes[i];
            break;
        }
        if (part.empty() || part.size() > 4) return std::nullopt;
        unsigned group = 0;
        for (const char c : part) {
            const int digit = detail::hex_digit(c);
            if (digit < 0) return std::nullopt;
            group = group * 16 + static_cast<unsigned>(digit);
        }
        made._bytes[count++] = static_cast<std::uint8_t>(group >> 8);
        made._bytes[count++] = static_cast<std::uint8_t>(group);
        text.remove_prefix(part.size());
        if (text.empty()) break;
        text.remove_prefix(1);
        if (text.empty()) return std::nullopt;
        if (text.front() == ':') {
            if (gap <= 16) return std::nullopt;
            gap = count;
            text.remove_prefix(1);
        }
    }
    if (gap > 16) return count == 16 ? std::optional(made) : std::nullopt;
    if (count > 14) return std::nullopt;
    const auto behind = count - gap;
    for (std::size_t i = 0; i < behind; ++i) {
        made._bytes[15 - i] = made._bytes[count - 1 - i];
    }
    for (std::size_t i = gap; i < 16 - behind; ++i) made._bytes[i] = 0;
    return made;
}

namespace detail {

template <>
struct codec<inet> : sized_codec {
    static constexpr bool empty_is_null = true;
    static constexpr void describe(constant_text& to) { to.add("inet"); }
    static inet read(const std::byte* at, std::uint32_t size) {
        inet made = size == 16 ? inet::v6({}) : inet();
        std::memcpy(made.data(), at, made.size());
        return made;
    }
    static std::uint32_t size(const inet& address) {
        return static_cast<std::uint32_t>(address.size());
    }
    static std::byte* write(std::byte* to, const inet& address) {
        std::memcpy(to, address.data(), address.size());
        return to + address.size();
    }
};

}  // namespace detail

}  // namespace nacre
