#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nacre::tool {

/// A CSV file (RFC 4180): the names in its first line, and rows of as many cells. An empty cell
/// without quotes is null.
struct csv_rows {
    std::vector<std::string> names;
    std::vector<std::vector<std::optional<std::string>>> rows;
};

/// The error is `unusable` and names the file.
[[nodiscard]] result<csv_rows> read_csv(const std::filesystem::path& file);
[[nodiscard]] result<csv_rows> parse_csv(std::string_view text);

}  // namespace nacre::tool
