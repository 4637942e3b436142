#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Lets some pieces of work in at a time, in the order of their arrival, from any shard. Nobody may
/// wait any more when the shards end.
class slots {
  public:
    explicit slots(std::uint32_t count) : _free(count) {}
    slots(const slots&) = delete;

    /// Holding one is being in; moves, ends with its scope, on any thread.
    class holder {
      public:
        explicit holder(slots& owner) : _owner(&owner) {}
        holder(holder&& other) noexcept : _owner(std::exchange(other._owner, nullptr)) {}
        holder& operator=(holder&&) = delete;
        ~holder() {
            if (_owner != nullptr) _owner->pass_on();
        }

      private:
        slots* _owner;
    };

    [[nodiscard]] task<holder> enter() {
        const auto called = take_or_queue(co_await boost::asio::this_coro::executor);
        if (called) {
            const auto whose = current_work();
            boost::system::error_code cancelled;
            co_await called->async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
            co_await come_back(whose);
        }
        co_return holder(*this);
    }

  private:
    using alarm = boost::asio::steady_timer;

    /// Null: there was a free one.
    template <typename Executor>
    std::shared_ptr<alarm> take_or_queue(const Executor& executor) {
        const std::lock_guard lock(_mutex);
        if (_free > 0) {
            --_free;
            return nullptr;
        }
        _waiting.push_back(std::make_shared<alarm>(executor, alarm::time_point::max()));
        return _waiting.back();
    }

    /// A slot that somebody waits for stays taken while it goes from one to the next.
    void pass_on() {
        const std::lock_guard lock(_mutex);
        if (_waiting.empty()) {
            ++_free;
            return;
        }
        auto next = std::move(_waiting.front());
        _waiting.pop_front();
        auto there = next->get_executor();
        // Not before it has begun to wait, which is the rest of its turn on its own shard.
        boost::asio::post(there, [next = std::move(next)] { next->cancel(); });
    }

    std::mutex _mutex;
    std::uint32_t _free;
    std::deque<std::shared_ptr<alarm>> _waiting;
};

}  // namespace nacre::runtime
