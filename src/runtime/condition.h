#pragma once

#include <optional>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Lets coroutines of one shard wait until something there has changed. Outlives its waiters.
///
///     while (!ready) co_await changed.wait();     …     ready = true; changed.notify();
class condition {
  public:
    /// Resumes after the next notify(), in a turn of its own group.
    task<void> wait() {
        if (!_next) {
            _next.emplace(co_await boost::asio::this_coro::executor,
                          boost::asio::steady_timer::time_point::max());
        }
        const auto whose = current_work();
        boost::system::error_code cancelled;
        co_await _next->async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        co_await come_back(whose);
    }
    /// Wakes all that wait now.
    void notify() {
        if (_next) _next->cancel();
    }

  private:
    std::optional<boost::asio::steady_timer> _next;
};

}  // namespace nacre::runtime
