#include "types/inet.h"

#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace nacre::types {

namespace {

constexpr bytes_view mapped_prefix("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
constexpr std::size_t ipv4_text_max = 15;

// Up to four numbers, of which the last fills all bytes that remain: 1.2 is 1.0.0.2.
std::optional<bytes> parse_ipv4(std::string_view text) {
    if (text.empty() || text.size() > ipv4_text_max) return std::nullopt;
    std::uint64_t address = 0;
    for (int bytes_left = 4;;) {
        const std::size_t point = text.find('.');
        const std::string_view digits = text.substr(0, point);
        std::uint64_t number = 0;
        const auto* end = digits.data() + digits.size();
        const auto [stop, failed] = std::from_chars(digits.data(), end, number);
        if (failed != std::errc() || stop != end) return std::nullopt;
        if (point == std::string_view::npos) {
            if (number >> (8 * bytes_left) != 0) return std::nullopt;
            address = address << (8 * bytes_left) | number;
            return to_big_endian(static_cast<std::uint32_t>(address));
        }
        if (number > 0xff || --bytes_left == 0) return std::nullopt;
        address = address << 8 | number;
        text.remove_prefix(point + 1);
    }
}

std::optional<bytes> parse_ipv6(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    // A zone is no part of the address.
    if (const auto percent = text.find('%'); percent != std::string_view::npos) {
        const auto zone = text.substr(percent + 1);
        const bool is_number =
            !zone.empty() && zone.find_first_not_of("0123456789") == std::string_view::npos;
        if (!is_number) return std::nullopt;
        text = text.substr(0, percent);
    }
    char raw[sizeof(in6_addr)];
    if (inet_pton(AF_INET6, std::string(text).c_str(), raw) != 1) return std::nullopt;
    const bytes_view address(raw, sizeof(raw));
    if (address.starts_with(mapped_prefix)) return bytes(address.substr(mapped_prefix.size()));
    return bytes(address);
}

}  // namespace

std::optional<bytes> parse_inet(std::string_view text) {
    if (text.contains('\0')) return std::nullopt;
    auto short_form = parse_ipv4(text);
    return short_form ? short_form : parse_ipv6(text);
}

std::string inet_to_text(bytes_view address) {
    if (address.starts_with(mapped_prefix)) address.remove_prefix(mapped_prefix.size());
    std::string text;
    if (address.size() == sizeof(in_addr)) {
        for (const char byte : address) {
            text += fmt::format("{}{}", text.empty() ? "" : ".", static_cast<unsigned char>(byte));
        }
        return text;
    }
    // Every group, as Java has it; a run of zeros is not shortened.
    for (std::size_t i = 0; i + 1 < address.size(); i += 2) {
        text += fmt::format("{}{:x}", i == 0 ? "" : ":",
                            load_big_endian<std::uint16_t>(address.data() + i));
    }
    return text;
}

}  // namespace nacre::types
