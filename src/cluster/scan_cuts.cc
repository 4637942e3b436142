#include "cluster/scan_cuts.h"

#include <algorithm>

namespace nacre::cluster {

namespace {

constexpr double page_bytes = 1 << 20;
constexpr double page_rows_min = 16;
constexpr double page_rows_max = 4096;

/// `tokens` behind `from`, no further than the end of the ring.
data::token behind(data::token from, double tokens) {
    const auto left = data::width_of({from, data::maximum_token});
    // At least one, so that a part is not empty.
    const auto step = std::max(tokens, 1.0);
    if (step >= static_cast<double>(left)) return data::maximum_token;
    return {static_cast<std::int64_t>(static_cast<std::uint64_t>(from.value) +
                                      static_cast<std::uint64_t>(step))};
}

}  // namespace

void scan_density::add(double tokens, std::uint32_t rows, std::size_t bytes) {
    _tokens += tokens;
    _rows += rows;
    _bytes += static_cast<double>(bytes);
}

scan_density scan_density::faded() const {
    auto faint = *this;
    if (!is_known()) return faint;
    faint._tokens /= _rows;
    faint._bytes /= _rows;
    faint._rows = 1;
    return faint;
}

std::uint32_t scan_density::page_rows() const {
    const auto fitting = _bytes > 0 ? page_bytes * _rows / _bytes : page_rows_max;
    return static_cast<std::uint32_t>(std::clamp(fitting, page_rows_min, page_rows_max));
}

std::vector<data::token_range> cut_range(data::token_range range, double tokens,
                                         const std::vector<data::token>& borders,
                                         std::size_t count_max) {
    std::vector<data::token_range> parts;
    auto border = std::ranges::upper_bound(borders, range.after);
    while (parts.size() + 1 < count_max) {
        auto end = behind(range.after, tokens);
        const auto least = behind(range.after, tokens / 4);
        while (border != borders.end() && *border < least) ++border;
        if (border != borders.end() && *border < end) end = *border;
        if (end >= range.up_to) break;
        parts.push_back({range.after, end});
        range.after = end;
    }
    parts.push_back(range);
    return parts;
}

}  // namespace nacre::cluster
