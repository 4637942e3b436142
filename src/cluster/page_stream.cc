#include "cluster/page_stream.h"

#include <utility>

#include "runtime/shard.h"

namespace nacre::cluster {

page_stream::page_stream(client& cluster, prepared_ptr statement, request_values values,
                         request_terms terms)
    : _cluster(cluster),
      _statement(std::move(statement)),
      _values(std::move(values)),
      _terms(std::move(terms)),
      _next(_terms.paging_state) {}

runtime::task<void> page_stream::run(client& cluster, prepared_ptr statement, request_values values,
                                     request_terms terms, std::shared_ptr<page> into) {
    into->answer =
        co_await cluster.execute(std::move(statement), std::move(values), std::move(terms));
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
