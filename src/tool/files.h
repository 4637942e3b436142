#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::tool {

/// The whole file; the error is `unusable` and names it.
[[nodiscard]] result<bytes> read_file(const std::filesystem::path& file);
/// Writes the file and the directories above it; one with the same contents is left as it is, so
/// that build programs see no change.
[[nodiscard]] status write_file(const std::filesystem::path& file, bytes_view contents);

}  // namespace nacre::tool
