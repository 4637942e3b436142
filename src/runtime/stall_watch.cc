#include "runtime/stall_watch.h"

#include <algorithm>
#include <bit>

#include "runtime/shard.h"

namespace nacre::runtime {

namespace {

// One writer: a plain load and store is enough and cheaper than a locked increment.
void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace

void stall_watch::histogram::record(std::chrono::nanoseconds turn) {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(turn.count(), 0));
    const std::size_t bucket = std::min<std::size_t>(std::bit_width(ns / 1000), bucket_count - 1);
    bump(_buckets[bucket], 1);
    bump(_count, 1);
    bump(_total_ns, ns);
    if (ns > _longest_ns.load(std::memory_order_relaxed)) {
        _longest_ns.store(ns, std::memory_order_relaxed);
    }
}

std::chrono::nanoseconds stall_watch::histogram::quantile(double part) const {
    const auto wanted = part * static_cast<double>(count());
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        below += bucket(i);
        if (static_cast<double>(below) >= wanted) {
            return std::min<std::chrono::nanoseconds>(std::chrono::microseconds(1ULL << i),
                                                      longest());
        }
    }
    return longest();
}

void stall_watch::record(std::chrono::nanoseconds lasted, std::chrono::nanoseconds cpu,
                         const work_context& whose) {
    _turns.record(lasted);
    _cpu.record(cpu);
    if (lasted >= stall_min) {
        stall one{.number = ++_stalls_ever,
                  .ended = std::chrono::system_clock::now(),
                  .lasted = lasted,
                  .cpu = cpu,
                  .group = whose.group,
                  .what = {}};
        if (_worst_part > lasted / 2) {
            one.what = std::move(_worst_part_name);
        } else if (whose.what) {
            one.what = whose.what->describe();
        }
        if (one.what.size() > description_bytes_max) {
            // Not within a character: continuation bytes are 10xxxxxx.
            auto end = description_bytes_max;
            while (end > 0 && (static_cast<unsigned char>(one.what[end]) & 0xC0) == 0x80) --end;
            one.what.resize(end);
            one.what += "…";
        }
        if (_stalls.size() == stalls_kept_max) {
            // A machine that is busy with other things makes many that say nothing of this server.
            const auto old =
                std::ranges::subrange(_stalls.begin(), _stalls.begin() + stalls_kept_max / 2);
            _stalls.erase(std::ranges::min_element(old, {}, &stall::cpu));
        }
        _stalls.push_back(std::move(one));
    }
    if (_worst_part.count() != 0) {
        _worst_part = {};
        _worst_part_name.clear();
    }
}

void stall_watch::blame(std::chrono::nanoseconds lasted, const describable& part) {
    if (lasted < stall_min / 2 || lasted <= _worst_part) return;
    _worst_part = lasted;
    _worst_part_name = part.describe();
}

turn_part::~turn_part() {
    const auto lasted = std::chrono::steady_clock::now() - _began;
    if (lasted < stall_watch::stall_min / 2) return;
    if (auto* here = this_shard_or_null()) here->blame(lasted, _what);
}

}  // namespace nacre::runtime
