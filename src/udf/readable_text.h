#pragma once

#include <string>
#include <string_view>

namespace nacre::udf {

/// What a guest or its compiler says, as an operator's terminal and a CQL text can take it: valid
/// UTF-8, no control characters but tabs and line ends (others become \x1b and the like). Of more
/// than `bytes_max` bytes the beginning and the end are shown.
[[nodiscard]] std::string readable(std::string_view text, std::size_t bytes_max);

}  // namespace nacre::udf
