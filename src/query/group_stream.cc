#include "query/group_stream.h"

#include <algorithm>

#include "query/large_rows.h"

namespace nacre::query {

namespace {

// Nothing that is done on the shard's loop without a yield takes long for thousands of rows:
// columns, constants, and users' functions, which yield.
bool is_quick(const expression& node) {
    const auto* call = dynamic_cast<const call_expression*>(&node);
    if (call == nullptr) {
        return dynamic_cast<const slot_expression*>(&node) != nullptr || node.is_constant();
    }
    return !call->callee().is_native &&
           std::ranges::all_of(call->arguments(), [](const auto& each) { return is_quick(*each); });
}

}  // namespace

std::uint32_t fold_rows_max(const select_plan& plan) {
    constexpr std::uint32_t usual = 1024;
    constexpr std::uint32_t most = 4096;
    if (!plan.where.filters.empty() || plan.group_function) return usual;
    const bool quick = std::ranges::all_of(plan.aggregates, [](const bound_aggregate& aggregate) {
        return std::ranges::all_of(aggregate.arguments,
                                   [](const auto& each) { return is_quick(*each); });
    });
    return quick ? most : usual;
}

runtime::task<status> group_stream::add(const data::row_batch& batch) {
    auto work = [&]() -> runtime::task<status> {
        data::row_batch scratch;
        NACRE_CO_TRY(const auto* kept, co_await filtered_rows(state, page, batch, scratch));
        co_return co_await add_filtered(*kept);
    };
    const bool is_much = has_large_row(batch);
    has_had_much = has_had_much || is_much;
    co_return co_await where_it_fits(context, is_much, work);
}

runtime::task<status> group_stream::add_filtered(const data::row_batch& batch) {
    NACRE_CO_CHECK(co_await fold.begin(state, batch));
    while (fold.has_rows() && !is_full()) {
        // Which groups PER PARTITION LIMIT leaves is known when they have ended.
        const bool all_are_wanted = page.per_partition_limit == unlimited;
        NACRE_CO_CHECK(co_await fold.fold(all_are_wanted ? page.left() : unlimited));
        NACRE_CO_CHECK(co_await pass_on());
    }
    co_return status{};
}

runtime::task<status> group_stream::add_all(storage::scan_cursor& cursor) {
    data::row_batch batch;
    while (!is_full()) {
        NACRE_CO_TRY(const bool more, co_await next_rows(context, state, cursor, batch));
        if (!more) break;
        NACRE_CO_CHECK(co_await add(batch));
    }
    co_return status{};
}

runtime::task<status> group_stream::end() {
    auto work = [this]() -> runtime::task<status> {
        NACRE_CO_CHECK(co_await fold.end());
        co_return co_await pass_on();
    };
    co_return co_await where_it_fits(context, has_had_much, work);
}

runtime::task<status> group_stream::pass_on() {
    if (fold.waiting().row_count == 0) co_return status{};
    const auto rows_before = page.rows_of_partition;
    auto wanted = rows_within_partitions(page, fold.waiting());
    if (wanted.size() > page.left()) wanted.resize(page.left());
    NACRE_CO_TRY(auto groups, co_await fold.take(wanted));
    if (groups.row_count == 0) co_return status{};
    page.give(groups.row_count);
    co_return co_await take(std::move(groups), rows_before);
}

}  // namespace nacre::query
