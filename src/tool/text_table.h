#pragma once

#include <string>
#include <vector>

namespace nacre::tool {

/// Rows of cells as aligned text, the first row being the heads; columns are two blanks apart, and
/// numbers are aligned to the right.
[[nodiscard]] std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// "1.5 KiB".
[[nodiscard]] std::string readable_bytes(double bytes);

}  // namespace nacre::tool
