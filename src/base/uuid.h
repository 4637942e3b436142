#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace nacre {

/// A 128-bit identifier in network byte order (RFC 4122). Value type.
struct uuid {
    std::array<std::uint8_t, 16> octets{};

    [[nodiscard]] static uuid random();
    /// A name-based (version 3, MD5) identifier, as Cassandra derives ids and schema versions.
    [[nodiscard]] static uuid from_name(bytes_view name);
    /// A time-based (version 1) identifier, unique in this process and monotonic.
    [[nodiscard]] static uuid time_based();
    /// A time-based identifier of the mirror image of now: each is smaller than the one before.
    /// Elements put before a list's first one are keyed so.
    [[nodiscard]] static uuid time_based_descending();
    [[nodiscard]] static std::optional<uuid> parse(std::string_view text);
    /// `raw` has exactly 16 bytes.
    [[nodiscard]] static uuid from_bytes(bytes_view raw);

    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bytes to_bytes() const {
        return {reinterpret_cast<const char*>(octets.data()), octets.size()};
    }
    [[nodiscard]] int version() const { return octets[6] >> 4; }

    auto operator<=>(const uuid&) const = default;
};

}  // namespace nacre

template <>
struct std::hash<nacre::uuid> {
    std::size_t operator()(const nacre::uuid& id) const noexcept {
        return std::hash<std::string_view>()(
            {reinterpret_cast<const char*>(id.octets.data()), id.octets.size()});
    }
};
