#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "runtime/work.h"

namespace nacre::runtime {

/// A bounded number of places, and a bounded queue before them: what is too much waits in the
/// order in which it came, what is too much for the queue is refused. One role has some of the
/// places and of the queue at most, so that others find room; who waits for its own role lets them
/// pass. One shard, but for the figures.
class admission {
  public:
    struct limits {
        std::uint32_t places = 0;
        std::uint32_t waiting_max = 0;
        std::uint32_t places_per_role = 0;  ///< none without logins
        std::uint32_t waiting_per_role_max = 0;
    };

    /// `what` is what the places are for ("statements that call functions"), for errors.
    admission(std::string what, limits allowed) : _what(std::move(what)), _limits(allowed) {}
    admission(const admission&) = delete;

    /// A place, for as long as it lives; on the shard.
    class place {
      public:
        place(place&& other) noexcept
            : _of(std::exchange(other._of, nullptr)), _whose(std::move(other._whose)) {}
        place& operator=(place&&) = delete;
        ~place() {
            if (_of != nullptr) _of->leave(_whose.get());
        }

      private:
        friend class admission;
        place(admission& of, account_ptr whose) : _of(&of), _whose(std::move(whose)) {}
        admission* _of;
        account_ptr _whose;
    };

    /// Waits for a place for the role that the caller works for. Errors: `overloaded` at once if
    /// the queue is full; `until`'s, which may be null, if it says so before there is a place.
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
        account_ptr whose;
        bool admitted = false;
    };
    struct role_share {
        std::uint32_t inside = 0;
        std::uint32_t waiting = 0;
    };

    [[nodiscard]] bool has_place_for(const account* whose) const;
    [[nodiscard]] std::optional<std::string> full_for(const account* whose) const;
    [[nodiscard]] role_share share_of(const account* whose) const;
    /// Counts; forgets who has nothing here.
    void change(const account* whose, std::int32_t inside, std::int32_t waiting);
    void leave(const account* whose);
    void admit_waiters();

    /// How often those who wait look whether they still should.
    static constexpr std::chrono::milliseconds look_every{50};

    const std::string _what;
    const limits _limits;
    std::list<waiter*> _waiters;  ///< each lies in the frame of the one who waits
    std::unordered_map<const account*, role_share> _roles;
    std::atomic<std::uint64_t> _inside{0};
    std::atomic<std::uint64_t> _waiting_count{0};
    std::atomic<std::uint64_t> _refused{0};
};

}  // namespace nacre::runtime
