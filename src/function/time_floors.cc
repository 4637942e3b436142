#include "function/builtins.h"
#include "function/column_function.h"
#include "function/time_arithmetic.h"
#include "function/time_conversion.h"
#include "types/duration.h"
#include "types/temporal.h"
#include "types/value.h"

// floor(time, duration[, start]): the beginning of the interval that a point in time lies in, when
// intervals of the duration follow each other from the start (the epoch, or midnight).
namespace nacre::function {

namespace {

using types::duration;
using types::type;
using types::type_kind;

bool is_negative(const duration& value) {
    return value.months < 0 || value.days < 0 || value.nanoseconds < 0;
}

error negative() {
    return invalid("Negative durations are not supported by the floor function");
}

// Months are of different lengths, so the last beginning that is not later is searched: n
// durations after the start are n times its months, then n times the rest.
result<std::int64_t> floor_by_months(std::int64_t milliseconds, const duration& by,
                                     std::int64_t start) {
    const auto beginning = [&](std::int64_t n) -> __int128 {
        std::int64_t days = start / types::milliseconds_per_day;
        std::int64_t of_day = start % types::milliseconds_per_day;
        if (of_day < 0) {
            of_day += types::milliseconds_per_day;
            --days;
        }
        days = types::add_months(days, n * by.months) + n * by.days;
        return static_cast<__int128>(days) * types::milliseconds_per_day + of_day +
               static_cast<__int128>(n) * (by.nanoseconds / 1'000'000);
    };
    // No month is shorter than 28 days.
    constexpr std::int64_t month_min = 28 * types::milliseconds_per_day;
    const auto span = static_cast<__int128>(milliseconds) - start;
    __int128 low = 0;
    __int128 high = span / (static_cast<__int128>(by.months) * month_min) + 1;
    while (low + 1 < high) {
        const auto middle = (low + high) / 2;
        (beginning(static_cast<std::int64_t>(middle)) <= milliseconds ? low : high) = middle;
    }
    return static_cast<std::int64_t>(beginning(static_cast<std::int64_t>(low)));
}

result<std::int64_t> floor_milliseconds(std::int64_t milliseconds, const duration& by,
                                        std::int64_t start) {
    if (start > milliseconds) {
        return invalid("The floor function starting time is greater than the provided time");
    }
    if (is_negative(by)) return negative();
    if (by.nanoseconds % 1'000'000 != 0) {
        return invalid(
            "The floor cannot be computed for the {} duration as precision is below 1 millisecond",
            types::to_text(by));
    }
    if (by == duration{}) return milliseconds;
    if (by.months != 0) return floor_by_months(milliseconds, by, start);
    const auto interval =
        static_cast<__int128>(by.days) * types::milliseconds_per_day + by.nanoseconds / 1'000'000;
    const auto since = static_cast<__int128>(milliseconds) - start;
    return static_cast<std::int64_t>(milliseconds - since % interval);
}

result<std::int64_t> floor_time(std::int64_t nanoseconds, const duration& by) {
    if (is_negative(by)) return negative();
    if (by.months != 0 || by.days != 0 || by.nanoseconds > types::nanoseconds_per_day) {
        return invalid(
            "For time values, the floor can only be computed for durations smaller that a day");
    }
    if (by.nanoseconds == 0) return nanoseconds;
    return nanoseconds - nanoseconds % by.nanoseconds;
}

result<optional_bytes> floor_value(const call_batch& batch, std::uint32_t row) {
    const auto kind = batch.arguments[0]->type()->kind();
    for (const auto* argument : batch.arguments) {
        if (is_absent(*argument, row)) return optional_bytes();
    }
    NACRE_TRY(const auto by, types::parse_serialised_duration(batch.arguments[1]->view(row)));
    const bytes value = *batch.arguments[0]->serialised(row);
    if (kind == type_kind::time) {
        NACRE_TRY(const auto floor, floor_time(load_big_endian<std::int64_t>(value.data()), by));
        return optional_bytes(types::serialise_integer(floor));
    }
    if (kind == type_kind::date && by.nanoseconds != 0) {
        return invalid(
            "The floor on date values cannot be computed for the {} duration as precision is below "
            "1 day",
            types::to_text(by));
    }
    std::int64_t start = 0;
    if (batch.arguments.size() == 3) {
        start = milliseconds_of(batch.arguments[2]->type()->kind(),
                                *batch.arguments[2]->serialised(row));
    }
    NACRE_TRY(const auto floor, floor_milliseconds(milliseconds_of(kind, value), by, start));
    if (kind == type_kind::date) {
        return optional_bytes(types::serialise_integer(date_of_milliseconds(floor)));
    }
    return optional_bytes(types::serialise_integer(floor));
}

status evaluate_floor(const call_batch& batch) {
    for (const std::uint32_t row : batch.rows) {
        NACRE_TRY(const auto value, floor_value(batch, row));
        batch.result.append(value);
    }
    return {};
}

}  // namespace

void add_time_floors(registry& functions) {
    const auto add = [&](type_kind value, bool with_start) {
        // A point in the time of an id is a timestamp.
        const auto point =
            type::native(value == type_kind::timeuuid ? type_kind::timestamp : value);
        std::vector<types::type_ptr> arguments = {type::native(value),
                                                  type::native(type_kind::duration)};
        if (with_start) arguments.push_back(point);
        functions.add(make_builtin("floor", std::move(arguments), point,
                                   schema::null_input::returns_null, purity::pure, evaluate_floor));
    };
    for (const auto kind : {type_kind::timestamp, type_kind::timeuuid, type_kind::date}) {
        add(kind, false);
        add(kind, true);
    }
    add(type_kind::time, false);
}

}  // namespace nacre::function
