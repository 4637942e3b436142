#include "query/group_fold.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "query/row_encoder.h"
#include "runtime/shard.h"

namespace nacre::query {

namespace {

using types::physical_type;

constexpr std::uint32_t groups_at_once_max = 256;
constexpr std::uint64_t waiting_bytes_max = 4 << 20;
constexpr std::chrono::microseconds turn_max{250};

bool same_value(const data::column_vector& left, std::uint32_t left_row,
                const data::column_vector& right, std::uint32_t right_row) {
    if (left.is_null(left_row) || right.is_null(right_row)) {
        return left.is_null(left_row) == right.is_null(right_row);
    }
    if (left.physical() == physical_type::serialised) {
        return left.view(left_row) == right.view(right_row);
    }
    if (left.is_empty_value(left_row) != right.is_empty_value(right_row)) return false;
    const auto width = data::column_vector::width_bytes(left.physical());
    return left.fixed_bytes().substr(left_row * width, width) ==
           right.fixed_bytes().substr(right_row * width, width);
}

template <typename Native>
void mark_native_changes(const data::column_vector& column, std::vector<std::uint8_t>& starts) {
    const auto values = column.native<Native>();
    for (std::size_t row = 1; row < values.size(); ++row) {
        starts[row] |= static_cast<std::uint8_t>(values[row] != values[row - 1]);
    }
}

// Marks the rows that differ from the one before.
void mark_changes(const data::column_vector& column, std::vector<std::uint8_t>& starts) {
    const bool plain = column.null_count() == 0 && !column.has_empty_values();
    // As bits: a NaN is the same as itself.
    switch (plain ? data::column_vector::width_bytes(column.physical()) : 0) {
        case 1:
            return mark_native_changes<std::uint8_t>(column, starts);
        case 2:
            return mark_native_changes<std::uint16_t>(column, starts);
        case 4:
            return mark_native_changes<std::uint32_t>(column, starts);
        case 8:
            return mark_native_changes<std::uint64_t>(column, starts);
        default:
            break;
    }
    for (std::uint32_t row = 1; row < column.size(); ++row) {
        if (!same_value(column, row, column, row - 1)) starts[row] = 1;
    }
}

}  // namespace

result<std::unique_ptr<group_fold>> group_fold::make(const select_plan& plan,
                                                     const runtime::cancellation_ptr& until) {
    std::unique_ptr<group_fold> fold(new group_fold(plan));
    for (const auto& wanted : plan.columns) {
        const auto type = wanted.type_in(*plan.table);
        fold->_waiting.columns.emplace_back(type);
        fold->_kept_row.columns.emplace_back(type);
    }
    for (const auto& aggregate : plan.aggregates) {
        NACRE_TRY(auto accumulator, aggregate.function->make_accumulator(until));
        fold->_accumulators.push_back(std::move(accumulator));
    }
    fold->_waiting.positions = data::column_vector(types::type::native(types::type_kind::blob));
    return fold;
}

runtime::task<status> group_fold::begin(evaluation& state, const data::row_batch& batch) {
    _batch = &batch;
    _next = 0;
    _computed.reset();
    if (_plan->group_function && batch.row_count != 0) {
        NACRE_CO_TRY(auto values, co_await _plan->group_function->evaluate(state, batch));
        _computed.emplace(std::move(values));
    }
    _arguments.clear();
    for (const auto& aggregate : _plan->aggregates) {
        auto& mine = _arguments.emplace_back();
        for (const auto& argument : aggregate.arguments) {
            NACRE_CO_TRY(auto value, co_await argument->evaluate(state, batch));
            mine.push_back(std::move(value));
        }
    }
    if (_rows.size() < batch.row_count) {
        _rows.resize(batch.row_count);
        std::iota(_rows.begin(), _rows.end(), 0U);
    }
    find_starts();
    co_return status{};
}

// The rows of a group have one partition key, so a partition begins a group; of the clustering
// columns that are grouped by, and of the function, it depends on the values.
void group_fold::find_starts() {
    _starts.clear();
    _next_start = 0;
    if (_batch->row_count == 0) return;
    if (!_plan->is_grouped) {
        if (!_open) _starts.push_back(0);
        return;
    }
    std::vector<std::uint8_t> marks(_batch->row_count, 0);
    for (const auto row : _batch->partition_starts) marks[row] = 1;
    for (const auto slot : _plan->group_slots) mark_changes(_batch->columns[slot], marks);
    if (_computed) mark_changes(_computed->column(), marks);
    if (!_open || !continues_open_group()) marks[0] = 1;
    for (std::uint32_t row = 0; row < _batch->row_count; ++row) {
        if (marks[row] != 0) _starts.push_back(row);
    }
}

bool group_fold::continues_open_group() const {
    for (const auto slot : _plan->group_slots) {
        if (!same_value(_batch->columns[slot], 0, _kept_row.columns[slot], 0)) return false;
    }
    return !_computed || _computed->column().serialised(0) == _kept_computed;
}

void group_fold::open_at(std::uint32_t row) {
    _open = true;
    _open_row = row;
    _opens_partition = std::ranges::binary_search(_batch->partition_starts, row);
}

// The open group's last row is the one before `row`.
void group_fold::close_before(std::uint32_t row) {
    const auto& first = _open_row ? *_batch : _kept_row;
    for (std::size_t i = 0; i < _waiting.columns.size(); ++i) {
        auto& to = _waiting.columns[i];
        if (first.row_count == 0) {
            to.append_null();
        } else {
            to.append_from(first.columns[i], _open_row.value_or(0));
        }
    }
    if (_opens_partition) _waiting.partition_starts.push_back(_waiting.row_count);
    const bool is_here = row != 0 && _batch->positions.size() != 0;
    _waiting.positions.append_serialised(is_here ? _batch->positions.view(row - 1)
                                                 : bytes_view(_last_position));
    ++_waiting.row_count;
    _open = false;
    _open_row.reset();
    _kept_row.clear();
}

// The batch goes away before the open group ends.
void group_fold::keep_open_row() {
    if (_batch->positions.size() != 0) {
        _last_position = _batch->positions.view(_batch->row_count - 1);
    }
    if (!_open_row) return;
    _kept_row.clear();
    for (std::size_t i = 0; i < _kept_row.columns.size(); ++i) {
        _kept_row.columns[i].append_from(_batch->columns[i], *_open_row);
    }
    _kept_row.row_count = 1;
    if (_computed) _kept_computed = _computed->column().serialised(*_open_row);
    _open_row.reset();
}

std::uint64_t group_fold::waiting_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& column : _waiting.columns) bytes += column.value_bytes();
    for (const auto& each : _accumulators) bytes += each->group_bytes();
    return bytes;
}

