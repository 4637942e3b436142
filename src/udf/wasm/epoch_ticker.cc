#include "udf/wasm/epoch_ticker.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include <sys/syscall.h>
#include <unistd.h>
#include <wasmtime/engine.h>

namespace nacre::udf::wasm {

namespace {

int tick_signal() {
    return SIGRTMIN + 5;
}

// One thread's timer. Shared with that thread's own signal handler only, hence relaxed atomics and
// signal fences are enough.
struct thread_timer {
    timer_t timer{};
    std::atomic<wasm_engine_t*> engine{nullptr};  ///< null: no guest is running
    std::atomic<bool> armed{false};
    std::int64_t period_ns = 0;

    thread_timer();
    ~thread_timer() { timer_delete(timer); }
    // For one tick, after which it is off: most guests end before, and a timer that runs by itself
    // would have to be stopped, which costs as much as setting it.
    void set(std::int64_t period) {
        period_ns = period;
        const timespec then{.tv_sec = period / 1'000'000'000, .tv_nsec = period % 1'000'000'000};
        const itimerspec setting{.it_interval = {}, .it_value = then};
        timer_settime(timer, 0, &setting, nullptr);
    }
};

// Everything called here is safe in a signal handler: an atomic increment, and timer_settime.
void on_tick(int, siginfo_t* info, void*) {
    auto* self = static_cast<thread_timer*>(info->si_value.sival_ptr);
    if (self == nullptr) return;
    auto* engine = self->engine.load(std::memory_order_relaxed);
    if (engine == nullptr) {
        self->armed.store(false, std::memory_order_relaxed);
        return;
    }
    const int before = errno;
    wasmtime_engine_increment_epoch(engine);
    self->set(self->period_ns);
    errno = before;
}

void install_handler() {
    static std::once_flag once;
    std::call_once(once, [] {
        struct sigaction action{};
        action.sa_sigaction = on_tick;
        // On the alternate stack, because a guest's own stack may have no room left.
        action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
        sigemptyset(&action.sa_mask);
        if (sigaction(tick_signal(), &action, nullptr) != 0) std::abort();
    });
}

thread_timer::thread_timer() {
    install_handler();
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = tick_signal();
    event.sigev_value.sival_ptr = this;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) std::abort();
}

thread_timer& this_thread() {
    static thread_local thread_timer timer;
    return timer;
}

}  // namespace

epoch_ticker::epoch_ticker(wasm_engine_t* engine, std::chrono::microseconds period) {
    auto& timer = this_thread();
    timer.engine.store(engine, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // From here on a tick finds the engine and leaves the timer armed.
    const auto period_ns = std::chrono::nanoseconds(period).count();
    if (!timer.armed.load(std::memory_order_relaxed) || timer.period_ns != period_ns) {
        timer.set(period_ns);
        timer.armed.store(true, std::memory_order_relaxed);
    }
}

epoch_ticker::~epoch_ticker() {
    this_thread().engine.store(nullptr, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace nacre::udf::wasm
