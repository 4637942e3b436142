#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace nacre::protocol {

/// The protocol versions that are spoken, ordered.
enum class version : std::uint8_t { v3 = 3, v4 = 4, v5 = 5 };

inline constexpr version version_min = version::v3;
inline constexpr version version_max = version::v5;

/// What SUPPORTED and error messages list.
inline constexpr const char* supported_versions[] = {"3/v3", "4/v4", "5/v5"};

[[nodiscard]] inline std::optional<version> known_version(std::uint8_t number) {
    if (number < static_cast<std::uint8_t>(version_min)) return std::nullopt;
    if (number > static_cast<std::uint8_t>(version_max)) return std::nullopt;
    return static_cast<version>(number);
}

/// Drivers look for this wording when they try a lower version.
[[nodiscard]] inline std::string unsupported_version_message(std::uint8_t number) {
    return fmt::format("Invalid or unsupported protocol version ({}); supported versions are ({})",
                       number, fmt::join(supported_versions, ", "));
}

}  // namespace nacre::protocol
