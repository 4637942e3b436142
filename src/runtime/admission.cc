#include "runtime/admission.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

task<result<admission::place>> admission::enter(cancellation_ptr until) {
    if (inside() < _places && _waiters.empty()) {
        _inside.fetch_add(1, std::memory_order_relaxed);
        co_return place(*this);
    }
    if (_waiters.size() >= _waiting_max) {
        _refused.fetch_add(1, std::memory_order_relaxed);
        co_return error(error_code::overloaded,
                        fmt::format("Too many {}: {} are running and {} waiting on this shard",
                                    _what, inside(), _waiters.size()));
    }
    const auto whose = current_work();
    waiter mine{boost::asio::steady_timer(co_await boost::asio::this_coro::executor)};
    const auto at = _waiters.insert(_waiters.end(), &mine);
    _waiting_count.fetch_add(1, std::memory_order_relaxed);
    status may_wait;
    while (!mine.admitted && may_wait) {
        mine.timer.expires_after(look_every);
        boost::system::error_code cancelled;
        co_await mine.timer.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        if (until) may_wait = until->check();
    }
    if (!mine.admitted) _waiters.erase(at);
    _waiting_count.fetch_sub(1, std::memory_order_relaxed);
    // Given up in the very turn in which there was a place: the next one gets it.
    if (mine.admitted && !may_wait) leave();
    co_await come_back(whose);
    if (!may_wait) co_return std::move(may_wait).error();
    co_return place(*this);
}

void admission::leave() {
    if (_waiters.empty()) {
        _inside.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    // The place changes hands.
    auto* const first = _waiters.front();
    _waiters.pop_front();
    first->admitted = true;
    first->timer.cancel();
}

}  // namespace nacre::runtime
