#include "query/select_exec.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "query/group_fold.h"
#include "query/paging.h"
#include "query/row_encoder.h"
#include "runtime/run_on_shards.h"
#include "types/value.h"

namespace nacre::query {

namespace {

constexpr std::uint32_t batch_rows_max = 1024;
constexpr std::uint64_t unlimited = UINT64_MAX;

// One execution: the numbers that the page is cut by, and the request for the store.
struct page_state {
    std::uint64_t page_left = unlimited;
    std::uint64_t limit_left = unlimited;
    std::uint64_t per_partition_limit = unlimited;
    std::uint64_t rows_of_partition = 0;
    bool partition_begins = false;  ///< in rows that a filter dropped
    bool paged = false;
    bytes table_id;
    std::vector<ready_filter> filters;
};

// The scan's next rows; false at its end, an error if the statement is not to go on.
runtime::task<result<bool>> next_rows(const execution_context& context, const evaluation& state,
                                      storage::scan_cursor& cursor, data::row_batch& batch) {
    NACRE_CO_CHECK(state.may_go_on());
    NACRE_CO_TRY(const bool more, co_await cursor.next(batch));
    if (more) context.rows_read->fetch_add(batch.row_count, std::memory_order_relaxed);
    co_return more;
}

runtime::task<result<std::uint64_t>> evaluate_limit(const expression_ptr& node, evaluation& state) {
    if (!node) co_return unlimited;
    NACRE_CO_TRY(const auto value, co_await evaluate_single(*node, state));
    if (value.is_unset()) co_return unlimited;
    if (value.is_null()) co_return invalid("Invalid null value of limit");
    if (value.data.empty()) co_return invalid("Invalid limit value");
    const auto limit = load_big_endian<std::int32_t>(value.data.data());
    if (limit <= 0) co_return invalid("LIMIT must be strictly positive");
    co_return static_cast<std::uint64_t>(limit);
}

std::int64_t seconds_now(const query_options& options) {
    if (options.now_seconds) return *options.now_seconds;
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// What is asked of the store. Empty: no row can match.
runtime::task<result<std::optional<storage::scan_request>>> make_request(
    const select_plan& plan, const query_options& options, evaluation& state) {
    storage::scan_request request;
    std::vector<data::partition_key> keys;
    if (plan.where.has_partition_key()) {
        NACRE_CO_TRY(keys, co_await evaluate_partitions(plan.where, *plan.table, state));
        if (keys.empty()) co_return std::optional<storage::scan_request>();
    }
    request.table = plan.table;
    request.columns = plan.columns;
    request.reversed = plan.reversed;
    request.partitions_only = plan.distinct;
    request.batch_rows_max = batch_rows_max;
    request.now_seconds = seconds_now(options);
    NACRE_CO_TRY(auto slices,
                 co_await evaluate_slices(plan.where, *plan.table, state, nulls::lowest));
    if (!slices) co_return std::optional<storage::scan_request>();
    request.static_rows = !plan.where.restricts_clustering();
    request.slices = std::move(*slices);
    if (plan.where.has_partition_key()) {
        NACRE_CO_CHECK(check_keys(keys));
        request.partitions = std::move(keys);
    } else {
        NACRE_CO_TRY(request.partitions, co_await evaluate_token_ranges(plan.where, state));
    }
    co_return std::optional<storage::scan_request>(std::move(request));
}

// What Cassandra evaluates before it looks at the keys.
runtime::task<result<page_state>> evaluate_limits(const select_plan& plan, evaluation& state) {
    page_state page;
    NACRE_CO_TRY(page.limit_left, co_await evaluate_limit(plan.limit, state));
    NACRE_CO_TRY(page.per_partition_limit,
                 co_await evaluate_limit(plan.per_partition_limit, state));
    NACRE_CO_TRY(page.filters, co_await evaluate_filters(plan.where, state));
    co_return page;
}

status begin_page(const select_plan& plan, const query_options& options,
                  storage::scan_request& request, page_state& page) {
    page.table_id = plan.table->id().to_bytes();
    page.paged = options.page_size > 0;
    if (page.paged) page.page_left = static_cast<std::uint64_t>(options.page_size);
    if (options.paging_state) {
        NACRE_TRY(auto position, decode_paging_state(*options.paging_state, page.table_id));
        if (position.limit_left) page.limit_left = *position.limit_left;
        page.rows_of_partition = position.rows_of_partition;
        request.resume_after = std::move(position.store_position);
    }
    request.want_positions = page.paged;
    // Rows beyond the page would be read for nothing; filtered rows can't be foreseen.
    if (plan.where.filters.empty() && !plan.aggregates_rows()) {
        request.batch_rows_max = static_cast<std::uint32_t>(
            std::min({std::uint64_t{batch_rows_max}, page.page_left, page.limit_left}));
    }
    return {};
}

// Rows of several partitions that are sorted can't be cut into pages. That is no error where
// Cassandra finds out before that nothing can match.
bool pages_sorted(const select_plan& plan, const query_options& options, bool matches) {
    if (plan.sort_keys.empty() || options.page_size <= 0) return false;
    return matches || plan.aggregates_rows();
}

// Drops what is beyond PER PARTITION LIMIT. The answer is `rows` itself or `scratch`.
const data::row_batch* cut_partitions(page_state& page, const data::row_batch& rows,
                                      data::row_batch& scratch) {
    data::selection within;
    std::size_t next_start = 0;
    for (std::uint32_t row = 0; row < rows.row_count; ++row) {
        if (next_start < rows.partition_starts.size() && rows.partition_starts[next_start] == row) {
            page.rows_of_partition = 0;
            ++next_start;
        }
        if (page.rows_of_partition++ < page.per_partition_limit) within.push_back(row);
    }
    if (within.size() == rows.row_count) return &rows;
    auto cut = compact(rows, within);
    scratch = std::move(cut);
    return &scratch;
}

// A partition may begin in rows that a filter drops, and go on in the next batch.
void note_partition_begin(const data::row_batch& batch, const data::selection& kept,
                          page_state& page, data::row_batch& rows) {
    if (page.partition_begins && !kept.empty()) {
        auto& starts = rows.partition_starts;
        if (starts.empty() || starts.front() != 0) starts.insert(starts.begin(), 0);
        page.partition_begins = false;
    }
    const bool begins = !batch.partition_starts.empty() &&
                        (kept.empty() || batch.partition_starts.back() > kept.back());
    page.partition_begins = page.partition_begins || begins;
}

// Filters, then cuts by PER PARTITION LIMIT. The answer is `batch` itself when nothing is dropped,
// otherwise `scratch`.
runtime::task<result<const data::row_batch*>> wanted_rows(const select_plan& plan,
                                                          evaluation& state, page_state& page,
                                                          const data::row_batch& batch,
                                                          data::row_batch& scratch) {
    const data::row_batch* kept = &batch;
    if (!plan.where.filters.empty()) {
        NACRE_CO_TRY(const auto rows, co_await apply_filters(page.filters, state, batch));
        if (rows.size() != batch.row_count || page.partition_begins) {
            scratch = compact(batch, rows);
            kept = &scratch;
            note_partition_begin(batch, rows, page, scratch);
        }
    }
    // Of groups it is the groups that are limited.
    if (page.per_partition_limit == unlimited || plan.is_grouped) co_return kept;
    co_return cut_partitions(page, *kept, scratch);
}

// The first `count` rows.
data::row_batch head_of(const data::row_batch& batch, std::uint32_t count) {
    data::selection head(count);
    for (std::uint32_t row = 0; row < count; ++row) head[row] = row;
    return compact(batch, head);
}

// Rows of the last row's partition up to it, for a page that ends there; `count` is how many of the
// first row's partition came before.
std::uint64_t rows_of_last_partition(std::uint64_t count, const data::row_batch& rows,
                                     std::uint32_t taken) {
    std::size_t next_start = 0;
    for (std::uint32_t row = 0; row < taken; ++row) {
        if (next_start < rows.partition_starts.size() && rows.partition_starts[next_start] == row) {
            count = 0;
            ++next_start;
        }
        ++count;
    }
    return count;
}

void end_page(rows_result& rows, const page_state& page, bytes_view store_position,
              std::uint64_t rows_of_partition) {
    paging_position position;
    position.table_id = page.table_id;
    if (page.limit_left != unlimited) position.limit_left = page.limit_left;
    position.rows_of_partition = rows_of_partition;
    position.store_position = store_position;
    rows.paging_state = encode_paging_state(position);
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
        const auto rows_before = page.rows_of_partition;
        data::row_batch scratch;
        NACRE_CO_TRY(const auto* kept, co_await wanted_rows(plan, state, page, batch, scratch));
        const auto take = static_cast<std::uint32_t>(
            std::min({std::uint64_t{kept->row_count}, page.page_left, page.limit_left}));
        data::row_batch head;
        if (take < kept->row_count) {
            head = head_of(*kept, take);
            kept = &head;
        }
        if (take != 0) {
            NACRE_CO_CHECK(co_await encode_rows(plan.selectors, state, *kept, rows.content));
        }
        rows.row_count += take;
        if (page.limit_left != unlimited) page.limit_left -= take;
        if (page.paged) page.page_left -= take;
        if (page.page_left == 0 && page.limit_left != 0) {
            end_page(rows, page, kept->positions.view(take - 1),
                     rows_of_last_partition(rows_before, *kept, take));
        }
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
    for (;;) {
        NACRE_CO_TRY(const bool more, co_await next_rows(context, state, *cursor, batch));
        if (!more) break;
        data::row_batch scratch;
        NACRE_CO_TRY(const auto* kept, co_await wanted_rows(plan, state, page, batch, scratch));
        append_rows(*kept, all);
    }
    data::selection order(all.row_count);
    std::iota(order.begin(), order.end(), 0u);
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
    std::ranges::stable_sort(order, before);
    if (order.size() > page.limit_left) order.resize(page.limit_left);
    rows.row_count = static_cast<std::uint32_t>(order.size());
    if (rows.row_count != 0) {
        const auto sorted = compact(all, order);
        NACRE_CO_CHECK(co_await encode_rows(plan.selectors, state, sorted, rows.content));
    }
    co_return rows;
}

// Folds one piece of the scan. The plan is shared; everything else is this shard's own.
struct fold_piece {
    const execution_context* context;
    const select_plan* plan;
    const query_options* options;
    storage::scan_request request;

    runtime::task<result<group_fold::partial>> operator()() {
        evaluation state(*options);
        NACRE_CO_TRY(auto fold, group_fold::make(*plan, options->until));
        NACRE_CO_TRY(const auto filters, co_await evaluate_filters(plan->where, state));
        NACRE_CO_TRY(auto cursor, context->store->scan(std::move(request)));
        data::row_batch batch;
        for (;;) {
            NACRE_CO_TRY(const bool more, co_await next_rows(*context, state, *cursor, batch));
            if (!more) break;
            if (plan->where.filters.empty()) {
                NACRE_CO_CHECK(co_await fold->add(state, batch));
            } else {
                NACRE_CO_TRY(const auto rows, co_await apply_filters(filters, state, batch));
                NACRE_CO_CHECK(co_await fold->add(state, compact(batch, rows)));
            }
        }
        co_return co_await fold->take_partial();
    }
};

bool folds_in_parallel(const execution_context& context, const select_plan& plan,
                       const storage::scan_request& request) {
    return context.shards->size() > 1 && !plan.is_grouped &&
           std::holds_alternative<std::vector<data::token_range>>(request.partitions) &&
           !plan.per_partition_limit &&
           std::ranges::all_of(plan.aggregates, [](const bound_aggregate& aggregate) {
               return aggregate.function->can_merge();
           });
}

// The ring (or the part that token() leaves) in as many equal parts as there are shards.
std::vector<data::token_range> split(const data::token_range& whole, std::uint32_t parts) {
    const auto low = static_cast<__int128>(whole.after.value);
    const auto width = static_cast<__int128>(whole.up_to.value) - low;
    std::vector<data::token_range> ranges;
    for (std::uint32_t i = 0; i < parts; ++i) {
        ranges.push_back({data::token{static_cast<std::int64_t>(low + width * i / parts)},
                          data::token{static_cast<std::int64_t>(low + width * (i + 1) / parts)}});
    }
    return ranges;
}

runtime::task<status> fold_in_parallel(const execution_context& context, const select_plan& plan,
                                       const query_options& options,
                                       const storage::scan_request& request, group_fold& fold) {
    std::vector<std::pair<runtime::shard*, fold_piece>> pieces;
    const auto& ranges = std::get<std::vector<data::token_range>>(request.partitions);
    for (const auto& range : ranges) {
        const auto parts = split(range, context.shards->size());
        for (std::uint32_t i = 0; i < parts.size(); ++i) {
            fold_piece piece{&context, &plan, &options, request};
            piece.request.partitions = std::vector<data::token_range>{parts[i]};
            pieces.emplace_back(&context.shards->at(i), std::move(piece));
        }
    }
    auto partials = co_await runtime::run_on_shards(std::move(pieces));
    for (auto& partial : partials) {
        if (!partial) co_return std::move(partial).error();
        NACRE_CO_CHECK(co_await fold.merge(std::move(*partial)));
    }
    co_return status{};
}

// Encodes finished groups until the page or the limit is full; says whether it is.
runtime::task<result<bool>> give_groups(const select_plan& plan, evaluation& state,
                                        page_state& page, group_fold& fold, rows_result& rows) {
    auto& groups = fold.finished();
    const auto rows_before = page.rows_of_partition;
    data::row_batch scratch;
    const auto* kept = &groups;
    if (page.per_partition_limit != unlimited) kept = cut_partitions(page, groups, scratch);
    const auto take = static_cast<std::uint32_t>(
        std::min({std::uint64_t{kept->row_count}, page.page_left, page.limit_left}));
    if (take != 0) {
        const auto given = head_of(*kept, take);
        NACRE_CO_CHECK(co_await encode_rows(plan.selectors, state, given, rows.content));
        rows.row_count += take;
        if (page.limit_left != unlimited) page.limit_left -= take;
        if (page.paged) page.page_left -= take;
        if (page.page_left == 0 && page.limit_left != 0) {
            end_page(rows, page, given.positions.view(take - 1),
                     rows_of_last_partition(rows_before, *kept, take));
        }
    }
    const bool full = page.page_left == 0 || page.limit_left == 0;
    groups.clear();
    co_return full;
}

runtime::task<result<rows_result>> select_groups(const execution_context& context,
                                                 const select_plan& plan,
                                                 const query_options& options, evaluation& state,
                                                 page_state page, storage::scan_request request) {
    rows_result rows;
    rows.metadata = plan.metadata;
    state.set_aggregate_base(static_cast<std::uint32_t>(plan.columns.size()));
    if (!plan.is_grouped) {
        // One row whatever the page; without positions the scan is cheaper.
        page.page_left = unlimited;
        page.paged = false;
        request.want_positions = false;
        request.resume_after.reset();
    }
    NACRE_CO_TRY(auto fold, group_fold::make(plan, options.until));
    if (folds_in_parallel(context, plan, request)) {
        NACRE_CO_CHECK(co_await fold_in_parallel(context, plan, options, request, *fold));
    } else {
        NACRE_CO_TRY(auto cursor, context.store->scan(std::move(request)));
        data::row_batch batch;
        for (;;) {
            NACRE_CO_TRY(const bool more, co_await next_rows(context, state, *cursor, batch));
            if (!more) break;
            data::row_batch scratch;
            NACRE_CO_TRY(const auto* kept, co_await wanted_rows(plan, state, page, batch, scratch));
            NACRE_CO_CHECK(co_await fold->add(state, *kept));
            if (plan.is_grouped) {
                NACRE_CO_TRY(const bool full, co_await give_groups(plan, state, page, *fold, rows));
                if (full) co_return rows;
            }
        }
    }
    NACRE_CO_CHECK(co_await fold->end());
    NACRE_CO_TRY(const bool full, co_await give_groups(plan, state, page, *fold, rows));
    (void)full;
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
