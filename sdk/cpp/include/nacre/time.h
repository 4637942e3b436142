#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "nacre/detail/codec.h"
#include "nacre/detail/vint.h"

namespace nacre {

/// A value of type date; std::chrono::year_month_day is taken as well, of the years that it has.
using date = std::chrono::sys_days;
/// A value of type time: since midnight, less than a day.
using time_of_day = std::chrono::nanoseconds;
/// A value of type timestamp, in UTC.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// A value of type duration. The parts are not made one of another, since months and days differ in
/// length; all are of one sign.
struct duration {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t nanoseconds = 0;

    friend constexpr bool operator==(const duration&, const duration&) = default;
};

namespace detail {

// Day 0 is 2^31.
constexpr std::int64_t epoch_day = std::int64_t{1} << 31;

template <>
struct codec<date> : fixed_codec<date, std::uint32_t, void> {
    static constexpr void describe(constant_text& to) { to.add("date"); }
    static date from_column(std::uint32_t value) {
        using days = std::chrono::days;
        return date(days(static_cast<days::rep>(static_cast<std::int64_t>(value) - epoch_day)));
    }
    static std::uint32_t to_column(date day) {
        return static_cast<std::uint32_t>(day.time_since_epoch().count() + epoch_day);
    }
};

template <>
struct codec<std::chrono::year_month_day> : codec<date> {
    static std::chrono::year_month_day from_column(std::uint32_t value) {
        return codec<date>::from_column(value);
    }
    static std::uint32_t to_column(std::chrono::year_month_day day) {
        if (!day.ok()) panic("a result is no date: its month or its day is out of range");
        return codec<date>::to_column(day);
    }
    static std::chrono::year_month_day read(const std::byte* at, std::uint32_t size) {
        return codec<date>::read(at, size);
    }
    static constexpr std::uint32_t size(std::chrono::year_month_day /*day*/) { return width; }
    static std::byte* write(std::byte* to, std::chrono::year_month_day day) {
        return store_big_endian(to, to_column(day));
    }
};

template <>
struct codec<time_of_day> : fixed_codec<time_of_day, std::int64_t, void> {
    static constexpr void describe(constant_text& to) { to.add("time"); }
    static std::int64_t to_column(time_of_day time) { return time.count(); }
};

template <>
struct codec<timestamp> : fixed_codec<timestamp, std::int64_t, void> {
    static constexpr void describe(constant_text& to) { to.add("timestamp"); }
    static timestamp from_column(std::int64_t value) {
        return timestamp(std::chrono::milliseconds(value));
    }
    static std::int64_t to_column(timestamp time) { return time.time_since_epoch().count(); }
};

template <>
struct codec<duration> : sized_codec {
    static constexpr bool empty_is_null = true;
    static constexpr void describe(constant_text& to) { to.add("duration"); }
    static duration read(const std::byte* at, std::uint32_t /*size*/) {
        const auto take = [&at] { return from_zigzag(take_unsigned_vint(at)); };
        const auto months = static_cast<std::int32_t>(take());
        const auto days = static_cast<std::int32_t>(take());
        return {months, days, take()};
    }
    static std::uint32_t size(const duration& d) {
        return unsigned_vint_size(zigzag(d.months)) + unsigned_vint_size(zigzag(d.days)) +
               unsigned_vint_size(zigzag(d.nanoseconds));
    }
    static std::byte* write(std::byte* to, const duration& d) {
        to = put_unsigned_vint(to, zigzag(d.months));
        to = put_unsigned_vint(to, zigzag(d.days));
        return put_unsigned_vint(to, zigzag(d.nanoseconds));
    }
};

}  // namespace detail

}  // namespace nacre
