#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/result.h"
#include "runtime/scheduler.h"
#include "runtime/stall_watch.h"
#include "runtime/task.h"
#include "runtime/work.h"

namespace nacre::runtime {

/// Work that goes on for longer yields.
inline constexpr std::chrono::microseconds turn_max{250};

/// A core with its event loop: one pinned thread that runs everything that was posted or spawned
/// here, and between it, group by group, what waits for a turn. Owned by the shard_group. Only
/// `spawn`, `id`, `loop_turns` and `groups` may be used from other threads.
class shard {
    using clock = std::chrono::steady_clock;

  public:
    shard(std::uint32_t id, const scheduling_shares& shares);
    shard(const shard&) = delete;

    [[nodiscard]] std::uint32_t id() const { return _id; }
    [[nodiscard]] boost::asio::io_context& context() { return _context; }
    [[nodiscard]] auto executor() { return _context.get_executor(); }
    /// How long the turns of this loop took.
    [[nodiscard]] const stall_watch& loop_turns() const { return _stall_watch; }
    /// What waits for a turn, and what the groups had; its figures from any thread.
    [[nodiscard]] scheduler& groups() { return _groups; }
    [[nodiscard]] const scheduler& groups() const { return _groups; }
    /// See stall_watch::blame.
    void blame(std::chrono::nanoseconds lasted, const describable& part) {
        _stall_watch.blame(lasted, part);
    }

    /// Starts a coroutine of the group `system` on this shard and forgets it; from any thread.
    /// Callers hold a gate.
    template <typename Task>
    void spawn(Task&& work) {
        boost::asio::co_spawn(_context, std::forward<Task>(work), boost::asio::detached);
    }

    /// When the present turn should be over; on the shard.
    [[nodiscard]] std::chrono::steady_clock::time_point turn_end() {
        // A turn that ended a sleep began nobody knows when, but not long ago.
        if (_turn_end == clock::time_point::max()) _turn_end = clock::now() + turn_max;
        return _turn_end;
    }

  private:
    friend class shard_group;
    void run(std::optional<std::uint32_t> pin_to_core);
    bool run_handlers();
    bool run_groups();
    void wait_for_handlers();
    void end_turn(const work_context& whose, clock::time_point began, clock::time_point ended);
    void read_cpu_clock(clock::time_point now);

    std::uint32_t _id;
    boost::asio::io_context _context{1};
    scheduler _groups;
    clock::time_point _turn_end;
    clock::time_point _cpu_read_at;         ///< when `_cpu_read` was true
    std::chrono::nanoseconds _cpu_read{0};  ///< the thread's processor time
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> _work;
    stall_watch _stall_watch;
    std::thread _thread;
};

/// The shard whose loop runs the calling code; must be called on one.
[[nodiscard]] shard& this_shard();
/// The same or null, for code that also runs elsewhere (logging, tests).
[[nodiscard]] shard* this_shard_or_null();

/// All shards of the process, and one loop more without connections, for requests and rows so large
/// that single steps of their work take longer than a turn may. Made and stopped by main (or a
/// test).
class shard_group {
  public:
    /// Starts `count` (at least 1) shards, each pinned to a core if there are enough cores.
    explicit shard_group(std::uint32_t count, const scheduling_shares& shares = default_shares);
    ~shard_group();

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(_shards.size()); }
    /// The shards and the loop for large requests, whose id is `size()`.
    [[nodiscard]] std::uint32_t loops() const { return size() + 1; }
    [[nodiscard]] shard& at(std::uint32_t id) { return id == size() ? *_large : *_shards[id]; }
    [[nodiscard]] const shard& at(std::uint32_t id) const {
        return id == size() ? *_large : *_shards[id];
    }
    /// Where turns may be long. Not pinned, and the operating system prefers the shards.
    [[nodiscard]] shard& for_large_requests() { return *_large; }

    /// Ends the loops after their current turn and joins; whatever still waits is dropped. From
    /// outside the shards; idempotent.
    void stop();

  private:
    std::vector<std::unique_ptr<shard>> _shards;
    std::unique_ptr<shard> _large;
};

/// Whether the present turn has lasted so long that the others should have theirs. Never outside of
/// the shards.
[[nodiscard]] inline bool turn_is_over() {
    auto* const here = this_shard_or_null();
    return here != nullptr && std::chrono::steady_clock::now() >= here->turn_end();
}

/// Goes on in a turn of this context's group, on the shard where it is called.
[[nodiscard]] inline task<void> enter(work_context whose) {
    if (whose.group == scheduling_group::system) {
        co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                                   boost::asio::use_awaitable);
        current_work() = std::move(whose);
        co_return;
    }
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
        [](auto resume, work_context context) {
            this_shard().groups().add(std::move(context), [resume = std::move(resume)]() mutable {
                std::move(resume)();
            });
        },
        boost::asio::use_awaitable, std::move(whose));
}

/// Lets other work of the shard run, the network included, before going on.
[[nodiscard]] inline task<void> yield() {
    return enter(current_work());
}

/// Goes on for whom the caller worked before it waited for something outside of its shard: at once
/// in the group `system`, else when it is the group's turn.
[[nodiscard]] inline task<void> come_back(work_context whose) {
    if (whose.group != scheduling_group::system) {
        co_await enter(std::move(whose));
    } else {
        current_work() = std::move(whose);
    }
}

/// Runs `work()` (which returns task<T>) on `target`, for whom the caller works, and resumes here
/// with what it returned. What `work` captures must outlive the await, which it does when captured
/// by value or owned by the awaiting coroutine's frame. No cost beyond the call itself when already
/// there.
template <typename Work>
auto invoke_on(shard& target, Work work) -> decltype(work()) {
    if (this_shard_or_null() == &target) co_return co_await work();
    using value_type = typename decltype(work())::value_type;
    const auto whose = current_work();
    auto there = [](Work work, work_context whose) -> decltype(work()) {
        co_await come_back(std::move(whose));
        co_return co_await work();
    };
    if constexpr (std::is_void_v<value_type>) {
        co_await boost::asio::co_spawn(target.context(), there(std::move(work), whose),
                                       boost::asio::use_awaitable);
        if (this_shard_or_null() != nullptr) co_await come_back(whose);
    } else {
        auto result = co_await boost::asio::co_spawn(
            target.context(), there(std::move(work), whose), boost::asio::use_awaitable);
        if (this_shard_or_null() != nullptr) co_await come_back(whose);
        co_return result;
    }
}

/// Runs `work(id)` (which returns task<void>) on every loop of the group, one after the other.
template <typename Work>
task<void> on_every_loop(shard_group& shards, Work work) {
    for (std::uint32_t id = 0; id < shards.loops(); ++id) {
        co_await invoke_on(shards.at(id), [&work, id] { return work(id); });
    }
}

/// Runs a task from a thread outside the shards (main, tests) and waits for it.
template <typename Work>
auto run_blocking(shard& target, Work work);

}  // namespace nacre::runtime

#include "runtime/run_blocking.h"
