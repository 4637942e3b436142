#pragma once

#include <functional>

#include "query/group_fold.h"
#include "query/select_page.h"

namespace nacre::query {

/// Takes groups that are wanted: the scan's columns, then the aggregates' results.
/// `rows_before`: how many groups of the first one's partition came before.
using take_groups =
    std::function<runtime::task<status>(data::row_batch groups, std::uint64_t rows_before)>;

/// Folds the rows of one cursor and passes on groups as they end, until as many as wanted were
/// passed on. One execution on one shard; borrows everything.
struct group_stream {
    const execution_context& context;
    evaluation& state;
    page_state& page;
    group_fold& fold;
    take_groups take;
    /// Whether a row was large: then the states may be, too.
    bool has_had_much = false;

    /// Folds the rows of a batch as the cursor gives it.
    [[nodiscard]] runtime::task<status> add(const data::row_batch& batch);
    /// Folds a batch whose rows are all wanted.
    [[nodiscard]] runtime::task<status> add_filtered(const data::row_batch& batch);
    /// Folds all that the cursor has left, or what the page needs of it.
    [[nodiscard]] runtime::task<status> add_all(storage::scan_cursor& cursor);
    /// Ends the open group.
    [[nodiscard]] runtime::task<status> end();
    [[nodiscard]] bool is_full() const { return page.left() == 0; }

  private:
    [[nodiscard]] runtime::task<status> pass_on();
};

/// How many rows at once are read for the aggregates of a plan: more than for other work if nothing
/// is done with a row but to fold it.
[[nodiscard]] std::uint32_t fold_rows_max(const select_plan& plan);

}  // namespace nacre::query
