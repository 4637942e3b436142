#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

/// Texts made of parts: of text, characters, whole numbers, truth values, and what has to_string().
namespace nacre::detail {

template <typename T>
concept has_to_string = requires(const T& value) {
    { value.to_string() } -> std::convertible_to<std::string>;
};

template <typename T>
concept text_part =
    std::convertible_to<const T&, std::string_view> || std::integral<T> || has_to_string<T>;

/// Decimal digits. Room for the digits of 64 bits and a sign ends at `end`.
constexpr char* write_digits(char* end, std::uint64_t magnitude, bool is_negative) {
    do {
        *--end = static_cast<char>('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude != 0);
    if (is_negative) *--end = '-';
    return end;
}

template <text_part Part>
void append_part(std::string& text, const Part& part) {
    if constexpr (std::convertible_to<const Part&, std::string_view>) {
        text += std::string_view(part);
    } else if constexpr (std::same_as<Part, bool>) {
        text += part ? "true" : "false";
    } else if constexpr (std::same_as<Part, char>) {
        text += part;
    } else if constexpr (std::integral<Part>) {
        char digits[20];
        const bool is_negative = part < 0;
        const auto bits = static_cast<std::uint64_t>(part);
        const char* first =
            write_digits(digits + sizeof digits, is_negative ? 0 - bits : bits, is_negative);
        text.append(first, static_cast<std::size_t>(digits + sizeof digits - first));
    } else {
        text += part.to_string();
    }
}

template <text_part... Parts>
std::string text_of(const Parts&... parts) {
    std::string text;
    (append_part(text, parts), ...);
    return text;
}

}  // namespace nacre::detail
