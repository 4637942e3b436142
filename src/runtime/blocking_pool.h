#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/shard.h"
#include "runtime/task.h"

namespace nacre::runtime {

/// Threads for what would block or hog a shard: disk reads, compilation, fsync. One per kind of
/// work, so that compilations can't hold up reads. Used from any shard.
class blocking_pool {
  public:
    /// How the operating system ranks the pool's threads against the shards.
    enum class priority : std::uint8_t { normal, background };

    blocking_pool(std::uint32_t threads, priority rank);
    ~blocking_pool();

    /// Runs `work` on a thread of the pool and resumes on the caller's shard with its result.
    /// `work` owns what it needs or borrows from the awaiting frame, and does not throw.
    template <typename Work>
    auto run(Work work) -> task<std::invoke_result_t<Work&>> {
        using result_type = std::invoke_result_t<Work&>;
        auto body = [](Work& w) -> task<result_type> { co_return w(); };
        const auto whose = current_work();
        if constexpr (std::is_void_v<result_type>) {
            co_await boost::asio::co_spawn(_threads, body(work), boost::asio::use_awaitable);
            if (this_shard_or_null() != nullptr) co_await come_back(whose);
        } else {
            auto result =
                co_await boost::asio::co_spawn(_threads, body(work), boost::asio::use_awaitable);
            if (this_shard_or_null() != nullptr) co_await come_back(whose);
            co_return result;
        }
    }

    /// Runs `work` some time, and nobody waits for it; if the pool is stopped before, it is only
    /// destroyed.
    template <typename Work>
    void post(Work work) {
        boost::asio::post(_threads, std::move(work));
    }

    /// Ends after all work that was given to it; later calls never resume. Blocks.
    void drain();

    /// Ends after the work that has begun; later calls never resume.
    void stop();

  private:
    boost::asio::thread_pool _threads;
};

}  // namespace nacre::runtime
