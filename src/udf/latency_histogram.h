#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace nacre::udf {

/// How long calls took: counts in buckets whose bounds are a fourth of a power of two apart, from a
/// microsecond to over an hour. Written by any shard without a lock, read from any thread; a reader
/// may see a call in one figure and not yet in another.
class latency_histogram {
  public:
    void record(std::chrono::nanoseconds took);

    [[nodiscard]] std::uint64_t count() const;
    [[nodiscard]] std::chrono::nanoseconds total() const {
        return std::chrono::nanoseconds(_total_ns.load(std::memory_order_relaxed));
    }
    [[nodiscard]] std::chrono::nanoseconds longest() const {
        return std::chrono::nanoseconds(_longest_ns.load(std::memory_order_relaxed));
    }
    /// The time within which `part` (0 to 1) of the calls ended, at most a fifth too high. Zero if
    /// there were none.
    [[nodiscard]] std::chrono::microseconds quantile(double part) const;
    /// How many calls took less than 2^`power` microseconds.
    [[nodiscard]] std::uint64_t count_below_power_of_two(std::uint32_t power) const;

  private:
    static constexpr std::uint32_t steps_per_power = 4;
    static constexpr std::uint32_t powers = 32;
    static constexpr std::uint32_t bucket_count = steps_per_power * powers;

    [[nodiscard]] static std::uint32_t bucket_of(std::uint64_t us);
    /// Every time in the bucket is below this.
    [[nodiscard]] static std::uint64_t bound_us(std::uint32_t bucket);

    std::array<std::atomic<std::uint64_t>, bucket_count> _buckets{};
    std::atomic<std::uint64_t> _total_ns{0};
    std::atomic<std::uint64_t> _longest_ns{0};
};

}  // namespace nacre::udf
