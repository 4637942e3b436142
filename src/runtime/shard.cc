#include "runtime/shard.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <string>

namespace nacre::runtime {

namespace {

thread_local shard* current_shard = nullptr;

std::chrono::nanoseconds thread_cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

shard::shard(std::uint32_t id) : _id(id), _work(_context.get_executor()) {}

void shard::run(std::uint32_t pin_to_core) {
    current_shard = this;
    const auto name = "shard-" + std::to_string(_id);
    pthread_setname_np(pthread_self(), name.c_str());
    if (std::thread::hardware_concurrency() > pin_to_core) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(pin_to_core, &cores);
        // Refused in some containers; an unpinned shard is slower, not wrong.
        (void)pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores);
    }
    while (!_context.stopped()) {
        const auto before = std::chrono::steady_clock::now();
        if (_context.poll_one() != 0) {
            _stall_watch.record(std::chrono::steady_clock::now() - before);
            continue;
        }
        if (_context.stopped()) break;
        // Nothing is ready: sleep in the loop. The turn that ends the sleep is measured by CPU
        // time, since its wall time is mostly waiting.
        const auto cpu_before = thread_cpu_time();
        if (_context.run_one() != 0) _stall_watch.record(thread_cpu_time() - cpu_before);
    }
    current_shard = nullptr;
}

shard& this_shard() {
    if (current_shard == nullptr) std::abort();  // a bug: called outside the shards
    return *current_shard;
}

shard* this_shard_or_null() {
    return current_shard;
}

shard_group::shard_group(std::uint32_t count) {
    for (std::uint32_t id = 0; id < count; ++id) {
        _shards.push_back(std::make_unique<shard>(id));
    }
    for (auto& each : _shards) {
        shard* const one = each.get();
        one->_thread = std::thread([one] { one->run(one->id()); });
    }
}

shard_group::~shard_group() { stop(); }

void shard_group::stop() {
    for (auto& each : _shards) {
        each->_work.reset();
        each->_context.stop();
    }
    for (auto& each : _shards) {
        if (each->_thread.joinable()) each->_thread.join();
    }
}

}  // namespace nacre::runtime
