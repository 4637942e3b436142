#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace nacre::udf {

/// Lets so many things through in a second, and as many at once after a rest. Any thread.
class rate_limit {
  public:
    using clock = std::chrono::steady_clock;

    explicit rate_limit(std::uint32_t per_second, clock::time_point now = clock::now())
        : _per_second(per_second), _left(per_second), _last(now) {}

    [[nodiscard]] bool allows_one(clock::time_point now = clock::now()) {
        const std::lock_guard lock(_mutex);
        const std::chrono::duration<double> passed = now - _last;
        _left = std::min(_left + passed.count() * _per_second, _per_second);
        _last = now;
        if (_left < 1) return false;
        _left -= 1;
        return true;
    }

  private:
    const double _per_second;
    std::mutex _mutex;
    double _left;
    clock::time_point _last;
};

}  // namespace nacre::udf
