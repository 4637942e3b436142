#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "data/row_batch.h"
#include "runtime/shard.h"
#include "runtime/task.h"

namespace nacre::function {

/// Whether one of the columns does not keep its values natively: working on a row may take long.
[[nodiscard]] bool may_be_long(std::span<const data::column_vector* const> columns);

/// How many of `rows` are worked on before looking at the clock: of values that can be long, few;
/// all if every column keeps its values natively.
[[nodiscard]] std::size_t rows_of_piece(std::span<const data::column_vector* const> columns,
                                        std::span<const std::uint32_t> rows);

/// Calls `work(some of the rows) -> status` until all had their turn or one failed, and lets other
/// work of the shard run in between whenever the turn is over. `columns` are what the work reads;
/// they and the rows outlive it.
template <typename Work>
[[nodiscard]] runtime::task<status> in_turns(std::span<const data::column_vector* const> columns,
                                             std::span<const std::uint32_t> rows, Work work) {
    while (!rows.empty()) {
        if (runtime::turn_is_over()) co_await runtime::yield();
        const std::size_t count = rows_of_piece(columns, rows);
        NACRE_CO_CHECK(work(rows.first(count)));
        rows = rows.subspan(count);
    }
    co_return status();
}

/// The same for a batch's rows, one by one: `work(row) -> status`.
template <typename Work>
[[nodiscard]] runtime::task<status> each_in_turn(
    std::span<const data::column_vector* const> columns, std::uint32_t row_count, Work work) {
    const auto rows = data::all_rows(row_count);
    co_return co_await in_turns(columns, rows,
                                [&work](std::span<const std::uint32_t> some) -> status {
                                    for (const auto row : some) NACRE_CHECK(work(row));
                                    return {};
                                });
}

}  // namespace nacre::function
