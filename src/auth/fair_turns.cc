#include "auth/fair_turns.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "runtime/shard.h"

namespace nacre::auth {

struct fair_turns::caller {
    explicit caller(const boost::asio::any_io_executor& executor)
        : called(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer called;
    bool has_turn = false;
};

runtime::task<std::optional<fair_turns::turn>> fair_turns::enter(std::string source) {
    if (_closed) co_return std::nullopt;
    if (_taken < _limits.at_once) {
        ++_taken;
        co_return turn(*this);
    }
    auto& line = _waiting[source];
    if (_waiting_count >= _limits.waiting_max || line.size() >= _limits.waiting_per_source_max) {
        if (line.empty()) _waiting.erase(source);
        co_return std::nullopt;
    }
    if (line.empty()) _sources.push_back(source);
    const auto waiting = std::make_shared<caller>(co_await boost::asio::this_coro::executor);
    line.push_back(waiting);
    ++_waiting_count;
    const auto whose = runtime::current_work();
    boost::system::error_code cancelled;
    co_await waiting->called.async_wait(
        boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    co_await runtime::come_back(whose);
    if (!waiting->has_turn) co_return std::nullopt;
    co_return turn(*this);
}

void fair_turns::pass_on() {
    if (_sources.empty()) {
        --_taken;
        return;
    }
    auto source = std::move(_sources.front());
    _sources.pop_front();
    const auto found = _waiting.find(source);
    const auto next = std::move(found->second.front());
    found->second.pop_front();
    --_waiting_count;
    if (found->second.empty()) {
        _waiting.erase(found);
    } else {
        _sources.push_back(std::move(source));
    }
    next->has_turn = true;
    next->called.cancel();
}

void fair_turns::close() {
    _closed = true;
    for (const auto& [source, line] : _waiting) {
        for (const auto& each : line) each->called.cancel();
    }
    _waiting.clear();
    _sources.clear();
    _waiting_count = 0;
}

}  // namespace nacre::auth
