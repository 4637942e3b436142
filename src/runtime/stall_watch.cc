#include "runtime/stall_watch.h"

#include <algorithm>
#include <bit>

namespace nacre::runtime {

void stall_watch::record(std::chrono::nanoseconds turn) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(turn.count(), 0));
    const std::size_t bucket = std::min<std::size_t>(std::bit_width(ns / 1000), bucket_count - 1);
    // One writer: a plain load and store is enough and cheaper than a locked increment.
    auto bump = [](std::atomic<std::uint64_t>& counter, std::uint64_t by) {
        counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    };
    bump(_buckets[bucket], 1);
    bump(_turns, 1);
    bump(_total_ns, ns);
    if (ns > _longest_ns.load(std::memory_order_relaxed)) {
        _longest_ns.store(ns, std::memory_order_relaxed);
    }
}

}  // namespace nacre::runtime
