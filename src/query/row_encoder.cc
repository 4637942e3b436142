#include "query/row_encoder.h"

#include "runtime/shard.h"

namespace nacre::query {

namespace {

template <typename Native>
void append_native(bytes& content, const data::column_vector& column, std::uint32_t row) {
    append_big_endian<std::int32_t>(content, sizeof(Native));
    append_big_endian(content, column.native<Native>()[row]);
}

void append_cell(bytes& content, const data::column_vector& column, std::uint32_t row) {
    using types::physical_type;
    if (column.is_null(row)) {
        append_big_endian<std::int32_t>(content, -1);
        return;
    }
    if (column.is_empty_value(row)) {
        append_big_endian<std::int32_t>(content, 0);
        return;
    }
    switch (column.physical()) {
        case physical_type::int8:
            return append_native<std::int8_t>(content, column, row);
        case physical_type::int16:
            return append_native<std::int16_t>(content, column, row);
        case physical_type::int32:
        case physical_type::float32:
            return append_native<std::int32_t>(content, column, row);
        case physical_type::int64:
        case physical_type::float64:
            return append_native<std::int64_t>(content, column, row);
        case physical_type::serialised: {
            const auto value = column.view(row);
            append_big_endian(content, static_cast<std::int32_t>(value.size()));
            content += value;
            return;
        }
    }
}

}  // namespace

runtime::task<status> encode_rows(const std::vector<expression_ptr>& selectors, evaluation& state,
                                  const data::row_batch& batch, bytes& content) {
    std::vector<operand> values;
    values.reserve(selectors.size());
    for (const auto& selector : selectors) {
        NACRE_CO_TRY(auto value, co_await selector->evaluate(state, batch));
        values.push_back(std::move(value));
    }
    // Not for every row a look at the clock: most have some bytes.
    constexpr std::size_t looked_at_bytes_min = 64 << 10;
    std::size_t looked_at = content.size();
    for (std::uint32_t row = 0; row < batch.row_count; ++row) {
        for (const auto& value : values) append_cell(content, value.column(), row);
        if (content.size() - looked_at < looked_at_bytes_min) continue;
        looked_at = content.size();
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
    co_return state.hold(content.size());
}

void append_rows(const data::row_batch& from, data::row_batch& to) {
    if (to.columns.empty()) {
        for (const auto& column : from.columns) to.columns.emplace_back(column.type());
    }
    for (std::size_t i = 0; i < from.columns.size(); ++i) {
        for (std::uint32_t row = 0; row < from.row_count; ++row) {
            to.columns[i].append_from(from.columns[i], row);
        }
    }
    to.row_count += from.row_count;
}

data::row_batch compact(const data::row_batch& batch, const data::selection& rows) {
    data::row_batch kept;
    kept.row_count = static_cast<std::uint32_t>(rows.size());
    const auto copy = [&rows](const data::column_vector& from) {
        data::column_vector to(from.type());
        to.reserve(static_cast<std::uint32_t>(rows.size()));
        for (const auto row : rows) to.append_from(from, row);
        return to;
    };
    for (const auto& column : batch.columns) kept.columns.push_back(copy(column));
    if (batch.positions.size() == batch.row_count && batch.row_count != 0) {
        kept.positions = copy(batch.positions);
    }
    // A partition whose first row was dropped begins at its first kept row.
    std::size_t next_start = 0;
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
        bool begins = false;
        while (next_start < batch.partition_starts.size() &&
               batch.partition_starts[next_start] <= rows[i]) {
            begins = true;
            ++next_start;
        }
        if (begins) kept.partition_starts.push_back(i);
    }
    return kept;
}

}  // namespace nacre::query
