#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Counts work in progress so that its owner can wait for the end of it. One shard only.
class gate {
  public:
    /// Holds the gate open for one piece of work; moves, ends with its scope.
    class holder {
      public:
        explicit holder(gate& owner) : _owner(&owner) { ++owner._inside; }
        holder(holder&& other) noexcept : _owner(other._owner) { other._owner = nullptr; }
        holder& operator=(holder&&) = delete;
        ~holder() {
            if (_owner != nullptr) _owner->leave();
        }

      private:
        gate* _owner;
    };

    /// Empty once the gate is closing: the work must not begin.
    [[nodiscard]] std::optional<holder> enter() {
        if (_closing) return std::nullopt;
        return holder(*this);
    }
    [[nodiscard]] bool is_closing() const { return _closing; }
    [[nodiscard]] std::uint64_t inside() const { return _inside; }

    /// Refuses new work and resumes when the last piece has left.
    task<void> close() {
        _closing = true;
        while (_inside != 0) {
            _empty.emplace(co_await boost::asio::this_coro::executor,
                           boost::asio::steady_timer::time_point::max());
            boost::system::error_code cancelled;
            co_await _empty->async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        }
    }

  private:
    void leave() {
        if (--_inside == 0 && _empty) _empty->cancel();
    }

    std::uint64_t _inside = 0;
    bool _closing = false;
    std::optional<boost::asio::steady_timer> _empty;
};

}  // namespace nacre::runtime
