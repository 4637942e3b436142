#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "data/column_vector.h"

namespace nacre::function {

enum class time_direction : std::uint8_t { later, earlier };

/// Appends to `out`, for each of these rows, the timestamp or date of `times` moved by the
/// duration of `durations`: first by months in the calendar (the 31st of a shorter month is its
/// last day), then by days, then by nanoseconds. Null where either is null. A date takes no part
/// of a day, and nothing may leave its type's range: 0x2200.
[[nodiscard]] status shift_times(const data::column_vector& times,
                                 const data::column_vector& durations, time_direction direction,
                                 std::span<const std::uint32_t> rows, data::column_vector& out);

}  // namespace nacre::function
