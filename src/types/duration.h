#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::types {

/// CQL's duration: months, days and nanoseconds, which do not convert into each other; all three
/// have the same sign. Value type.
struct duration {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t nanoseconds = 0;
    bool operator==(const duration&) const = default;
};

/// Whether `value` is a well-formed duration; the error is 0x2200 in Cassandra's words.
[[nodiscard]] result<duration> parse_serialised_duration(bytes_view value);
[[nodiscard]] bytes serialise_duration(const duration& value);

/// "1y2mo3w4d5h6m7s8ms9us10ns", "P1Y2M3DT4H5M6S", "P3W", "P0001-02-03T04:05:06", each with an
/// optional leading minus.
[[nodiscard]] result<duration> parse_duration(std::string_view text);
/// The first of these forms, "0ns" for none.
[[nodiscard]] std::string to_text(const duration& value);

}  // namespace nacre::types
