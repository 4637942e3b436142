#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/counters.h"

namespace nacre::cluster {

/// What is sent to the cluster.
enum class request_kind : std::uint8_t { query, prepare, execute, batch };
inline constexpr std::array<std::string_view, 4> request_kind_names{"query", "prepare", "execute",
                                                                    "batch"};

/// What one loop asked of the cluster, as whomever. Written there, read from any thread.
struct loop_figures {
    struct of_kind {
        runtime::counter errors;
        runtime::duration_histogram durations;
    };
    std::array<of_kind, request_kind_names.size()> requests;
    /// Of the reads that functions' rows come from.
    runtime::counter pages_read;
    runtime::counter rows_read;
};
/// By the loops' ids.
using figures = std::vector<loop_figures>;

}  // namespace nacre::cluster
