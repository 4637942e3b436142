#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace nacre {

/// What `nacre function replay` is asked for.
struct replay_request {
    std::filesystem::path file;
    /// Only the first so many of the rows that were captured.
    std::optional<std::uint32_t> rows;
};

/// Makes a captured call again in a sandbox of its own and tells on stdout what came of it. The
/// exit status: 0 if that is what was recorded, 1 if it is something else, 2 if the file can't be
/// read or the function not compiled (then the reason is on stderr).
[[nodiscard]] int replay(const replay_request& request);

}  // namespace nacre
