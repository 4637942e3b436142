#pragma once

#include <chrono>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "udf/wasm/engine_state.h"

namespace nacre::udf::wasm {

/// Runs what CREATE FUNCTION finds out by a guest of its own: `attempt()` returns a task of a
/// result or status, and holds code and guests no longer than that takes. A few at a time, the
/// others wait and hold nothing. An attempt that finds no room beside what statements run
/// (`overloaded`) is repeated for as long as a compilation may take.
template <typename Attempt>
auto try_out(engine_state& engine, Attempt attempt) -> decltype(attempt()) {
    using clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds pause(10);
    const auto turn = co_await engine.trials.enter();
    const auto until =
        clock::now() + std::chrono::milliseconds(engine.settings.limits.compile_ms_max);
    while (true) {
        auto outcome = co_await attempt();
        const bool is_refused = !outcome.ok() && outcome.error().code() == error_code::overloaded;
        if (!is_refused || clock::now() >= until) co_return outcome;
        const auto whose = runtime::current_work();
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, pause);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_await runtime::come_back(whose);
    }
}

}  // namespace nacre::udf::wasm
