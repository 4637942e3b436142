#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nacre::udf {

/// Which calls are written to a file with their arguments.
enum class capture_mode : std::uint8_t { off, errors, slow, all };
inline constexpr std::array<std::string_view, 4> capture_mode_names = {"off", "errors", "slow",
                                                                       "all"};

/// What is kept of what functions do, and what follows from it. Set from the configuration before
/// anything runs.
struct observation_options {
    /// A function that failed this often within the window is not called for a while; 0: never.
    std::uint32_t quarantine_failures = 50;
    std::uint32_t quarantine_window_s = 60;
    std::uint32_t quarantine_s = 30;

    /// Output that is kept in memory, of one function and of all; the oldest lines go first.
    std::uint32_t log_bytes_kept_max = 64 << 10;
    std::uint64_t log_bytes_kept_total_max = 16 << 20;
    /// Lines that one function, and ten times as many that all together, may write to the server's
    /// log in a second.
    std::uint32_t log_lines_per_second_max = 20;

    /// Functions with metrics of their own; the others share one row of labels.
    std::uint32_t metrics_functions_max = 200;

    capture_mode capture = capture_mode::off;
    /// CPU time of a batch that makes it a slow one.
    std::uint32_t capture_slow_ms = 1'000;
    /// Arguments in one file; files that are kept, and what they may take together.
    std::uint32_t capture_argument_bytes_max = 4 << 20;
    std::uint32_t capture_files_max = 100;
    std::uint64_t capture_bytes_total_max = 256 << 20;
};

}  // namespace nacre::udf
