#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace nacre::runtime {

/// A histogram of how long each turn of a shard's loop took, in powers of two of microseconds.
/// Written by the shard's own thread, read from any.
class stall_watch {
  public:
    /// Bucket i counts turns shorter than 2^i microseconds; the last takes all the rest.
    static constexpr std::size_t bucket_count = 24;

    void record(std::chrono::nanoseconds turn);

    [[nodiscard]] std::uint64_t turns() const { return _turns.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t bucket(std::size_t i) const {
        return _buckets[i].load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::chrono::nanoseconds total() const {
        return std::chrono::nanoseconds(_total_ns.load(std::memory_order_relaxed));
    }
    [[nodiscard]] std::chrono::nanoseconds longest() const {
        return std::chrono::nanoseconds(_longest_ns.load(std::memory_order_relaxed));
    }

  private:
    std::array<std::atomic<std::uint64_t>, bucket_count> _buckets{};
    std::atomic<std::uint64_t> _turns{0};
    std::atomic<std::uint64_t> _total_ns{0};
    std::atomic<std::uint64_t> _longest_ns{0};
};

}  // namespace nacre::runtime
