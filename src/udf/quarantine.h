#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "udf/observation_options.h"

namespace nacre::udf {

/// Keeps a function that fails again and again from being called for a while. Asking is one atomic
/// load; any shard, any thread.
class quarantine {
  public:
    using clock = std::chrono::system_clock;

    /// Notes a failure for which the function itself is to blame. True if that put it under
    /// quarantine.
    bool note_failure(const observation_options& options, const std::string& reason,
                      clock::time_point now = clock::now());
    /// Ends it and forgets the failures: the function has been replaced.
    void lift();

    /// Until when it lasts; none if there is none.
    [[nodiscard]] std::optional<clock::time_point> until(
        clock::time_point now = clock::now()) const;
    /// Why calls are refused now ("it is under quarantine for 12 s more: …"); none if they are not.
    [[nodiscard]] std::optional<std::string> refusal(clock::time_point now = clock::now()) const;
    /// How often the function came under quarantine.
    [[nodiscard]] std::uint64_t times() const { return _times.load(std::memory_order_relaxed); }

  private:
    std::atomic<clock::rep> _until{0};
    std::atomic<std::uint64_t> _times{0};
    mutable std::mutex _mutex;
    std::deque<clock::time_point> _failures;  ///< within the window, oldest first
    std::string _cause;
};

}  // namespace nacre::udf
