#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "runtime/task.h"

namespace nacre::auth {

/// Lets one piece of work through at a time, or a few. Those that wait are served by where they
/// come from, one of each source in turn, so that a source with many does not hold up the others;
/// in order of arrival within a source. Few may wait: the rest is turned away. One shard only.
class fair_turns {
  public:
    struct limits {
        std::size_t waiting_max = 0;             ///< of all sources together
        std::size_t waiting_per_source_max = 0;  ///< of one
        std::size_t at_once = 1;
    };

    explicit fair_turns(limits allowed) : _limits(allowed) {}

    /// Holding one is having the turn; moves, ends with its scope.
    class turn {
      public:
        explicit turn(fair_turns& owner) : _owner(&owner) {}
        turn(turn&& other) noexcept : _owner(std::exchange(other._owner, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (_owner != nullptr) _owner->pass_on();
        }

      private:
        fair_turns* _owner;
    };

    /// Empty if too many wait, or the end has come.
    [[nodiscard]] runtime::task<std::optional<turn>> enter(std::string source);
    /// The end: nobody has a turn any more but the one that has it.
    void close();

  private:
    struct caller;
    using call = std::shared_ptr<caller>;
    /// The turn stays taken while it goes from one to the next.
    void pass_on();

    const limits _limits;
    std::size_t _taken = 0;
    bool _closed = false;
    std::size_t _waiting_count = 0;
    std::map<std::string, std::deque<call>> _waiting;
    std::deque<std::string> _sources;  ///< that have somebody waiting; whose turn it is, in front
};

}  // namespace nacre::auth
