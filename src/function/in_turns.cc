#include "function/in_turns.h"

#include <algorithm>

#include "types/varint.h"

namespace nacre::function {

// So that a piece takes about a millisecond at worst: a row of the longest numbers does, and so
// do some rows of short ones that have to be made long to be added.
constexpr std::size_t piece_rows_max = 16;
constexpr std::size_t piece_bytes_max = types::number_bytes_max;

namespace {

bool is_long(const data::column_vector* column) {
    return column->physical() == types::physical_type::serialised;
}

}  // namespace

bool may_be_long(std::span<const data::column_vector* const> columns) {
    return std::ranges::any_of(columns, is_long);
}

std::size_t rows_of_piece(std::span<const data::column_vector* const> columns,
                          std::span<const std::uint32_t> rows) {
    if (!may_be_long(columns)) return rows.size();
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < std::min(rows.size(), piece_rows_max) && bytes < piece_bytes_max) {
        for (const auto* column : columns) {
            if (is_long(column)) bytes += column->view(rows[count]).size();
        }
        ++count;
    }
    return count;
}

}  // namespace nacre::function
