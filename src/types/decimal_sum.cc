#include "types/decimal_sum.h"

#include <algorithm>

namespace nacre::types {

status decimal_sum::add(const decimal& term) {
    _scale = std::max(_scale, term.scale);
    if (term.unscaled != 0) {
        const auto at = _sum_by_scale.try_emplace(term.scale).first;
        at->second += term.unscaled;
        if (at->second == 0) _sum_by_scale.erase(at);
    }
    if (_sum_by_scale.empty()) return {};
    const std::int64_t span = std::int64_t{_scale} - _sum_by_scale.begin()->first;
    NACRE_CHECK(check_shift(span));
    if (_sum_by_scale.size() <= partial_sums_max) return {};
    decimal whole = total();
    NACRE_CHECK(check_size(whole.unscaled));
    _sum_by_scale.clear();
    if (whole.unscaled != 0) _sum_by_scale.emplace(whole.scale, std::move(whole.unscaled));
    return {};
}

decimal decimal_sum::total() const {
    decimal whole;
    std::int64_t at = 0;
    const auto bring_to = [&](std::int64_t scale) {
        // `add` saw to it that this is not too much.
        whole.unscaled = times_power_of_ten(whole.unscaled, scale - at).value();
        at = scale;
    };
    for (const auto& [scale, sum] : _sum_by_scale) {
        bring_to(scale);
        whole.unscaled += sum;
    }
    bring_to(_scale);
    whole.scale = _scale;
    return whole;
}

}  // namespace nacre::types
