#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

/// Text forms of CQL's date, time and timestamp, all in the proleptic Gregorian calendar and UTC.
namespace nacre::types {

inline constexpr std::int64_t milliseconds_per_day = 86'400'000;
inline constexpr std::int64_t nanoseconds_per_day = 86'400'000'000'000;
/// A date is stored as unsigned days with the epoch (1970-01-01) in the middle.
inline constexpr std::int64_t date_epoch_offset_days = std::int64_t{1} << 31;

/// Days since the epoch of a day in the calendar; the caller has checked month and day.
[[nodiscard]] std::int64_t days_from_civil(std::int64_t year, std::uint32_t month,
                                           std::uint32_t day);

/// The day `months` later (or earlier) in the calendar; the 31st of a shorter month is its last
/// day.
[[nodiscard]] std::int64_t add_months(std::int64_t days, std::int64_t months);

/// "2015-05-03", or the stored number itself; the result is as stored.
[[nodiscard]] result<std::uint32_t> parse_date(std::string_view text);
[[nodiscard]] std::string date_to_text(std::uint32_t stored);

/// "08:12:54.123456789" (fraction and leading zeros optional), or nanoseconds since midnight.
[[nodiscard]] result<std::int64_t> parse_time(std::string_view text);
[[nodiscard]] std::string time_to_text(std::int64_t nanoseconds);

/// Milliseconds since the epoch, as a number or as any of Cassandra's patterns: a date, then
/// optionally a time to minutes, seconds or a fraction (after a blank or a T), then optionally a
/// zone (Z, +hh, +hhmm, +hh:mm or an abbreviation such as UTC or PST). Without a zone: UTC. As in
/// Cassandra, the 31st of a shorter month is its last day.
[[nodiscard]] result<std::int64_t> parse_timestamp(std::string_view text);
/// "2011-02-03T04:05:00.000Z"
[[nodiscard]] std::string timestamp_to_text(std::int64_t milliseconds);

}  // namespace nacre::types
