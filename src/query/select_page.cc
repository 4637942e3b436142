#include "query/select_page.h"

#include <algorithm>
#include <chrono>

#include "query/paging.h"
#include "query/row_encoder.h"

namespace nacre::query {

namespace {

constexpr std::uint32_t batch_rows_max = 1024;

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

}  // namespace

void page_state::give(std::uint64_t rows) {
    if (limit_left != unlimited) limit_left -= rows;
    if (paged) page_left -= rows;
}

runtime::task<result<page_state>> evaluate_limits(const select_plan& plan, evaluation& state) {
    page_state page;
    NACRE_CO_TRY(page.limit_left, co_await evaluate_limit(plan.limit, state));
    NACRE_CO_TRY(page.per_partition_limit,
                 co_await evaluate_limit(plan.per_partition_limit, state));
    NACRE_CO_TRY(page.filters, co_await evaluate_filters(plan.where, state));
    co_return page;
}

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
    request.consistency = options.consistency;
    request.reader = options.reader;
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

namespace {

using relation = storage::row_condition::relation;

std::optional<relation> relation_of(const row_filter& filter) {
    using enum cql::relation_operator;
    if (filter.map_key) return relation::has_entry;
    switch (filter.op) {
        case equal:
            return relation::equal;
        case less:
            return relation::less;
        case less_or_equal:
            return relation::less_or_equal;
        case greater:
            return relation::greater;
        case greater_or_equal:
            return relation::greater_or_equal;
        case contains:
            return relation::contains;
        case contains_key:
            return relation::contains_key;
        default:
            return std::nullopt;
    }
}

// What a store can be told of the filters: those that compare a column with one value.
std::vector<storage::row_condition> conditions_of(const select_plan& plan,
                                                  const std::vector<ready_filter>& filters) {
    std::vector<storage::row_condition> conditions;
    for (const auto& filter : filters) {
        const auto what = relation_of(*filter.source);
        const auto* column = dynamic_cast<const slot_expression*>(filter.source->left.get());
        if (!what || column == nullptr || column->slot() >= plan.columns.size()) continue;
        const auto& wanted = plan.columns[column->slot()];
        if (wanted.what != storage::wanted_column::part::value) continue;
        conditions.push_back({wanted.ordinal, *what, *filter.right.front(), filter.map_key});
    }
    return conditions;
}

}  // namespace

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
    request.conditions = conditions_of(plan, page.filters);
    // Of groups the limit is one of groups, and of filtered rows one of those that are left.
    const bool of_rows = plan.where.filters.empty() && !plan.aggregates_rows();
    if (of_rows && page.per_partition_limit != unlimited) {
        request.rows_per_partition_max = static_cast<std::uint32_t>(page.per_partition_limit);
    }
    // Rows beyond the page would be read for nothing; filtered rows can't be foreseen.
    if (of_rows) {
        request.batch_rows_max = static_cast<std::uint32_t>(
            std::min({std::uint64_t{batch_rows_max}, page.page_left, page.limit_left}));
    }
    return {};
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

runtime::task<result<bool>> next_rows(const execution_context& context, const evaluation& state,
                                      storage::scan_cursor& cursor, data::row_batch& batch) {
    NACRE_CO_CHECK(state.may_go_on());
    NACRE_CO_TRY(const bool more, co_await cursor.next(batch));
    if (more) context.rows_read->fetch_add(batch.row_count, std::memory_order_relaxed);
    co_return more;
}

runtime::task<result<const data::row_batch*>> filtered_rows(evaluation& state, page_state& page,
                                                            const data::row_batch& batch,
                                                            data::row_batch& scratch) {
    if (page.filters.empty()) co_return &batch;
    NACRE_CO_TRY(const auto rows, co_await apply_filters(page.filters, state, batch));
    if (rows.size() == batch.row_count && !page.partition_begins) co_return &batch;
    auto kept = compact(batch, rows);
    scratch = std::move(kept);
    note_partition_begin(batch, rows, page, scratch);
    co_return &scratch;
}

data::selection rows_within_partitions(page_state& page, const data::row_batch& rows) {
    data::selection within;
    std::size_t next_start = 0;
    for (std::uint32_t row = 0; row < rows.row_count; ++row) {
        if (next_start < rows.partition_starts.size() && rows.partition_starts[next_start] == row) {
            page.rows_of_partition = 0;
            ++next_start;
        }
        if (page.rows_of_partition++ < page.per_partition_limit) within.push_back(row);
    }
    return within;
}

std::uint64_t rows_of_last_partition(std::uint64_t count, const data::row_batch& rows) {
    if (rows.partition_starts.empty()) return count + rows.row_count;
    return rows.row_count - rows.partition_starts.back();
}

data::row_batch head_of(const data::row_batch& batch, std::uint32_t count) {
    return compact(batch, data::all_rows(count));
}

}  // namespace nacre::query
