#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "udf/failure_kind.h"
#include "udf/guest_world.h"
#include "udf/latency_histogram.h"
#include "udf/quarantine.h"
#include "udf/rate_limit.h"

namespace nacre::udf {

class capture_store;

/// Why a function failed last.
struct last_failure {
    std::string message;
    std::chrono::system_clock::time_point time;
};

/// What a function's statistics have to do with the rest of the process. The standard is that of a
/// trial run, which nobody hears of.
struct statistics_setup {
    static constexpr observation_options standard_options{};

    std::uint64_t number = 0;  ///< never another function's
    /// Outlives the statistics, as `captures`.
    const observation_options* options = &standard_options;
    capture_store* captures = nullptr;  ///< null: nothing is captured
    /// What all guests start from, to repeat a call; none: each from its own.
    std::optional<world_origin> world;
    /// Whether the function is named in the metrics, or counted among others.
    bool has_own_metrics = false;
};

/// What one function has done since the server started, whatever its versions. Written by any
/// shard, once per batch; read from any thread.
class function_statistics {
  public:
    explicit function_statistics(statistics_setup setup = {})
        : setup(setup), server_log(setup.options->log_lines_per_second_max) {}

    std::atomic<std::uint64_t> statements{0};  ///< guests that ran: one per statement and shard
    std::atomic<std::uint64_t> calls{0};       ///< batches
    std::atomic<std::uint64_t> rows{0};
    std::atomic<std::uint64_t> cpu_ns{0};
    std::atomic<std::uint64_t> memory_bytes_peak{0};
    std::atomic<std::uint64_t> log_lines{0};
    std::atomic<std::uint64_t> log_bytes{0};
    std::atomic<std::uint64_t> log_bytes_dropped{0};       ///< beyond what a statement may write
    std::atomic<std::uint64_t> log_lines_hidden{0};        ///< kept out of the server's log
    std::atomic<std::uint64_t> log_lines_hidden_since{0};  ///< the last one that was shown
    latency_histogram latency;                             ///< of calls

    void note_memory(std::uint64_t bytes) {
        auto peak = memory_bytes_peak.load(std::memory_order_relaxed);
        while (bytes > peak &&
               !memory_bytes_peak.compare_exchange_weak(peak, bytes, std::memory_order_relaxed)) {
        }
    }

    /// Counts a failure. True if it put the function under quarantine.
    bool note_failure(failure_kind kind, const std::string& message);
    [[nodiscard]] std::uint64_t failures(failure_kind kind) const {
        return _failures[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t failures() const;
    [[nodiscard]] std::optional<last_failure> last() const;

    const statistics_setup setup;
    quarantine refusals;
    rate_limit server_log;  ///< of lines that the guests write

  private:
    std::array<std::atomic<std::uint64_t>, failure_kind_names.size()> _failures{};
    mutable std::mutex _mutex;
    std::optional<last_failure> _last;
};
using function_statistics_ptr = std::shared_ptr<function_statistics>;

}  // namespace nacre::udf
