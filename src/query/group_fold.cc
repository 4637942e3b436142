#include "query/group_fold.h"

#include <algorithm>
#include <numeric>

namespace nacre::query {

result<std::unique_ptr<group_fold>> group_fold::make(const select_plan& plan,
                                                     const runtime::cancellation_ptr& until) {
    std::unique_ptr<group_fold> fold(new group_fold(plan));
    for (const auto& wanted : plan.columns) {
        fold->_finished.columns.emplace_back(wanted.type_in(*plan.table));
    }
    for (const auto& aggregate : plan.aggregates) {
        NACRE_TRY(auto accumulator, aggregate.function->make_accumulator(until));
        fold->_accumulators.push_back(std::move(accumulator));
        fold->_finished.columns.emplace_back(aggregate.function->signature().return_type);
    }
    fold->_finished.positions = data::column_vector(types::type::native(types::type_kind::blob));
    return fold;
}

bool group_fold::same_group(const data::row_batch& batch, const data::column_vector* computed,
                            std::uint32_t row) const {
    if (computed != nullptr && computed->serialised(row) != _computed_key) return false;
    for (std::size_t i = 0; i < _plan->group_slots.size(); ++i) {
        if (batch.columns[_plan->group_slots[i]].serialised(row) != _group_key[i]) return false;
    }
    return true;
}

void group_fold::open_group(const data::row_batch& batch, const data::column_vector* computed,
                            std::uint32_t row) {
    _open = true;
    _first_row.clear();
    for (const auto& column : batch.columns) _first_row.push_back(column.serialised(row));
    if (computed != nullptr) _computed_key = computed->serialised(row);
    _group_key.clear();
    for (const auto slot : _plan->group_slots) {
        _group_key.push_back(batch.columns[slot].serialised(row));
    }
}

runtime::task<status> group_fold::finish_group() {
    std::size_t column = 0;
    for (; column < _plan->columns.size(); ++column) {
        const bool known = column < _first_row.size();
        _finished.columns[column].append(known ? _first_row[column] : std::nullopt);
    }
    for (auto& accumulator : _accumulators) {
        NACRE_CO_TRY(const auto value, co_await accumulator->finish());
        _finished.columns[column++].append(value);
        NACRE_CO_CHECK(co_await accumulator->reset());
    }
    if (_opens_partition) _finished.partition_starts.push_back(_finished.row_count);
    _finished.positions.append_serialised(_last_position);
    ++_finished.row_count;
    _open = false;
    _first_row.clear();
    co_return status{};
}

runtime::task<status> group_fold::add(evaluation& state, const data::row_batch& batch) {
    if (batch.row_count == 0) co_return status{};
    std::optional<operand> function_values;
    if (_plan->group_function) {
        NACRE_CO_TRY(auto values, co_await _plan->group_function->evaluate(state, batch));
        function_values.emplace(std::move(values));
    }
    const auto* computed = function_values ? &function_values->column() : nullptr;
    std::vector<std::vector<operand>> operands;
    for (const auto& aggregate : _plan->aggregates) {
        auto& mine = operands.emplace_back();
        for (const auto& argument : aggregate.arguments) {
            NACRE_CO_TRY(auto value, co_await argument->evaluate(state, batch));
            mine.push_back(std::move(value));
        }
    }
    data::selection rows(batch.row_count);
    std::iota(rows.begin(), rows.end(), 0u);

    for (std::uint32_t begin = 0; begin < batch.row_count;) {
        if (_open && !same_group(batch, computed, begin)) NACRE_CO_CHECK(co_await finish_group());
        if (!_open) {
            open_group(batch, computed, begin);
            _opens_partition = std::ranges::binary_search(batch.partition_starts, begin);
        }
        std::uint32_t end = batch.row_count;
        if (_plan->is_grouped) {
            for (end = begin + 1; end < batch.row_count && same_group(batch, computed, end);) {
                ++end;
            }
        }
        for (std::size_t i = 0; i < _accumulators.size(); ++i) {
            std::vector<const data::column_vector*> columns;
            for (const auto& value : operands[i]) columns.push_back(&value.column());
            const std::span<const std::uint32_t> selected(rows.data() + begin, end - begin);
            NACRE_CO_CHECK(co_await _accumulators[i]->accumulate({columns, selected}));
        }
        if (batch.positions.size() != 0) _last_position = batch.positions.view(end - 1);
        begin = end;
    }
    co_return status{};
}

runtime::task<status> group_fold::end() {
    if (_open || !_plan->is_grouped) co_return co_await finish_group();
    co_return status{};
}

runtime::task<result<group_fold::partial>> group_fold::take_partial() {
    partial mine;
    if (_open) mine.first_row = _first_row;
    for (auto& accumulator : _accumulators) {
        NACRE_CO_TRY(auto state, co_await accumulator->partial_state());
        mine.states.push_back(std::move(state));
    }
    co_return mine;
}

runtime::task<status> group_fold::merge(partial other) {
    if (!other.first_row) co_return status{};
    if (!_open) {
        _open = true;
        _first_row = std::move(*other.first_row);
    }
    for (std::size_t i = 0; i < _accumulators.size(); ++i) {
        NACRE_CO_CHECK(co_await _accumulators[i]->merge(std::move(other.states[i])));
    }
    co_return status{};
}

}  // namespace nacre::query
