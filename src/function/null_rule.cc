#include "function/null_rule.h"

#include <algorithm>

namespace nacre::function {

namespace {

runtime::task<status> call(const scalar_function& function, instance& callee, call_batch batch) {
    const auto before = batch.result.size();
    NACRE_CO_CHECK(co_await callee.call(batch));
    const auto answered = batch.result.size() - before;
    if (answered == batch.rows.size()) co_return status();
    co_return server_error("function {} answered {} rows of {}", function.signature.to_string(),
                           answered, batch.rows.size());
}

}  // namespace

std::span<const std::uint32_t> without_nulls(std::span<const data::column_vector* const> arguments,
                                             std::span<const std::uint32_t> rows,
                                             data::selection& kept) {
    const bool any_null = std::ranges::any_of(
        arguments, [](const auto* column) { return column->null_count() != 0; });
    if (!any_null) return rows;
    kept.clear();
    for (const auto row : rows) {
        const bool has_null = std::ranges::any_of(
            arguments, [row](const auto* column) { return column->is_null(row); });
        if (!has_null) kept.push_back(row);
    }
    return kept;
}

runtime::task<status> call_by_null_rule(const scalar_function& function, instance& callee,
                                        call_batch batch) {
    if (batch.rows.empty()) co_return status();
    data::selection kept;
    auto rows = batch.rows;
    if (function.on_null == schema::null_input::returns_null) {
        rows = without_nulls(batch.arguments, batch.rows, kept);
    }
    if (rows.size() == batch.rows.size()) co_return co_await call(function, callee, batch);
    data::column_vector answers(batch.result.type());
    if (!rows.empty()) {
        const call_batch rest{.arguments = batch.arguments, .rows = rows, .result = answers};
        NACRE_CO_CHECK(co_await call(function, callee, rest));
    }
    std::uint32_t next = 0;
    for (const auto row : batch.rows) {
        if (next < rows.size() && rows[next] == row) {
            batch.result.append_from(answers, next++);
        } else {
            batch.result.append_null();
        }
    }
    co_return status();
}

}  // namespace nacre::function
