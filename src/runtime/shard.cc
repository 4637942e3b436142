#include "runtime/shard.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/this_thread.h"

namespace nacre::runtime {

namespace {

thread_local shard* current_shard = nullptr;
thread_local work_context current_work_of_thread;

/// For how long the loop's own handlers run before a group has a turn, and the groups before the
/// network is looked at. A turn that has begun is not interrupted.
constexpr std::chrono::microseconds handlers_at_once_max{200};
constexpr std::chrono::microseconds groups_at_once_max{50};

constexpr std::chrono::microseconds cpu_clock_period{400};

// Of the loop for large requests, as of `nice`.
constexpr int large_requests_niceness = 5;

void pin_this_thread(std::uint32_t core) {
    if (std::thread::hardware_concurrency() <= core) return;
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    // Refused in some containers; an unpinned shard is slower, not wrong.
    (void)pthread_setaffinity_np(pthread_self(), sizeof(cores), &cores);
}

std::chrono::nanoseconds thread_cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

work_context& current_work() {
    return current_work_of_thread;
}

shard::shard(std::uint32_t id, const scheduling_shares& shares)
    : _id(id), _groups(shares), _work(_context.get_executor()) {}

void shard::run(std::optional<std::uint32_t> pin_to_core) {
    current_shard = this;
    const auto name = pin_to_core ? "shard-" + std::to_string(_id) : "large-requests";
    pthread_setname_np(pthread_self(), name.c_str());
    if (pin_to_core) {
        pin_this_thread(*pin_to_core);
    } else {
        set_niceness_of_this_thread(large_requests_niceness);
    }
    read_cpu_clock(clock::now());
    while (!_context.stopped()) {
        const bool handled = run_handlers();
        const bool ran = run_groups();
        if (!handled && !ran && !_context.stopped()) wait_for_handlers();
    }
    current_shard = nullptr;
}

// What is ready in the event loop, which includes a look at the network.
bool shard::run_handlers() {
    const auto began = clock::now();
    auto turn_began = began;
    _turn_end = turn_began + turn_max;
    while (_context.poll_one() != 0) {
        const auto now = clock::now();
        end_turn(std::exchange(current_work_of_thread, {}), turn_began, now);
        turn_began = now;
        _turn_end = turn_began + turn_max;
        if (now - began > handlers_at_once_max) break;
    }
    return turn_began != began;
}

bool shard::run_groups() {
    const auto began = clock::now();
    auto turn_began = began;
    while (auto piece = _groups.next()) {
        _turn_end = turn_began + turn_max;
        current_work_of_thread = std::move(piece->whose);
        const auto group = current_work_of_thread.group;
        piece->run();
        const auto now = clock::now();
        end_turn(std::exchange(current_work_of_thread, {}), turn_began, now);
        _groups.charge(group, now - turn_began);
        turn_began = now;
        if (now - began > groups_at_once_max) break;
    }
    return turn_began != began;
}

// Sleeps. The turn that ends the sleep is measured by processor time, since its time by the clock
// is mostly waiting.
void shard::wait_for_handlers() {
    read_cpu_clock(clock::now());
    const auto before = _cpu_read;
    _turn_end = clock::time_point::max();  // see turn_end()
    if (_context.run_one() == 0) return;
    const auto now = clock::now();
    read_cpu_clock(now);
    end_turn(std::exchange(current_work_of_thread, {}), now - (_cpu_read - before), now);
}

void shard::end_turn(const work_context& whose, clock::time_point began, clock::time_point ended) {
    const auto lasted = ended - began;
    if (whose.group == scheduling_group::system) _groups.charge(whose.group, lasted);
    auto cpu = lasted;
    // Reading the thread's clock costs more than most turns do. So it is read now and then, and
    // again after a turn that was long: what it says then is of that turn or little more.
    if (lasted > cpu_clock_period) {
        const auto before = _cpu_read;
        read_cpu_clock(ended);
        cpu = std::min<std::chrono::nanoseconds>(lasted, _cpu_read - before);
    } else if (ended - _cpu_read_at > cpu_clock_period) {
        read_cpu_clock(ended);
    }
    _stall_watch.record(lasted, cpu, whose);
}

void shard::read_cpu_clock(clock::time_point now) {
    _cpu_read = thread_cpu_time();
    _cpu_read_at = now;
}

shard& this_shard() {
    if (current_shard == nullptr) std::abort();  // a bug: called outside the shards
    return *current_shard;
}

shard* this_shard_or_null() {
    return current_shard;
}

shard_group::shard_group(std::uint32_t count, const scheduling_shares& shares)
    : _large(std::make_unique<shard>(count, shares)) {
    for (std::uint32_t id = 0; id < count; ++id) {
        _shards.push_back(std::make_unique<shard>(id, shares));
    }
    for (auto& each : _shards) {
        shard* const one = each.get();
        one->_thread = std::thread([one] { one->run(one->id()); });
    }
    _large->_thread = std::thread([large = _large.get()] { large->run(std::nullopt); });
}

shard_group::~shard_group() {
    stop();
}

void shard_group::stop() {
    for (std::uint32_t id = 0; id < loops(); ++id) {
        at(id)._work.reset();
        at(id)._context.stop();
    }
    for (std::uint32_t id = 0; id < loops(); ++id) {
        if (at(id)._thread.joinable()) at(id)._thread.join();
    }
}

}  // namespace nacre::runtime
