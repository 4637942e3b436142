#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/response.h"

namespace nacre::client {

/// The rows of one answer, all pages. Every row has as many cells as there are columns.
class rows {
  public:
    [[nodiscard]] const std::vector<protocol::column>& columns() const { return _columns; }
    [[nodiscard]] std::size_t size() const { return _cells.size(); }
    /// The cell's serialised value; absent: null, or no such column.
    [[nodiscard]] optional_bytes cell(std::size_t row, std::string_view column) const;
    /// The cell as text: that of a text column itself, else a CQL literal; absent as in `cell`.
    [[nodiscard]] std::optional<std::string> text(std::size_t row, std::string_view column) const;
    /// The number in an int, bigint or double column; absent as in `cell`.
    [[nodiscard]] std::optional<double> number(std::size_t row, std::string_view column) const;
    /// The texts in a list of them; empty for null.
    [[nodiscard]] std::vector<std::string> texts(std::size_t row, std::string_view column) const;

    /// Adds a page.
    [[nodiscard]] status add(const protocol::rows_response& page);

  private:
    [[nodiscard]] const protocol::column* find(std::string_view name, std::size_t& at) const;

    std::vector<protocol::column> _columns;
    std::vector<std::vector<optional_bytes>> _cells;
};

}  // namespace nacre::client
