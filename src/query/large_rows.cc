#include "query/large_rows.h"

namespace nacre::query {

namespace {

constexpr std::size_t large_value_bytes_min = 64 << 10;

bool has_large_value(const data::column_vector& column, std::uint32_t rows) {
    if (column.physical() != types::physical_type::serialised) return false;
    if (column.memory_bytes() < large_value_bytes_min) return false;
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (column.is_null(row)) continue;
        if (column.view(row).size() >= large_value_bytes_min) return true;
    }
    return false;
}

}  // namespace

bool has_large_row(const data::row_batch& batch) {
    for (const auto& column : batch.columns) {
        if (has_large_value(column, batch.row_count)) return true;
    }
    return false;
}

}  // namespace nacre::query
