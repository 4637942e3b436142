#include "cluster/page_stream.h"

#include <chrono>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"

namespace nacre::cluster {

page_stream::page_stream(client_ptr cluster, prepared_ptr statement, request_values values,
                         request_terms terms)
    : _cluster(std::move(cluster)),
      _statement(std::move(statement)),
      _values(std::move(values)),
      _terms(std::move(terms)),
      _next(_terms.paging_state) {}

namespace {

/// A node that died is missed by the others for some seconds, in which reads that need it fail.
constexpr int attempts_max = 6;
constexpr std::chrono::milliseconds first_pause{100};

bool may_pass(const error& failure) {
    switch (failure.code()) {
        case error_code::unavailable:
        case error_code::overloaded:
        case error_code::is_bootstrapping:
        case error_code::read_timeout:
            return true;
        default:
            return false;
    }
}

}  // namespace

runtime::task<void> page_stream::run(client_ptr cluster, prepared_ptr statement,
                                     request_values values, request_terms terms,
                                     std::shared_ptr<page> into) {
    auto answer = co_await cluster->execute(statement, values, terms);
    auto pause = first_pause;
    for (int attempt = 1; attempt < attempts_max && !answer; ++attempt) {
        // Nobody waits any more.
        if (!may_pass(answer.error()) || into.use_count() == 1) break;
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, pause);
        boost::system::error_code ignored;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        pause *= 2;
        answer = co_await cluster->execute(statement, values, terms);
    }
    into->answer.emplace(std::move(answer));
    into->arrived.notify();
}

void page_stream::fetch() {
    if (_coming || !_next) return;
    _coming = std::make_shared<page>();
    auto terms = _terms;
    terms.paging_state = *_next;
    runtime::this_shard().spawn(run(_cluster, _statement, _values, std::move(terms), _coming));
}

runtime::task<result<std::optional<reply>>> page_stream::next() {
    fetch();
    if (!_coming) co_return std::optional<reply>();
    const auto page = _coming;
    while (!page->answer) co_await page->arrived.wait();
    _coming = nullptr;
    if (!*page->answer) co_return std::move(*page->answer).error();
    auto answer = std::move(**page->answer);
    _given = *std::exchange(_next, answer.paging_state());
    co_return std::optional(std::move(answer));
}

}  // namespace nacre::cluster
