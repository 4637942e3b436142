#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace nacre::runtime {

/// A thread of low priority for what takes long to destroy, such as thousands of objects whose last
/// user is an event loop. Any thread.
class reclaimer {
  public:
    using work = std::move_only_function<void()>;

    reclaimer();
    /// Does all that is left; what comes later is done where it comes.
    ~reclaimer();
    reclaimer(const reclaimer&) = delete;

    void later(work what) { _queue->add(std::move(what)); }

    /// Shared by its users, whose last one leaves the destruction to the thread. May outlive the
    /// reclaimer.
    template <typename T>
    [[nodiscard]] std::shared_ptr<T> own(std::unique_ptr<T> object) {
        return std::shared_ptr<T>(
            object.release(), [queue = _queue](T* last) { queue->add([last] { delete last; }); });
    }

  private:
    class queue {
      public:
        void add(work what);
        void run();
        void end();

      private:
        std::mutex _mutex;
        std::condition_variable _changed;
        std::deque<work> _waiting;
        bool _ending = false;
    };

    std::shared_ptr<queue> _queue = std::make_shared<queue>();
    std::thread _thread;
};

}  // namespace nacre::runtime
