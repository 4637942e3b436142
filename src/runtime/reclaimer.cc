#include "runtime/reclaimer.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace nacre::runtime {

reclaimer::reclaimer()
    : _thread([queue = _queue] {
          (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 10);
          queue->run();
      }) {}

reclaimer::~reclaimer() {
    _queue->end();
    _thread.join();
}

void reclaimer::queue::add(work what) {
    {
        const std::lock_guard lock(_mutex);
        if (!_ending) {
            _waiting.push_back(std::move(what));
            _changed.notify_one();
            return;
        }
    }
    what();
}

void reclaimer::queue::run() {
    std::unique_lock lock(_mutex);
    while (true) {
        _changed.wait(lock, [this] { return _ending || !_waiting.empty(); });
        if (_waiting.empty()) return;
        auto next = std::move(_waiting.front());
        _waiting.pop_front();
        lock.unlock();
        next();
        next = {};
        lock.lock();
    }
}

void reclaimer::queue::end() {
    const std::lock_guard lock(_mutex);
    _ending = true;
    _changed.notify_one();
}

}  // namespace nacre::runtime
