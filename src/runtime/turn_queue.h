#pragma once

#include <deque>
#include <memory>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Lets one piece of work through at a time, in order of arrival. One shard only.
class turn_queue {
  public:
    /// Holding one is having the turn; moves, ends with its scope.
    class turn {
      public:
        explicit turn(turn_queue& owner) : _owner(&owner) {}
        turn(turn&& other) noexcept : _owner(std::exchange(other._owner, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (_owner != nullptr) _owner->pass_on();
        }

      private:
        turn_queue* _owner;
    };

    runtime::task<turn> enter() {
        if (_taken) {
            auto called = std::make_shared<boost::asio::steady_timer>(
                co_await boost::asio::this_coro::executor,
                boost::asio::steady_timer::time_point::max());
            _waiting.push_back(called);
            const auto whose = current_work();
            boost::system::error_code cancelled;
            co_await called->async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
            co_await come_back(whose);
        }
        _taken = true;
        co_return turn(*this);
    }

  private:
    /// The turn stays taken while it goes from one to the next.
    void pass_on() {
        if (_waiting.empty()) {
            _taken = false;
            return;
        }
        auto next = std::move(_waiting.front());
        _waiting.pop_front();
        next->cancel();
    }

    bool _taken = false;
    std::deque<std::shared_ptr<boost::asio::steady_timer>> _waiting;
};

}  // namespace nacre::runtime
