#pragma once

#include <cstdint>
#include <optional>

#include "data/mutation.h"
#include "query/modification.h"

namespace nacre::query {

/// When the cells of one statement are written, and until when they live.
struct cell_times {
    std::int64_t timestamp_us = 0;
    std::int32_t ttl_seconds = 0;
    std::int32_t now_seconds = 0;
};

/// An operation with its values, evaluated once for all rows that the statement touches.
struct ready_operation {
    const column_operation* operation = nullptr;
    single_value value;
    single_value element;
};

/// Makes the change of one row, or of a static row, operation by operation. `stored` is the row's
/// lists as read before the statement, if an operation asks for them; both outlive it.
class row_changes {
  public:
    row_changes(data::row& into, const cell_times& times, const data::row* stored)
        : _row(into), _times(times), _stored(stored) {}

    [[nodiscard]] status apply(const ready_operation& ready,
                               const schema::column_definition& column);

  private:
    enum class reach : std::uint8_t { before_now, until_now };

    void put(std::uint32_t column_id, optional_bytes path, optional_bytes value);
    void delete_all(std::uint32_t column_id, reach what);
    [[nodiscard]] status set(const schema::column_definition& column, const single_value& value);
    [[nodiscard]] status put_elements(const schema::column_definition& column, bytes_view value);
    [[nodiscard]] status prepend(const schema::column_definition& column, bytes_view list);
    [[nodiscard]] status subtract(const schema::column_definition& column,
                                  const types::type& value_type, bytes_view value);
    [[nodiscard]] status change_element(const ready_operation& ready,
                                        const schema::column_definition& column);
    [[nodiscard]] status change_list_element(const ready_operation& ready,
                                             const schema::column_definition& column);
    /// The list's cells in order, with what this statement has done so far.
    [[nodiscard]] std::vector<data::cell> list_now(const schema::column_definition& column) const;

    data::row& _row;
    const cell_times& _times;
    const data::row* _stored;
};

/// The given lists (ordinals, all static or all regular) in one row of a partition, or in its
/// static row: no row or one, for `row_of_lists`.
[[nodiscard]] runtime::task<result<data::row_batch>> read_lists(
    storage::table_store& store, const schema::table_ptr& table,
    const std::vector<std::uint32_t>& ordinals, const data::partition_key& key,
    const std::optional<data::clustering_key>& clustering, std::int64_t now_seconds);

/// Their live cells. Absent if there is no such row.
[[nodiscard]] result<std::optional<data::row>> row_of_lists(
    const data::row_batch& read, const schema::table& table,
    const std::vector<std::uint32_t>& ordinals, std::int64_t now_seconds);

}  // namespace nacre::query
