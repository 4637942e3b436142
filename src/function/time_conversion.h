#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "types/type.h"

/// Between the types that name a point in time: timeuuid, timestamp and date.
namespace nacre::function {

// 100-nanosecond intervals between the start of UUID time (1582-10-15) and the Unix epoch.
inline constexpr std::int64_t uuid_epoch_ticks = 0x01b21dd213814000;
inline constexpr std::int64_t ticks_per_millisecond = 10'000;

/// Since the Unix epoch, rounded down. `id` has 16 bytes.
[[nodiscard]] std::int64_t milliseconds_of_uuid(bytes_view id);
/// As stored, offset included.
[[nodiscard]] std::int32_t date_of_milliseconds(std::int64_t milliseconds);
[[nodiscard]] std::int64_t milliseconds_of_date(std::int32_t stored);
/// Of a serialised value, not empty, of one of the three types.
[[nodiscard]] std::int64_t milliseconds_of(types::type_kind kind, bytes_view value);

}  // namespace nacre::function
