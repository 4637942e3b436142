#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::runtime {

/// Runs each piece of work on its shard, all at once, and resumes here when the last has ended.
/// `works[i]()` returns task<T>; the results come in the same order. A piece that throws is a bug
/// and ends the process.
template <typename Work>
auto run_on_shards(std::vector<std::pair<shard*, Work>> works)
    -> task<std::vector<typename std::invoke_result_t<Work&>::value_type>> {
    using value_type = typename std::invoke_result_t<Work&>::value_type;
    struct progress {
        std::vector<std::optional<value_type>> results;
        std::size_t left = 0;
        boost::asio::steady_timer done;
        explicit progress(boost::asio::any_io_executor executor)
            : done(executor, boost::asio::steady_timer::time_point::max()) {}
    };
    auto state = std::make_shared<progress>(co_await boost::asio::this_coro::executor);
    state->results.resize(works.size());
    state->left = works.size();
    const auto whose = current_work();
    auto piece = [](std::shared_ptr<progress> shared, std::size_t index, shard* target, Work work,
                    work_context context) -> task<void> {
        co_await come_back(std::move(context));
        shared->results[index].emplace(co_await invoke_on(*target, std::move(work)));
        if (--shared->left == 0) shared->done.cancel();
    };
    for (std::size_t i = 0; i < works.size(); ++i) {
        this_shard().spawn(piece(state, i, works[i].first, std::move(works[i].second), whose));
    }
    if (state->left != 0) {
        boost::system::error_code cancelled;
        co_await state->done.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    co_await come_back(whose);
    std::vector<value_type> results;
    for (auto& each : state->results) results.push_back(std::move(*each));
    co_return results;
}

}  // namespace nacre::runtime
