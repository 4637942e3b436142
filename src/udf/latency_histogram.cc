#include "udf/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nacre::udf {

// Bucket 4p + s holds times from 2^p * (1 + s/4) up to the next one's; what is below a microsecond
// is in the first.
std::uint32_t latency_histogram::bucket_of(std::uint64_t us) {
    if (us == 0) return 0;
    const auto power = static_cast<std::uint32_t>(std::bit_width(us)) - 1;
    if (power >= powers) return bucket_count - 1;
    const auto step = power >= 2 ? us >> (power - 2) & 3 : (us << (2 - power)) & 3;
    return power * steps_per_power + static_cast<std::uint32_t>(step);
}

std::uint64_t latency_histogram::bound_us(std::uint32_t bucket) {
    const auto next = bucket + 1;
    const auto power = next / steps_per_power;
    const auto quarters = steps_per_power + next % steps_per_power;
    // Times are whole microseconds, so the small bounds are rounded up.
    return ((std::uint64_t{quarters} << power) + 3) / 4;
}

void latency_histogram::record(std::chrono::nanoseconds took) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    _buckets[bucket_of(ns / 1000)].fetch_add(1, std::memory_order_relaxed);
    _total_ns.fetch_add(ns, std::memory_order_relaxed);
    auto longest = _longest_ns.load(std::memory_order_relaxed);
    while (ns > longest &&
           !_longest_ns.compare_exchange_weak(longest, ns, std::memory_order_relaxed)) {
    }
}

std::uint64_t latency_histogram::count() const {
    std::uint64_t sum = 0;
    for (const auto& bucket : _buckets) sum += bucket.load(std::memory_order_relaxed);
    return sum;
}

std::chrono::microseconds latency_histogram::quantile(double part) const {
    std::array<std::uint64_t, bucket_count> counts;
    std::uint64_t all = 0;
    for (std::uint32_t i = 0; i < bucket_count; ++i) {
        all += counts[i] = _buckets[i].load(std::memory_order_relaxed);
    }
    const auto wanted = static_cast<std::uint64_t>(std::ceil(part * static_cast<double>(all)));
    std::uint64_t seen = 0;
    for (std::uint32_t i = 0; i < bucket_count && all != 0; ++i) {
        seen += counts[i];
        if (seen < wanted || counts[i] == 0) continue;
        const auto longest_us = static_cast<std::uint64_t>(longest().count()) / 1000 + 1;
        return std::chrono::microseconds(std::min(bound_us(i), longest_us));
    }
    return {};
}

std::uint64_t latency_histogram::count_below_power_of_two(std::uint32_t power) const {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < std::min(power * steps_per_power, bucket_count); ++i) {
        sum += _buckets[i].load(std::memory_order_relaxed);
    }
    return sum;
}

}  // namespace nacre::udf
