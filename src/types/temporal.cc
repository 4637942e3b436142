#include "types/temporal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace nacre::types {

namespace {

struct civil {
    std::int64_t year;
    std::uint32_t month;
    std::uint32_t day;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

// Years are counted from March, so that the leap day is a year's last, in eras of 400 years.
civil civil_from_days(std::int64_t days) {
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = floor_divide(shifted, 146'097);
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t march_month = (5 * day_of_year + 2) / 153;
    const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), static_cast<std::uint32_t>(month),
            static_cast<std::uint32_t>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

std::uint32_t days_in_month(std::int64_t year, std::uint32_t month) {
    constexpr std::array<std::uint32_t, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days.at(month - 1);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// Reads a text from left to right; every take says whether the text had it.
class scanner {
  public:
    explicit scanner(std::string_view text) : _rest(text) {}
    [[nodiscard]] bool at_end() const { return _rest.empty(); }
    [[nodiscard]] std::string_view rest() const { return _rest; }
    bool take(char c) {
        if (!_rest.starts_with(c)) return false;
        _rest.remove_prefix(1);
        return true;
    }
    std::optional<std::int64_t> take_digits(std::size_t least, std::size_t most) {
        std::size_t count = 0;
        while (count < most && count < _rest.size() && is_digit(_rest[count])) ++count;
        if (count < least) return std::nullopt;
        std::int64_t value = 0;
        std::from_chars(_rest.data(), _rest.data() + count, value);
        _rest.remove_prefix(count);
        return value;
    }
    /// Up to 9 digits after the point, as nanoseconds.
    std::int64_t take_fraction() {
        const std::size_t before = _rest.size();
        std::int64_t value = take_digits(0, 9).value_or(0);
        for (std::size_t digits = before - _rest.size(); digits < 9; ++digits) value *= 10;
        return value;
    }

  private:
    std::string_view _rest;
};

/// Whether a day past the end of its month is refused or taken for the month's last.
enum class day_rule : std::uint8_t { strict, clamped };

/// Days since the epoch.
std::optional<std::int64_t> take_date(scanner& in, std::size_t year_digits_max, day_rule rule) {
    const bool signed_years = year_digits_max > 4;
    const bool negative = in.take('-');
    const bool positive = signed_years && !negative && in.take('+');
    // A year of more than four digits has a sign, one of four no plus.
    const auto year = in.take_digits(positive ? 5 : 4, negative || positive ? year_digits_max : 4);
    if (!year || !in.take('-')) return std::nullopt;
    const auto month = in.take_digits(2, 2);
    if (!month || !in.take('-')) return std::nullopt;
    const auto day = in.take_digits(2, 2);
    if (!day || *month < 1 || *month > 12) return std::nullopt;
    const std::int64_t signed_year = negative ? -*year : *year;
    const auto m = static_cast<std::uint32_t>(*month);
    const std::int64_t last = days_in_month(signed_year, m);
    if (*day < 1 || *day > (rule == day_rule::strict ? last : 31)) return std::nullopt;
    return days_from_civil(signed_year, m, static_cast<std::uint32_t>(std::min(*day, last)));
}

enum class seconds_field : std::uint8_t { optional, required };

/// hh:mm[:ss[.fraction]] as nanoseconds since midnight.
std::optional<std::int64_t> take_time_of_day(scanner& in, seconds_field seconds_wanted) {
    const bool is_time = seconds_wanted == seconds_field::required;
    const auto hour = in.take_digits(1, is_time ? 9 : 2);
    if (!hour || *hour > (is_time ? 23 : 24) || !in.take(':')) return std::nullopt;
    const auto minute = in.take_digits(1, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t seconds = *hour * 3600 + *minute * 60;
    if (!in.take(':')) {
        if (seconds_wanted == seconds_field::required) return std::nullopt;
        return seconds * 1'000'000'000;
    }
    const auto second = in.take_digits(1, 2);
    if (!second || *second > 59) return std::nullopt;
    seconds += *second;
    if (!in.take('.')) return seconds * 1'000'000'000;
    if (in.at_end() || !is_digit(in.rest()[0])) return std::nullopt;
    return seconds * 1'000'000'000 + in.take_fraction();
}

struct zone_name {
    std::string_view name;
    int offset_minutes;
};
// The names that Java's general time-zone pattern knows and that mean one offset.
constexpr std::array zone_names = {
    zone_name{"UTC", 0},     zone_name{"GMT", 0},     zone_name{"UT", 0},
    zone_name{"WET", 0},     zone_name{"WEST", 60},   zone_name{"BST", 60},
    zone_name{"CET", 60},    zone_name{"CEST", 120},  zone_name{"EET", 120},
    zone_name{"EEST", 180},  zone_name{"MSK", 180},   zone_name{"IST", 330},
    zone_name{"JST", 540},   zone_name{"EST", -300},  zone_name{"EDT", -240},
    zone_name{"CST", -360},  zone_name{"CDT", -300},  zone_name{"MST", -420},
    zone_name{"MDT", -360},  zone_name{"PST", -480},  zone_name{"PDT", -420},
    zone_name{"AKST", -540}, zone_name{"AKDT", -480}, zone_name{"HST", -600},
};

/// The rest of the text as a zone: minutes east of UTC.
std::optional<std::int64_t> parse_zone(scanner in) {
    in.take(' ');
    const bool east = in.rest().starts_with('+');
    if (east || in.rest().starts_with('-')) {
        in.take(in.rest()[0]);
        const auto hours = in.take_digits(2, 2);
        if (!hours) return std::nullopt;
        std::int64_t minutes = 0;
        if (!in.at_end()) {
            in.take(':');
            const auto m = in.take_digits(2, 2);
            if (!m || *m > 59 || !in.at_end()) return std::nullopt;
            minutes = *m;
        }
        minutes += *hours * 60;
        constexpr std::int64_t minutes_max = 18 * 60;
        if (minutes > minutes_max) return std::nullopt;
        return east ? minutes : -minutes;
    }
    if (in.rest() == "Z") return 0;
    const auto found = std::ranges::find(zone_names, in.rest(), &zone_name::name);
    if (found == zone_names.end()) return std::nullopt;
    return found->offset_minutes;
}

}  // namespace

std::int64_t days_from_civil(std::int64_t year, std::uint32_t month, std::uint32_t day) {
    const std::int64_t march_year = month <= 2 ? year - 1 : year;
    const std::int64_t era = floor_divide(march_year, 400);
    const std::int64_t year_of_era = march_year - era * 400;
    const std::int64_t march_month = month > 2 ? month - 3 : month + 9;
    const std::int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

std::int64_t add_months(std::int64_t days, std::int64_t months) {
    const civil from = civil_from_days(days);
    const std::int64_t total = from.year * 12 + from.month - 1 + months;
    const std::int64_t year = floor_divide(total, 12);
    const auto month = static_cast<std::uint32_t>(total - year * 12 + 1);
    return days_from_civil(year, month, std::min(from.day, days_in_month(year, month)));
}

result<std::uint32_t> parse_date(std::string_view text) {
    if (all_digits(text.starts_with('-') ? text.substr(1) : text)) {
        std::uint32_t stored = 0;
        const auto failed = std::from_chars(text.data(), text.data() + text.size(), stored).ec;
        if (failed == std::errc()) return stored;
        return invalid("Unable to make unsigned int (for date) from: '{}'", text);
    }
    scanner in(text);
    const auto days = take_date(in, 7, day_rule::strict);
    if (!days || !in.at_end()) {
        return invalid("Unable to coerce '{}' to a formatted date (long)", text);
    }
    const std::int64_t stored = *days + date_epoch_offset_days;
    if (stored < 0) {
        return invalid("Input date {} is less than min supported date {}T00:00Z", text,
                       date_to_text(0));
    }
    if (stored > 0xffffffff) {
        return invalid("Input date {} is greater than max supported date {}T00:00Z", text,
                       date_to_text(0xffffffff));
    }
    return static_cast<std::uint32_t>(stored);
}

std::string date_to_text(std::uint32_t stored) {
    const auto c = civil_from_days(std::int64_t{stored} - date_epoch_offset_days);
    const char* sign = c.year < 0 ? "-" : c.year > 9999 ? "+" : "";
    return fmt::format("{}{:04}-{:02}-{:02}", sign, std::abs(c.year), c.month, c.day);
}

result<std::int64_t> parse_time(std::string_view text) {
    if (all_digits(text.starts_with('-') ? text.substr(1) : text)) {
        std::int64_t nanoseconds = 0;
        const auto failed = std::from_chars(text.data(), text.data() + text.size(), nanoseconds).ec;
        if (failed == std::errc() && nanoseconds >= 0 && nanoseconds < nanoseconds_per_day) {
            return nanoseconds;
        }
        return invalid("Unable to make long (for time) from: '{}'", text);
    }
    std::string_view trimmed = text;
    while (trimmed.starts_with(' ')) trimmed.remove_prefix(1);
    while (trimmed.ends_with(' ')) trimmed.remove_suffix(1);
    scanner in(trimmed);
    const auto nanoseconds = take_time_of_day(in, seconds_field::required);
    if (!nanoseconds || !in.at_end()) {
        return invalid("(TimeType) Unable to coerce '{}' to a formatted time (long)", text);
    }
    return *nanoseconds;
}

std::string time_to_text(std::int64_t nanoseconds) {
    const std::int64_t seconds = floor_divide(nanoseconds, 1'000'000'000);
    return fmt::format("{:02}:{:02}:{:02}.{:09}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                       nanoseconds - seconds * 1'000'000'000);
}

result<std::int64_t> parse_timestamp(std::string_view text) {
    const auto failure = [&] { return invalid("Unable to parse a date/time from '{}'", text); };
    if (all_digits(text.starts_with('-') ? text.substr(1) : text)) {
        std::int64_t milliseconds = 0;
        const auto failed =
            std::from_chars(text.data(), text.data() + text.size(), milliseconds).ec;
        if (failed == std::errc()) return milliseconds;
        return invalid("Unable to make long (for date) from: '{}'", text);
    }
    if (text.size() == 3 && (text[0] | 0x20) == 'n' && (text[1] | 0x20) == 'o' &&
        (text[2] | 0x20) == 'w') {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
    scanner in(text);
    const auto days = take_date(in, 4, day_rule::clamped);
    if (!days) return failure();
    std::int64_t milliseconds = *days * milliseconds_per_day;
    const bool has_time = in.rest().size() > 1 && (in.rest()[0] == ' ' || in.rest()[0] == 'T') &&
                          is_digit(in.rest()[1]);
    if (has_time) {
        in.take(in.rest()[0]);
        const auto nanoseconds = take_time_of_day(in, seconds_field::optional);
        // 24:00 is the day's end; nothing is later.
        if (!nanoseconds || *nanoseconds > nanoseconds_per_day) return failure();
        milliseconds += *nanoseconds / 1'000'000;
    }
    if (in.at_end()) return milliseconds;
    const auto offset = parse_zone(in);
    if (!offset) return failure();
    return milliseconds - *offset * 60'000;
}

std::string timestamp_to_text(std::int64_t milliseconds) {
    const std::int64_t days = floor_divide(milliseconds, milliseconds_per_day);
    // Not milliseconds - days * milliseconds_per_day: the first day begins before what 64 bits
    // hold.
    std::int64_t of_day = milliseconds % milliseconds_per_day;
    if (of_day < 0) of_day += milliseconds_per_day;
    const auto c = civil_from_days(days);
    return fmt::format("{}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year < 0 ? "-" : "",
                       std::abs(c.year), c.month, c.day, of_day / 3'600'000, of_day / 60'000 % 60,
                       of_day / 1'000 % 60, of_day % 1'000);
}

}  // namespace nacre::types
