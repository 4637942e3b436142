#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "base/bytes.h"
#include "data/column_vector.h"

namespace nacre::data {

/// The rows of a batch that an operator works on: ascending, distinct row numbers.
using selection = std::vector<std::uint32_t>;

/// The rows from `begin` up to, without, `end`.
[[nodiscard]] inline selection rows_between(std::uint32_t begin, std::uint32_t end) {
    selection rows(end - begin);
    std::iota(rows.begin(), rows.end(), begin);
    return rows;
}

/// The first `row_count` rows.
[[nodiscard]] inline selection all_rows(std::uint32_t row_count) {
    return rows_between(0, row_count);
}

/// As calls take columns. The columns outlive it.
[[nodiscard]] inline std::vector<const column_vector*> pointers_to(
    const std::vector<column_vector>& columns) {
    std::vector<const column_vector*> pointers;
    for (const auto& each : columns) pointers.push_back(&each);
    return pointers;
}

/// Some rows of a scan, column by column. Single owner, one shard at a time.
struct row_batch {
    std::vector<column_vector> columns;  ///< one per wanted column, all of `row_count` rows
    std::uint32_t row_count = 0;
    /// Rows at which a new partition begins (row 0 is listed only if it begins one), ascending.
    selection partition_starts;
    /// If asked for: where a scan resumes after this row (opaque to all but the table_store).
    column_vector positions;

    void clear() {
        for (auto& column : columns) column.clear();
        row_count = 0;
        partition_starts.clear();
        positions.clear();
    }
};

}  // namespace nacre::data
