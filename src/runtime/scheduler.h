#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "runtime/work.h"

namespace nacre::runtime {

/// How much of a busy shard each group is due, in relation to the others'. `system` has no share:
/// it runs between any two turns of the others, for a bounded time (shard.cc).
using scheduling_shares = std::array<std::uint32_t, scheduling_group_count>;
inline constexpr scheduling_shares default_shares{0, 1'000, 200, 200};

/// The work of one shard that waits for its turn. Weighted fair: the next turn is of the group that
/// has had the least time for its share. A group that had no work for a while comes first when it
/// has some again, but can't save up more than `credit_max` of its absence. One thread, but for
/// the figures.
class scheduler {
  public:
    using clock = std::chrono::steady_clock;
    using work = std::move_only_function<void()>;
    struct piece {
        work_context whose;
        work run;
    };
    static constexpr std::chrono::nanoseconds credit_max = std::chrono::milliseconds(2);

    explicit scheduler(const scheduling_shares& shares) : _shares(shares) {}

    void add(work_context whose, work run);
    [[nodiscard]] bool empty() const { return _waiting == 0; }
    /// The piece whose turn it is; empty if nothing waits.
    [[nodiscard]] std::optional<piece> next();
    /// Counts time against a group, whoever ran it.
    void charge(scheduling_group group, std::chrono::nanoseconds spent);

    /// Figures of a group; from any thread.
    struct figures {
        std::uint64_t turns = 0;
        std::chrono::nanoseconds cpu{0};
        std::uint64_t waiting = 0;
        std::chrono::nanoseconds longest_wait{0};
    };
    [[nodiscard]] figures of(scheduling_group group) const;
    [[nodiscard]] std::uint32_t shares(scheduling_group group) const {
        return _shares[static_cast<std::size_t>(group)];
    }

  private:
    struct entry {
        piece what;
        clock::time_point since;
    };
    struct queue {
        std::deque<entry> entries;
        std::uint64_t due = 0;  ///< time had, divided by the share: the least is next
        std::atomic<std::uint64_t> turns{0};
        std::atomic<std::uint64_t> cpu_ns{0};
        std::atomic<std::uint64_t> waiting{0};
        std::atomic<std::uint64_t> longest_wait_ns{0};
    };
    [[nodiscard]] std::uint64_t scaled(std::size_t group, std::chrono::nanoseconds time) const;

    scheduling_shares _shares;
    std::array<queue, scheduling_group_count> _queues;
    std::uint64_t _waiting = 0;
    std::uint64_t _now = 0;  ///< the `due` of the last group that had a turn
};

}  // namespace nacre::runtime
