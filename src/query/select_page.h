#pragma once

#include "query/restrictions.h"
#include "query/select_exec.h"

namespace nacre::query {

inline constexpr std::uint64_t unlimited = UINT64_MAX;

/// One page of an execution: the numbers by which it is cut, the filters, and where the page ends.
struct page_state {
    std::uint64_t page_left = unlimited;
    std::uint64_t limit_left = unlimited;
    std::uint64_t per_partition_limit = unlimited;
    std::uint64_t rows_of_partition = 0;
    bool partition_begins = false;  ///< in rows that a filter dropped
    bool paged = false;
    bytes table_id;
    std::vector<ready_filter> filters;

    /// How many rows (or groups) may still be given.
    [[nodiscard]] std::uint64_t left() const { return std::min(page_left, limit_left); }
    /// Counts rows that were given.
    void give(std::uint64_t rows);
};

/// LIMIT, PER PARTITION LIMIT and filters: what Cassandra evaluates before it looks at the keys.
[[nodiscard]] runtime::task<result<page_state>> evaluate_limits(const select_plan& plan,
                                                                evaluation& state);

/// What is asked of the store. Empty: no row can match.
[[nodiscard]] runtime::task<result<std::optional<storage::scan_request>>> make_request(
    const select_plan& plan, const query_options& options, evaluation& state);

/// Where the page begins and how long it is.
[[nodiscard]] status begin_page(const select_plan& plan, const query_options& options,
                                storage::scan_request& request, page_state& page);

/// The page is full at a row of this position; `rows_of_partition` of its partition were given.
void end_page(rows_result& rows, const page_state& page, bytes_view store_position,
              std::uint64_t rows_of_partition);

/// The scan's next rows; false at its end, an error if the statement is not to go on.
[[nodiscard]] runtime::task<result<bool>> next_rows(const execution_context& context,
                                                    const evaluation& state,
                                                    storage::scan_cursor& cursor,
                                                    data::row_batch& batch);

/// The rows that pass the filters: `batch` itself when nothing is dropped, otherwise `scratch`.
[[nodiscard]] runtime::task<result<const data::row_batch*>> filtered_rows(
    evaluation& state, page_state& page, const data::row_batch& batch, data::row_batch& scratch);

/// The rows within PER PARTITION LIMIT.
[[nodiscard]] data::selection rows_within_partitions(page_state& page, const data::row_batch& rows);

/// Rows of the last row's partition up to it, for a page that ends behind `rows`; `count` is how
/// many of the first row's partition came before.
[[nodiscard]] std::uint64_t rows_of_last_partition(std::uint64_t count,
                                                   const data::row_batch& rows);

/// The first `count` rows.
[[nodiscard]] data::row_batch head_of(const data::row_batch& batch, std::uint32_t count);

}  // namespace nacre::query
