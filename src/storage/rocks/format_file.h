#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace nacre::storage {

/// The version of docs/internals/storage-format.md that this code reads and writes.
inline constexpr std::uint32_t format_version = 2;

/// Makes sure that `directory` exists, is writable, and holds data of this format or none.
/// Changes nothing if the data is of another format.
[[nodiscard]] status check_data_directory(const std::filesystem::path& directory);

/// Where the database itself is.
[[nodiscard]] inline std::filesystem::path database_path(const std::filesystem::path& directory) {
    return directory / "rocksdb";
}

}  // namespace nacre::storage
