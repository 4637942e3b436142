#include "query/select_exec.h"

#include <algorithm>

#include "query/large_rows.h"
#include "query/row_encoder.h"
#include "query/select_groups.h"
#include "query/select_page.h"
#include "runtime/sort_in_turns.h"
#include "types/value.h"

namespace nacre::query {

namespace {

// Rows of several partitions that are sorted can't be cut into pages. That is no error where
// Cassandra finds out before that nothing can match.
bool pages_sorted(const select_plan& plan, const query_options& options, bool matches) {
    if (plan.sort_keys.empty() || options.page_size <= 0) return false;
    return matches || plan.aggregates_rows();
}

/// A page ends behind the batch with which it has that many bytes, whatever the client asked for.
constexpr std::size_t page_bytes_max = 1 << 20;

// What is put in order within a fraction of a turn.
constexpr std::uint64_t sorted_here_bytes_max = 256 << 10;

// Filters, then cuts by PER PARTITION LIMIT. The answer is `batch` itself when nothing is dropped,
// otherwise `scratch`.
runtime::task<result<const data::row_batch*>> wanted_rows(evaluation& state, page_state& page,
                                                          const data::row_batch& batch,
                                                          data::row_batch& scratch) {
    NACRE_CO_TRY(const auto* kept, co_await filtered_rows(state, page, batch, scratch));
    if (page.per_partition_limit == unlimited) co_return kept;
    const auto within = rows_within_partitions(page, *kept);
    if (within.size() == kept->row_count) co_return kept;
    auto cut = compact(*kept, within);
    scratch = std::move(cut);
    co_return &scratch;
}

// Those of the batch that are wanted, as far as they fit on the page.
runtime::task<status> add_rows(const select_plan& plan, evaluation& state, page_state& page,
                               const data::row_batch& batch, rows_result& rows) {
    const auto rows_before = page.rows_of_partition;
    data::row_batch scratch;
    NACRE_CO_TRY(const auto* kept, co_await wanted_rows(state, page, batch, scratch));
    const auto take =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kept->row_count, page.left()));
    data::row_batch head;
    if (take < kept->row_count) {
        head = head_of(*kept, take);
        kept = &head;
    }
    if (take != 0) {
        NACRE_CO_CHECK(co_await encode_rows(plan.selectors, state, *kept, rows.content));
    }
    rows.row_count += take;
    page.give(take);
    if (take != 0 && page.paged && rows.content.size() >= page_bytes_max) page.page_left = 0;
    if (page.page_left == 0 && page.limit_left != 0) {
        end_page(rows, page, kept->positions.view(take - 1),
                 rows_of_last_partition(rows_before, *kept));
    }
    co_return status{};
}

runtime::task<result<rows_result>> select_rows(const execution_context& context,
                                               const select_plan& plan, evaluation& state,
                                               page_state page, storage::scan_request request) {
    rows_result rows;
    rows.metadata = plan.metadata;
    NACRE_CO_TRY(auto cursor, context.store->scan(std::move(request)));
    data::row_batch batch;
    while (page.page_left != 0 && page.limit_left != 0) {
        NACRE_CO_TRY(const bool more, co_await next_rows(context, state, *cursor, batch));
        if (!more) co_return rows;
        auto work = [&] { return add_rows(plan, state, page, batch, rows); };
        NACRE_CO_CHECK(co_await where_it_fits(context, batch, work));
    }
    co_return rows;
}

// Rows of several partitions in the order that ORDER BY wants: all are read first, the limit cuts
// what was sorted.
runtime::task<result<rows_result>> select_sorted(const execution_context& context,
                                                 const select_plan& plan, evaluation& state,
                                                 page_state page, storage::scan_request request) {
    rows_result rows;
    rows.metadata = plan.metadata;
    data::row_batch all;
    NACRE_CO_TRY(auto cursor, context.store->scan(std::move(request)));
    data::row_batch batch;
    std::uint64_t held = 0;
    for (;;) {
        NACRE_CO_TRY(const bool more, co_await next_rows(context, state, *cursor, batch));
        if (!more) break;
        auto work = [&]() -> runtime::task<status> {
            data::row_batch scratch;
            NACRE_CO_TRY(const auto* kept, co_await wanted_rows(state, page, batch, scratch));
            append_rows(*kept, all);
            held = 0;
            for (const auto& column : all.columns) held += column.memory_bytes();
            co_return state.hold(held);
        };
        NACRE_CO_CHECK(co_await where_it_fits(context, batch, work));
    }
    auto order = data::all_rows(all.row_count);
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
        for (const auto& key : plan.sort_keys) {
            const auto& column = all.columns[key.slot];
            const auto left = column.serialised(a);
            const auto right = column.serialised(b);
            // A row of static columns alone has no clustering; it comes first.
            if (!left || !right) {
                if (left.has_value() == right.has_value()) continue;
                return right.has_value();
            }
            const auto compared = types::compare(*column.type(), *left, *right);
            if (compared != 0) return (compared < 0) != key.descending;
        }
        return false;
    };
    co_await runtime::sort_in_turns(order, before);
    if (order.size() > page.limit_left) order.resize(page.limit_left);
    rows.row_count = static_cast<std::uint32_t>(order.size());
    if (rows.row_count != 0) {
        auto work = [&]() -> runtime::task<status> {
            const auto sorted = compact(all, order);
            co_return co_await encode_rows(plan.selectors, state, sorted, rows.content);
        };
        NACRE_CO_CHECK(co_await where_it_fits(context, held > sorted_here_bytes_max, work));
    }
    co_return rows;
}

}  // namespace

runtime::task<result<rows_result>> execute_select(const execution_context& context,
                                                  const select_plan& plan,
                                                  const query_options& options) {
    evaluation state(options);
    NACRE_CO_TRY(auto page, co_await evaluate_limits(plan, state));
    NACRE_CO_TRY(auto request, co_await make_request(plan, options, state));
    const bool matches = request.has_value();
    if (!matches) {
        // No row can match; an aggregate still answers, over no rows.
        request.emplace();
        request->table = plan.table;
        request->columns = plan.columns;
        request->partitions = std::vector<data::partition_key>{};
    }
    NACRE_CO_CHECK(begin_page(plan, options, *request, page));
    if (pages_sorted(plan, options, matches)) {
        co_return invalid(
            "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you "
            "must either remove the ORDER BY or the IN and sort client side, or disable paging for "
            "this query");
    }
    if (!plan.sort_keys.empty() && !plan.aggregates_rows()) {
        co_return co_await select_sorted(context, plan, state, std::move(page),
                                         std::move(*request));
    }
    if (plan.aggregates_rows()) {
        co_return co_await select_groups(context, plan, options, state, std::move(page),
                                         std::move(*request));
    }
    co_return co_await select_rows(context, plan, state, std::move(page), std::move(*request));
}

}  // namespace nacre::query
