#include "runtime/scheduler.h"

#include <algorithm>

namespace nacre::runtime {

namespace {

// One writer: a plain load and store is enough and cheaper than a locked increment.
void bump(std::atomic<std::uint64_t>& counter, std::uint64_t by) {
    counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

constexpr std::uint64_t scale = 1'000;

}  // namespace

std::uint64_t scheduler::scaled(std::size_t group, std::chrono::nanoseconds time) const {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    return ns * scale / std::max(_shares[group], 1U);
}

void scheduler::add(work_context whose, work run) {
    const auto group = static_cast<std::size_t>(whose.group);
    auto& queue = _queues[group];
    if (queue.entries.empty()) {
        const auto credit = scaled(group, credit_max);
        queue.due = std::max(queue.due, _now > credit ? _now - credit : 0);
    }
    queue.entries.push_back({{std::move(whose), std::move(run)}, clock::now()});
    bump(queue.waiting, 1);
    ++_waiting;
}

std::optional<scheduler::piece> scheduler::next() {
    queue* least = nullptr;
    for (auto& each : _queues) {
        if (!each.entries.empty() && (least == nullptr || each.due < least->due)) least = &each;
    }
    if (least == nullptr) return std::nullopt;
    _now = std::max(_now, least->due);
    auto first = std::move(least->entries.front());
    least->entries.pop_front();
    least->waiting.store(least->entries.size(), std::memory_order_relaxed);
    --_waiting;
    const auto waited = static_cast<std::uint64_t>((clock::now() - first.since).count());
    if (waited > least->longest_wait_ns.load(std::memory_order_relaxed)) {
        least->longest_wait_ns.store(waited, std::memory_order_relaxed);
    }
    return std::move(first.what);
}

void scheduler::charge(scheduling_group group, std::chrono::nanoseconds spent) {
    const auto index = static_cast<std::size_t>(group);
    auto& queue = _queues[index];
    queue.due += scaled(index, spent);
    bump(queue.turns, 1);
    bump(queue.cpu_ns, static_cast<std::uint64_t>(std::max<std::int64_t>(spent.count(), 0)));
}

scheduler::figures scheduler::of(scheduling_group group) const {
    const auto& queue = _queues[static_cast<std::size_t>(group)];
    return {.turns = queue.turns.load(std::memory_order_relaxed),
            .cpu = std::chrono::nanoseconds(queue.cpu_ns.load(std::memory_order_relaxed)),
            .waiting = queue.waiting.load(std::memory_order_relaxed),
            .longest_wait =
                std::chrono::nanoseconds(queue.longest_wait_ns.load(std::memory_order_relaxed))};
}

}  // namespace nacre::runtime
