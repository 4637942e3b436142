#include "function/time_arithmetic.h"

#include "function/column_function.h"
#include "types/duration.h"
#include "types/temporal.h"

namespace nacre::function {

namespace {

// Some billions of years: wide enough for any timestamp, narrow enough never to overflow here.
constexpr std::int64_t days_max = 200'000'000'000;

result<std::int64_t> shift_timestamp(std::int64_t milliseconds, const types::duration& by) {
    std::int64_t days = milliseconds / types::milliseconds_per_day;
    std::int64_t of_day = milliseconds % types::milliseconds_per_day;
    if (of_day < 0) {
        of_day += types::milliseconds_per_day;
        --days;
    }
    days = types::add_months(days, by.months) + by.days;
    if (days > days_max || days < -days_max) return invalid("the time is out of range");
    __int128 moved = static_cast<__int128>(days) * types::milliseconds_per_day + of_day;
    moved += by.nanoseconds / 1'000'000;
    const auto narrow = static_cast<std::int64_t>(moved);
    if (narrow != moved) return invalid("the time is out of range");
    return narrow;
}

result<std::uint32_t> shift_date(std::uint32_t stored, const types::duration& by) {
    if (by.nanoseconds != 0) {
        return invalid("The duration must have a day precision. Was: {}", types::to_text(by));
    }
    const std::int64_t days =
        types::add_months(std::int64_t{stored} - types::date_epoch_offset_days, by.months) +
        by.days + types::date_epoch_offset_days;
    if (days < 0 || days > 0xffffffff) return invalid("the date is out of range");
    return static_cast<std::uint32_t>(days);
}

types::duration opposite(const types::duration& value) {
    // Through unsigned numbers: the least has no opposite and stays itself.
    const auto negated = [](auto v) {
        using native = decltype(v);
        return static_cast<native>(-static_cast<std::uint64_t>(v));
    };
    return {negated(value.months), negated(value.days), negated(value.nanoseconds)};
}

}  // namespace

status shift_times(const data::column_vector& times, const data::column_vector& durations,
                   time_direction direction, std::span<const std::uint32_t> rows,
                   data::column_vector& out) {
    for (const std::uint32_t row : rows) {
        if (is_absent(times, row) || is_absent(durations, row)) {
            out.append_null();
            continue;
        }
        NACRE_TRY(auto by, types::parse_serialised_duration(durations.view(row)));
        if (direction == time_direction::earlier) by = opposite(by);
        if (times.type()->kind() == types::type_kind::timestamp) {
            NACRE_TRY(const auto moved, shift_timestamp(times.native<std::int64_t>()[row], by));
            out.append_native(moved);
        } else {
            NACRE_TRY(const auto moved, shift_date(times.native<std::uint32_t>()[row], by));
            out.append_native(moved);
        }
    }
    return {};
}

}  // namespace nacre::function
