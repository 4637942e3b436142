#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>

namespace nacre::runtime {

/// A number that one thread writes and any reads: no locked instructions.
class counter {
  public:
    void add(std::uint64_t by) {
        _value.store(_value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t by) {
        _value.store(_value.load(std::memory_order_relaxed) - by, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const { return _value.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> _value{0};
};

/// Times in powers of two of microseconds: bucket i counts those shorter than 2^i, the last all
/// the rest.
class duration_histogram {
  public:
    static constexpr std::size_t bucket_count = 28;

    void record(std::chrono::nanoseconds took) {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
        _buckets[std::min<std::size_t>(std::bit_width(ns / 1000), bucket_count - 1)].add(1);
        _total_ns.add(ns);
    }
    [[nodiscard]] std::uint64_t bucket(std::size_t i) const { return _buckets[i].value(); }
    [[nodiscard]] std::uint64_t total_ns() const { return _total_ns.value(); }

  private:
    std::array<counter, bucket_count> _buckets;
    counter _total_ns;
};

}  // namespace nacre::runtime
