#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "query/select_plan.h"

namespace nacre::query {

/// Folds the rows of a grouped or aggregated SELECT into groups. One execution on one shard; rows
/// come in key order, so the rows of a group are neighbours.
///
/// A batch is begun, then folded in one go or several; groups that have ended wait to be taken.
class group_fold {
  public:
    static constexpr std::uint64_t unlimited = UINT64_MAX;

    [[nodiscard]] static result<std::unique_ptr<group_fold>> make(
        const select_plan& plan, const runtime::cancellation_ptr& until);

    /// Takes on a batch whose rows are all wanted: evaluates what is folded, and finds where groups
    /// begin. The batch stays, unchanged, until its rows are folded.
    [[nodiscard]] runtime::task<status> begin(evaluation& state, const data::row_batch& batch);
    /// Folds rows of the batch until all are folded, `groups_max` groups wait, or those that wait
    /// take too much memory. Long work yields.
    [[nodiscard]] runtime::task<status> fold(std::uint64_t groups_max);
    /// Whether there are rows of the batch left to fold.
    [[nodiscard]] bool has_rows() const { return _batch != nullptr && _next < _batch->row_count; }

    /// Ends the open group. Without GROUP BY there is always one, even of no rows.
    [[nodiscard]] runtime::task<status> end();

    /// Groups that wait, one row each: the scan's columns of the group's first row;
    /// `partition_starts` are its partitions' first groups, `positions` each group's last row.
    [[nodiscard]] const data::row_batch& waiting() const { return _waiting; }
    /// These of the waiting groups, ascending, with the aggregates' results as columns behind the
    /// scan's; the others are dropped. Aggregates are finished for these alone.
    [[nodiscard]] runtime::task<result<data::row_batch>> take(
        std::span<const std::uint32_t> groups);

    /// The open group, on its way to the fold that merges it.
    struct partial {
        std::optional<data::row_batch> first_row;  ///< none: no row was folded
        std::vector<optional_bytes> states;
    };
    /// Takes the open group away; the fold may begin another one.
    [[nodiscard]] runtime::task<result<partial>> take_partial();
    /// Adds a group whose rows come after those of the open group.
    [[nodiscard]] runtime::task<status> merge(partial other);

  private:
    explicit group_fold(const select_plan& plan) : _plan(&plan) {}
    void find_starts();
    [[nodiscard]] bool continues_open_group() const;
    void open_at(std::uint32_t row);
    void close_before(std::uint32_t row);
    void keep_open_row();
    [[nodiscard]] std::uint64_t waiting_bytes() const;
    [[nodiscard]] runtime::task<status> fold_some(std::uint64_t groups_max);
    [[nodiscard]] runtime::task<status> fold_rows(std::uint32_t end,
                                                  std::span<const std::uint32_t> ends);

    const select_plan* _plan;
    std::vector<std::unique_ptr<function::accumulator>> _accumulators;

    // The batch at hand.
    const data::row_batch* _batch = nullptr;
    std::vector<std::vector<operand>> _arguments;  ///< of each aggregate
    std::optional<operand> _computed;              ///< the values of GROUP BY's function
    data::selection _rows;                         ///< 0, 1, 2 …
    data::selection _starts;                       ///< rows at which groups begin
    std::uint32_t _next_start = 0;
    std::uint32_t _next = 0;  ///< the first row that is not folded yet

    // The open group: it begins in the batch at hand, or its first row is kept.
    bool _open = false;
    bool _opens_partition = false;
    std::optional<std::uint32_t> _open_row;
    data::row_batch _kept_row;
    optional_bytes _kept_computed;
    bytes _last_position;  ///< of the last folded row

    data::row_batch _waiting;
};

}  // namespace nacre::query
