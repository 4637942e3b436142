#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "data/mutation.h"
#include "storage/key_codec.h"

namespace nacre::storage {

/// The range tombstones of one partition, which may overlap, made into disjoint pieces so that a
/// row finds what shadows it in logarithmic time. Positions are among the clustering suffixes.
class range_deletions {
  public:
    void clear() {
        _collected.clear();
        _pieces.clear();
        _settled = true;
    }
    [[nodiscard]] bool empty() const { return _collected.empty(); }

    void add(position_range range, const data::tombstone& deletion);

    /// The deletion that covers a row; none exists if it is not covered.
    [[nodiscard]] data::tombstone covering(bytes_view suffix);

  private:
    struct piece {
        bytes begin;  ///< up to the next piece's begin
        data::tombstone deletion;
    };
    void settle();

    std::vector<std::pair<position_range, data::tombstone>> _collected;
    std::vector<piece> _pieces;
    bool _settled = true;
};

}  // namespace nacre::storage
