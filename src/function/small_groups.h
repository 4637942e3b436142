#pragma once

#include "function/aggregate_parts.h"

namespace nacre::function {

/// Groups of this many rows at most are folded side by side.
inline constexpr std::uint32_t small_group_rows_max = 8;

/// Rows of a batch cut into groups that follow each other, taken from the front. Borrows.
struct row_groups {
    fold_batch batch;
    std::span<const std::uint32_t> ends;  ///< as accumulator::fold takes them
    std::uint32_t taken = 0;              ///< rows, all before the first of `ends`

    [[nodiscard]] bool all_ended() const { return ends.empty(); }
    /// How many groups at the front are small.
    [[nodiscard]] std::uint32_t count_small() const;
    /// The next `count` groups; `ends` still counts from the batch's first row.
    [[nodiscard]] row_groups take(std::uint32_t count);
    /// The rows that are not taken, whatever ends among them.
    [[nodiscard]] fold_batch rows() const { return {batch.arguments, batch.rows.subspan(taken)}; }
};

/// The numbers among `kept`, a part of `all` in the same order, at which groups end that end at
/// `ends` among all.
[[nodiscard]] std::span<const std::uint32_t> ends_among(std::span<const std::uint32_t> kept,
                                                        std::span<const std::uint32_t> all,
                                                        std::span<const std::uint32_t> ends,
                                                        data::selection& found);

/// Folds whole groups, each from `initial` on, by calls of the state function: one for the first
/// row of every group, then one for the second of those that have one, and so on. Appends the
/// states to `states`. Rows have no nulls if the function skips them.
[[nodiscard]] runtime::task<status> fold_small_groups(part_instance& state_part, row_groups groups,
                                                      const optional_bytes& initial,
                                                      data::column_vector& states);

}  // namespace nacre::function
