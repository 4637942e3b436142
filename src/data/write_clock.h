#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace nacre::data {

/// Timestamps of writes, in microseconds since the epoch: the time of day, but each later than the
/// one before, whatever the clock says. One thread at a time.
class write_clock {
  public:
    /// Each is later by `step_us` at least, which is room for what a write brings with it, as
    /// deletions that go before a row.
    explicit write_clock(std::int64_t step_us) : _step_us(step_us) {}

    /// None is given that is not later than this.
    void go_on_after(std::int64_t timestamp_us) { _last_us = timestamp_us; }

    [[nodiscard]] std::int64_t next_us() {
        const std::int64_t now_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count();
        _last_us = std::max(now_us, _last_us + _step_us);
        return _last_us;
    }

  private:
    const std::int64_t _step_us;
    std::int64_t _last_us = 0;
};

}  // namespace nacre::data
