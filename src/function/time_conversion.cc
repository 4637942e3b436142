#include "function/time_conversion.h"

#include "types/temporal.h"

namespace nacre::function {

std::int64_t milliseconds_of_uuid(bytes_view id) {
    const auto low = load_big_endian<std::uint32_t>(id.data());
    const auto middle = load_big_endian<std::uint16_t>(id.data() + 4);
    const auto high = load_big_endian<std::uint16_t>(id.data() + 6) & 0x0fff;
    const std::int64_t ticks =
        static_cast<std::int64_t>(high) << 48 | static_cast<std::int64_t>(middle) << 32 | low;
    const std::int64_t since_epoch = ticks - uuid_epoch_ticks;
    return since_epoch / ticks_per_millisecond - (since_epoch % ticks_per_millisecond < 0 ? 1 : 0);
}

std::int32_t date_of_milliseconds(std::int64_t milliseconds) {
    // Towards zero, as in Cassandra: the last day before 1970 is 1970-01-01 as well.
    const std::int64_t days = milliseconds / types::milliseconds_per_day;
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(days + types::date_epoch_offset_days));
}

std::int64_t milliseconds_of_date(std::int32_t stored) {
    const auto raw = static_cast<std::int64_t>(static_cast<std::uint32_t>(stored));
    return (raw - types::date_epoch_offset_days) * types::milliseconds_per_day;
}

std::int64_t milliseconds_of(types::type_kind kind, bytes_view value) {
    if (kind == types::type_kind::timeuuid) return milliseconds_of_uuid(value);
    if (kind == types::type_kind::timestamp) return load_big_endian<std::int64_t>(value.data());
    return milliseconds_of_date(load_big_endian<std::int32_t>(value.data()));
}

}  // namespace nacre::function
