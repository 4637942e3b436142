#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Sorts as std::ranges::stable_sort does, `less(a, b)` being cheap or not, and lets other work of
/// the shard run in between. `values` belongs to the caller, and is not to be looked at meanwhile.
template <typename Value, typename Less>
[[nodiscard]] task<void> sort_in_turns(std::vector<Value>& values, Less less) {
    // Few enough values that sorting or merging them ends soon after the turn is over.
    constexpr std::size_t run = 16;
    const auto at = [&values](std::size_t i) {
        return values.begin() + static_cast<std::ptrdiff_t>(std::min(i, values.size()));
    };
    for (std::size_t begin = 0; begin < values.size(); begin += run) {
        std::stable_sort(at(begin), at(begin + run), less);
        if (turn_is_over()) co_await yield();
    }
    std::vector<Value> merged;
    merged.reserve(values.size());
    for (std::size_t width = run; width < values.size(); width *= 2) {
        merged.clear();
        for (std::size_t begin = 0; begin < values.size(); begin += 2 * width) {
            auto left = at(begin);
            auto right = at(begin + width);
            const auto left_end = right;
            const auto right_end = at(begin + 2 * width);
            while (left != left_end || right != right_end) {
                const bool from_right =
                    left == left_end || (right != right_end && less(*right, *left));
                merged.push_back(std::move(from_right ? *right++ : *left++));
                if (merged.size() % run == 0 && turn_is_over()) co_await yield();
            }
        }
        std::swap(values, merged);
    }
}

}  // namespace nacre::runtime
