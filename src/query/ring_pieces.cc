#include "query/ring_pieces.h"

#include <algorithm>
#include <cmath>

namespace nacre::query {

ring_piece ranges_after(const std::vector<data::token_range>& ranges, data::token token) {
    ring_piece left;
    for (const auto& range : ranges) {
        const data::token_range rest{std::max(range.after, token), range.up_to};
        if (width_of(rest) != 0) left.push_back(rest);
    }
    return left;
}

double width_of(const std::vector<data::token_range>& ranges) {
    double width = 0;
    for (const auto& range : ranges) width += static_cast<double>(width_of(range));
    return width;
}

ring_piece take_front(std::vector<data::token_range>& ranges, double width) {
    ring_piece piece;
    while (!ranges.empty()) {
        auto& front = ranges.front();
        const auto whole = static_cast<double>(width_of(front));
        if (whole <= width) {
            piece.push_back(front);
            ranges.erase(ranges.begin());
            width -= whole;
            continue;
        }
        const auto tokens = static_cast<std::uint64_t>(width);
        if (tokens == 0 && !piece.empty()) break;
        const auto end =
            static_cast<std::uint64_t>(front.after.value) + std::max<std::uint64_t>(tokens, 1);
        piece.push_back({front.after, {static_cast<std::int64_t>(end)}});
        front.after = piece.back().up_to;
        if (width_of(front) == 0) ranges.erase(ranges.begin());
        break;
    }
    return piece;
}

std::vector<ring_piece> cut(std::vector<data::token_range> ranges, std::uint32_t count) {
    std::vector<ring_piece> pieces;
    for (auto left = count; left != 0 && !ranges.empty(); --left) {
        // The last one takes what rounding left over.
        pieces.push_back(left == 1 ? std::exchange(ranges, {})
                                   : take_front(ranges, std::ceil(width_of(ranges) / left)));
    }
    return pieces;
}

}  // namespace nacre::query
