#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "runtime/condition.h"
#include "runtime/task.h"

namespace nacre::runtime {

/// Those who want the same at the same time wait for the first, and have what it came to. One
/// shard.
template <typename Key, typename Outcome>
class single_flight {
  public:
    /// `work` makes a task<Outcome>; it is not called while somebody is at work for the same key.
    template <typename Work>
    task<Outcome> run(Key key, Work work) {
        if (const auto found = _running.find(key); found != _running.end()) {
            const auto same = found->second;
            while (!same->outcome) co_await same->ended.wait();
            co_return *same->outcome;
        }
        const auto own = std::make_shared<attempt>();
        _running.emplace(key, own);
        own->outcome = co_await work();
        _running.erase(key);
        own->ended.notify();
        co_return *own->outcome;
    }

  private:
    struct attempt {
        condition ended;
        std::optional<Outcome> outcome;
    };
    std::map<Key, std::shared_ptr<attempt>> _running;
};

}  // namespace nacre::runtime
