#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "runtime/work.h"

namespace nacre::runtime {

/// A bounded number of places, and a bounded queue before them: what is too much waits in the
/// order in which it came, what is too much for the queue is refused. One shard, but for the
/// figures.
class admission {
  public:
    /// `what` is what the places are for ("statements that call functions"), for errors.
    admission(std::string what, std::uint32_t places, std::uint32_t waiting_max)
        : _what(std::move(what)), _places(places), _waiting_max(waiting_max) {}
    admission(const admission&) = delete;

    /// A place, for as long as it lives; on the shard.
    class place {
      public:
        place(place&& other) noexcept : _of(std::exchange(other._of, nullptr)) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (_of != nullptr) _of->leave();
        }

      private:
        friend class admission;
        explicit place(admission& of) : _of(&of) {}
        admission* _of;
    };

    /// Waits for a place. Errors: `overloaded` at once if the queue is full; `until`'s, which may
    /// be null, if it says so before there is a place.
    [[nodiscard]] task<result<place>> enter(cancellation_ptr until);

    /// Figures; from any thread.
    [[nodiscard]] std::uint64_t inside() const { return _inside.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t waiting() const {
        return _waiting_count.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t refused() const { return _refused.load(std::memory_order_relaxed); }

  private:
    struct waiter {
        boost::asio::steady_timer timer;
        bool admitted = false;
    };

    void leave();

    /// How often those who wait look whether they still should.
    static constexpr std::chrono::milliseconds look_every{50};

    const std::string _what;
    const std::uint32_t _places;
    const std::uint32_t _waiting_max;
    std::list<waiter*> _waiters;  ///< each lies in the frame of the one who waits
    std::atomic<std::uint64_t> _inside{0};
    std::atomic<std::uint64_t> _waiting_count{0};
    std::atomic<std::uint64_t> _refused{0};
};

}  // namespace nacre::runtime