runtime::task<status> group_fold::fold_rows(std::uint32_t end,
                                            std::span<const std::uint32_t> ends) {
    const auto rows = std::span<const std::uint32_t>(_rows).subspan(_next, end - _next);
    for (std::size_t i = 0; i < _accumulators.size(); ++i) {
        std::vector<const data::column_vector*> columns;
        for (const auto& value : _arguments[i]) columns.push_back(&value.column());
        NACRE_CO_CHECK(co_await _accumulators[i]->fold({columns, rows}, ends));
    }
    _next = end;
    co_return status{};
}

runtime::task<status> group_fold::fold_some(std::uint64_t groups_max) {
    if (!_open) {
        open_at(_next);
        ++_next_start;
    }
    // Ends by the row's number among those that are folded now.
    data::selection ends;
    auto end = _batch->row_count;
    for (; _next_start < _starts.size(); ++_next_start) {
        const auto start = _starts[_next_start];
        ends.push_back(start - _next);
        close_before(start);
        if (ends.size() == groups_max) {
            end = start;
            break;
        }
        open_at(start);
    }
    co_return co_await fold_rows(end, ends);
}

runtime::task<status> group_fold::fold(std::uint64_t groups_max) {
    auto began = std::chrono::steady_clock::now();
    while (has_rows() && _waiting.row_count < groups_max && waiting_bytes() < waiting_bytes_max) {
        if (std::chrono::steady_clock::now() - began > turn_max) {
            co_await runtime::yield();
            began = std::chrono::steady_clock::now();
        }
        NACRE_CO_CHECK(co_await fold_some(
            std::min<std::uint64_t>(groups_max - _waiting.row_count, groups_at_once_max)));
    }
    if (!has_rows() && _batch != nullptr) {
        if (_batch->row_count != 0) keep_open_row();
        _batch = nullptr;
    }
    co_return status{};
}

runtime::task<status> group_fold::end() {
    if (!_open && _plan->is_grouped) co_return status{};
    close_before(0);
    constexpr std::uint32_t here = 0;
    for (auto& accumulator : _accumulators) {
        const std::vector<const data::column_vector*> no_columns;
        NACRE_CO_CHECK(co_await accumulator->fold({no_columns, {}}, std::span(&here, 1)));
    }
    co_return status{};
}

runtime::task<result<data::row_batch>> group_fold::take(std::span<const std::uint32_t> groups) {
    auto taken = compact(_waiting, data::selection(groups.begin(), groups.end()));
    for (std::size_t i = 0; i < _accumulators.size(); ++i) {
        auto& results =
            taken.columns.emplace_back(_plan->aggregates[i].function->signature().return_type);
        NACRE_CO_CHECK(co_await _accumulators[i]->results(groups, results));
        _accumulators[i]->forget_groups();
    }
    _waiting.clear();
    co_return taken;
}

runtime::task<result<group_fold::partial>> group_fold::take_partial() {
    partial mine;
    if (_open) mine.first_row = std::move(_kept_row);
    for (auto& accumulator : _accumulators) {
        NACRE_CO_TRY(auto state, co_await accumulator->take_partial());
        mine.states.push_back(std::move(state));
    }
    _open = false;
    _kept_row = {};
    for (const auto& column : _waiting.columns) _kept_row.columns.emplace_back(column.type());
    co_return mine;
}

runtime::task<status> group_fold::merge(partial other) {
    if (!other.first_row) co_return status{};
    if (!_open) {
        _open = true;
        _kept_row = std::move(*other.first_row);
    }
    for (std::size_t i = 0; i < _accumulators.size(); ++i) {
        NACRE_CO_CHECK(co_await _accumulators[i]->merge(std::move(other.states[i])));
    }
    co_return status{};
}

}  // namespace nacre::query
