#pragma once

#ifdef __wasm__
#error "<nacre/testing.h> is for programs for the host: unit tests of functions"
#endif

#include <optional>
#include <vector>

#include "nacre/column.h"

/// Columns for unit tests of functions over columns. Functions of values need nothing: they are
/// called as they are, and nacre::fail() throws nacre::failure.
namespace nacre::testing {

/// Where the values are as a column. T may be a std::optional.
template <typename T>
detail::column_descriptor descriptor_of(const std::vector<T>& values) {
    using value = detail::value_of<T>;
    using element = typename detail::argument_column<T>::element;
    const auto rows = static_cast<std::uint32_t>(values.size());
    detail::column_descriptor made{};
    auto* bitmap = detail::allocate_bytes(detail::bitmap_bytes(rows));
    const auto is_null = [&](std::uint32_t row) {
        if constexpr (detail::is_nullable<T>) return !values[row].has_value();
        return false;
    };
    const auto at = [&](std::uint32_t row) -> value {
        if constexpr (detail::is_nullable<T>)
            return *values[row];
        else
            return values[row];
    };
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (row % 8 == 0) bitmap[row / 8] = {};
        if (is_null(row))
            made.validity = detail::address_of(bitmap);
        else
            bitmap[row / 8] |= std::byte{1} << row % 8;
    }
    if constexpr (detail::is_fixed<value>) {
        auto* elements = reinterpret_cast<element*>(detail::allocate_bytes(rows * sizeof(element)));
        made.values = detail::address_of(elements);
        for (std::uint32_t row = 0; row < rows; ++row) {
            elements[row] = is_null(row) ? element{} : detail::codec<value>::to_column(at(row));
        }
    } else {
        auto* offsets = reinterpret_cast<std::uint32_t*>(detail::allocate_bytes(4 * (rows + 1)));
        made.values = detail::address_of(offsets);
        offsets[0] = 0;
        for (std::uint32_t row = 0; row < rows; ++row) {
            offsets[row + 1] =
                offsets[row] + (is_null(row) ? 0 : detail::codec<value>::size(at(row)));
        }
        auto* data = detail::allocate_bytes(offsets[rows] + 1);
        made.data = detail::address_of(data);
        made.data_size = offsets[rows];
        for (std::uint32_t row = 0; row < rows; ++row) {
            if (!is_null(row)) detail::codec<value>::write(data + offsets[row], at(row));
        }
    }
    return made;
}

/// The values as the argument of a function. T may be a std::optional.
template <typename T>
column<T> column_of(const std::vector<T>& values) {
    return column<T>(descriptor_of(values), static_cast<std::uint32_t>(values.size()));
}

/// The rows of a function's result.
template <typename T>
std::vector<std::optional<T>> values_of(new_column<T> result) {
    const auto rows = result.size();
    const column<std::optional<T>> finished(result.finished(), rows);
    return {finished.begin(), finished.end()};
}

}  // namespace nacre::testing
