#include "types/duration.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/byte_reader.h"
#include "types/vint.h"

namespace nacre::types {

namespace {

enum class part : std::uint8_t { months, days, nanoseconds };

struct unit {
    std::string_view symbol;
    std::string_view name;
    part adds_to;
    std::int64_t factor;
};

// From the greatest to the least, the order in which a text must give them.
constexpr std::array units = {
    unit{"y", "years", part::months, 12},
    unit{"mo", "months", part::months, 1},
    unit{"w", "weeks", part::days, 7},
    unit{"d", "days", part::days, 1},
    unit{"h", "hours", part::nanoseconds, 3'600'000'000'000},
    unit{"m", "minutes", part::nanoseconds, 60'000'000'000},
    unit{"s", "seconds", part::nanoseconds, 1'000'000'000},
    unit{"ms", "milliseconds", part::nanoseconds, 1'000'000},
    unit{"us", "microseconds", part::nanoseconds, 1'000},
    unit{"ns", "nanoseconds", part::nanoseconds, 1},
};

std::string_view part_name(part which) {
    if (which == part::months) return "months";
    return which == part::days ? "days" : "nanoseconds";
}

const unit& unit_named(std::string_view symbol) {
    return *std::ranges::find(units, symbol, &unit::symbol);
}

error not_a_duration(std::string_view text) {
    return invalid("Unable to convert '{}' to a duration", text);
}

// Magnitudes are gathered first and the sign applied at the end, as Cassandra does.
class builder {
  public:
    status add(std::uint64_t count, const unit& u) {
        const auto rank = static_cast<int>(&u - units.data());
        if (rank == _last_rank) {
            return invalid("Invalid duration. The {} are specified multiple times", u.name);
        }
        if (rank < _last_rank) {
            return invalid("Invalid duration. The {} should be after {}",
                           units.at(static_cast<std::size_t>(_last_rank)).name, u.name);
        }
        _last_rank = rank;
        const bool wide = u.adds_to == part::nanoseconds;
        const std::int64_t limit = wide ? std::numeric_limits<std::int64_t>::max()
                                        : std::numeric_limits<std::int32_t>::max();
        auto& total = _totals.at(static_cast<std::size_t>(u.adds_to));
        if (count > static_cast<std::uint64_t>((limit - total) / u.factor)) {
            // The limit that Cassandra names, also where it isn't.
            return invalid("Invalid duration. The total number of {} must be less or equal to {}",
                           part_name(u.adds_to), std::numeric_limits<std::int32_t>::max());
        }
        total += static_cast<std::int64_t>(count) * u.factor;
        return {};
    }
    [[nodiscard]] bool is_empty() const { return _last_rank < 0; }
    [[nodiscard]] duration build(bool negative) const {
        const std::int64_t sign = negative ? -1 : 1;
        return {static_cast<std::int32_t>(sign * _totals[0]),
                static_cast<std::int32_t>(sign * _totals[1]), sign * _totals[2]};
    }

  private:
    std::array<std::int64_t, 3> _totals{};
    int _last_rank = -1;
};

std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        if (digits == 19) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

std::optional<std::string> take_symbol(std::string_view& text) {
    std::string symbol;
    if (text.starts_with("µ") || text.starts_with("μ")) {  // the micro sign and the Greek letter
        text.remove_prefix(2);
        symbol = "u";
    }
    while (!text.empty() && (text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z') {
        symbol.push_back(static_cast<char>(text[0] | 0x20));
        text.remove_prefix(1);
    }
    if (std::ranges::find(units, symbol, &unit::symbol) == units.end()) return std::nullopt;
    return symbol;
}

result<duration> parse_standard(std::string_view whole, std::string_view text, bool negative) {
    builder total;
    if (text.empty()) return not_a_duration(whole);
    while (!text.empty()) {
        const auto count = take_number(text);
        if (!count) return not_a_duration(whole);
        const auto symbol = take_symbol(text);
        if (!symbol) return not_a_duration(whole);
        NACRE_CHECK(total.add(*count, unit_named(*symbol)));
    }
    return total.build(negative);
}

/// `text` follows the P.
result<duration> parse_iso(std::string_view whole, std::string_view text, bool negative) {
    builder total;
    bool in_time = false;
    while (!text.empty()) {
        if (text[0] == 'T' && !in_time) {
            in_time = true;
            text.remove_prefix(1);
            continue;
        }
        const auto count = take_number(text);
        if (!count || text.empty()) return not_a_duration(whole);
        const bool only_weeks = text == "W" && total.is_empty();
        if (text[0] == 'W' && !only_weeks) return not_a_duration(whole);
        const char letter = text[0];
        text.remove_prefix(1);
        const std::string_view letters = in_time ? "HMS" : "YMWD";
        const auto at = letters.find(letter);
        if (at == std::string_view::npos) return not_a_duration(whole);
        constexpr std::array<std::string_view, 3> time_units = {"h", "m", "s"};
        constexpr std::array<std::string_view, 4> date_units = {"y", "mo", "w", "d"};
        NACRE_CHECK(total.add(*count, unit_named(in_time ? time_units.at(at) : date_units.at(at))));
    }
    return total.build(negative);
}

/// `text` follows the P: 0001-02-03T04:05:06.
result<duration> parse_alternative(std::string_view whole, std::string_view text, bool negative) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    if (text.size() != form.size()) return not_a_duration(whole);
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) return not_a_duration(whole);
    }
    builder total;
    for (const std::string_view symbol : {"y", "mo", "d", "h", "m", "s"}) {
        const auto count = take_number(text);
        NACRE_CHECK(total.add(*count, unit_named(symbol)));
        if (!text.empty()) text.remove_prefix(1);
    }
    return total.build(negative);
}

void append_unit(std::string& out, std::uint64_t& rest, std::string_view symbol,
                 std::uint64_t factor) {
    if (rest < factor) return;
    out += fmt::format("{}{}", rest / factor, symbol);
    rest %= factor;
}

}  // namespace

result<duration> parse_serialised_duration(bytes_view value) {
    if (value.size() < 3) {
        return invalid("Expected at least 3 bytes for a duration ({})", value.size());
    }
    byte_reader in(value);
    const auto months = take_vint(in);
    const auto days = take_vint(in);
    const auto nanoseconds = take_vint(in);
    if (!months || !days || !nanoseconds) {
        return invalid("Invalid duration: expected 3 vints in {} bytes", value.size());
    }
    const auto narrow = [](std::int64_t v) { return static_cast<std::int32_t>(v) == v; };
    if (!narrow(*months)) {
        return invalid("The duration months must be a 32 bits integer but was: {}", *months);
    }
    if (!narrow(*days)) {
        return invalid("The duration days must be a 32 bits integer but was: {}", *days);
    }
    const bool none_negative = *months >= 0 && *days >= 0 && *nanoseconds >= 0;
    const bool none_positive = *months <= 0 && *days <= 0 && *nanoseconds <= 0;
    if (!none_negative && !none_positive) {
        return invalid(
            "The duration months, days and nanoseconds must be all of the same sign ({}, {}, {})",
            *months, *days, *nanoseconds);
    }
    // Drivers can't read a value with more in it, so it must not get into a table.
    if (!in.at_end()) {
        return invalid("Invalid duration: {} bytes behind its 3 vints", in.remaining());
    }
    return duration{static_cast<std::int32_t>(*months), static_cast<std::int32_t>(*days),
                    *nanoseconds};
}

bytes serialise_duration(const duration& value) {
    bytes out;
    append_vint(out, value.months);
    append_vint(out, value.days);
    append_vint(out, value.nanoseconds);
    return out;
}

result<duration> parse_duration(std::string_view text) {
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative) rest.remove_prefix(1);
    if (!rest.starts_with('P')) return parse_standard(text, rest, negative);
    rest.remove_prefix(1);
    if (rest.find('-') != std::string_view::npos) return parse_alternative(text, rest, negative);
    return parse_iso(text, rest, negative);
}

std::string to_text(const duration& value) {
    if (value == duration{}) return "0ns";
    const bool negative = value.months < 0 || value.days < 0 || value.nanoseconds < 0;
    const auto magnitude = [](std::int64_t v) {
        return v < 0 ? ~static_cast<std::uint64_t>(v) + 1 : static_cast<std::uint64_t>(v);
    };
    std::string out = negative ? "-" : "";
    for (const part p : {part::months, part::days, part::nanoseconds}) {
        std::uint64_t rest = magnitude(p == part::months ? value.months
                                       : p == part::days ? value.days
                                                         : value.nanoseconds);
        for (const auto& u : units) {
            if (u.adds_to != p || u.symbol == "w") continue;
            append_unit(out, rest, u.symbol, static_cast<std::uint64_t>(u.factor));
        }
    }
    return out;
}

}  // namespace nacre::types
