#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "query/select_plan.h"

namespace nacre::query {

/// Folds the rows of a grouped or aggregated SELECT into finished groups. One execution on one
/// shard; rows come in key order, so the rows of a group are neighbours.
class group_fold {
  public:
    [[nodiscard]] static result<std::unique_ptr<group_fold>> make(
        const select_plan& plan, const runtime::cancellation_ptr& until);

    /// Takes a batch whose rows are all wanted. Groups that it completes become finished.
    [[nodiscard]] runtime::task<status> add(evaluation& state, const data::row_batch& batch);

    /// Ends the open group. Without GROUP BY there is always one, even of no rows.
    [[nodiscard]] runtime::task<status> end();

    /// Finished groups, one row each: the scan's columns of the group's first row, then the
    /// aggregates; `partition_starts` are its partitions' first groups, `positions` each group's
    /// last row. The caller takes them away by clear().
    [[nodiscard]] data::row_batch& finished() { return _finished; }

    /// What a piece of a parallel scan hands over instead of ending its group.
    struct partial {
        std::optional<std::vector<optional_bytes>> first_row;
        std::vector<optional_bytes> states;
    };
    [[nodiscard]] runtime::task<result<partial>> take_partial();
    [[nodiscard]] runtime::task<status> merge(partial other);

  private:
    explicit group_fold(const select_plan& plan) : _plan(&plan) {}
    /// `computed`: the values of GROUP BY's function, may be null.
    [[nodiscard]] bool same_group(const data::row_batch& batch, const data::column_vector* computed,
                                  std::uint32_t row) const;
    void open_group(const data::row_batch& batch, const data::column_vector* computed,
                    std::uint32_t row);
    [[nodiscard]] runtime::task<status> finish_group();

    const select_plan* _plan;
    std::vector<std::unique_ptr<function::accumulator>> _accumulators;
    bool _open = false;
    std::vector<optional_bytes> _first_row;
    std::vector<optional_bytes> _group_key;
    optional_bytes _computed_key;
    bool _opens_partition = false;  ///< the open group is the first of its partition
    bytes _last_position;
    data::row_batch _finished;
};

}  // namespace nacre::query
