#include "runtime/blocking_pool.h"

#include <latch>

#include <boost/asio/post.hpp>

#include "runtime/this_thread.h"

namespace nacre::runtime {

blocking_pool::blocking_pool(std::uint32_t threads, priority rank) : _threads(threads) {
    if (rank != priority::background) return;
    // Each thread lowers itself; the latch keeps one thread from taking two of the errands.
    auto all = std::make_shared<std::latch>(threads);
    for (std::uint32_t i = 0; i < threads; ++i) {
        boost::asio::post(_threads, [all] {
            set_niceness_of_this_thread(10);
            all->arrive_and_wait();
        });
    }
}

blocking_pool::~blocking_pool() {
    stop();
}

void blocking_pool::drain() {
    _threads.join();
}

void blocking_pool::stop() {
    _threads.stop();
    _threads.join();
}

}  // namespace nacre::runtime
