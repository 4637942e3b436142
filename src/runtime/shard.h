#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/result.h"
#include "runtime/stall_watch.h"
#include "runtime/task.h"

namespace nacre::runtime {

/// A core with its event loop: one pinned thread that runs everything that was posted or spawned
/// here. Owned by the shard_group. Only `post`, `id` and `loop_turns` may be used from other
/// threads.
class shard {
  public:
    explicit shard(std::uint32_t id);
    shard(const shard&) = delete;

    [[nodiscard]] std::uint32_t id() const { return _id; }
    [[nodiscard]] boost::asio::io_context& context() { return _context; }
    [[nodiscard]] auto executor() { return _context.get_executor(); }
    /// How long the turns of this loop took.
    [[nodiscard]] const stall_watch& loop_turns() const { return _stall_watch; }

    /// Starts a coroutine on this shard and forgets it; from any thread. Callers hold a gate.
    template <typename Task>
    void spawn(Task&& work) {
        boost::asio::co_spawn(_context, std::forward<Task>(work), boost::asio::detached);
    }

  private:
    friend class shard_group;
    void run(std::uint32_t pin_to_core);

    std::uint32_t _id;
    boost::asio::io_context _context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> _work;
    stall_watch _stall_watch;
    std::thread _thread;
};

/// The shard whose loop runs the calling code; must be called on one.
[[nodiscard]] shard& this_shard();
/// The same or null, for code that also runs elsewhere (logging, tests).
[[nodiscard]] shard* this_shard_or_null();

/// All shards of the process. Made and stopped by main (or a test).
class shard_group {
  public:
    /// Starts `count` (at least 1) shards, each pinned to a core if there are enough cores.
    explicit shard_group(std::uint32_t count);
    ~shard_group();

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(_shards.size()); }
    [[nodiscard]] shard& at(std::uint32_t id) { return *_shards[id]; }

    /// Ends the loops after their current turn and joins; whatever still waits is dropped. From
    /// outside the shards; idempotent.
    void stop();

  private:
    std::vector<std::unique_ptr<shard>> _shards;
};

/// Runs `work()` (which returns task<T>) on `target` and resumes here with what it returned.
/// What `work` captures must outlive the await, which it does when captured by value or owned by
/// the awaiting coroutine's frame. No cost beyond the call itself when already there.
template <typename Work>
auto invoke_on(shard& target, Work work) -> decltype(work()) {
    if (this_shard_or_null() == &target) co_return co_await work();
    co_return co_await boost::asio::co_spawn(target.context(), std::move(work),
                                             boost::asio::use_awaitable);
}

/// Lets other work of the loop run, the network included, before going on.
[[nodiscard]] inline task<void> yield() {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
}

/// Runs a task from a thread outside the shards (main, tests) and waits for it.
template <typename Work>
auto run_blocking(shard& target, Work work);

}  // namespace nacre::runtime

#include "runtime/run_blocking.h"
