#pragma once

#include <string>
#include <unordered_map>
#include <utility>

#include "cluster/client.h"

namespace nacre::cluster {

/// Statements of the gateway's own, each prepared once. One shard; `cluster` outlives it.
class statement_book {
  public:
    explicit statement_book(client& cluster) : _cluster(cluster) {}

    [[nodiscard]] runtime::task<result<prepared_ptr>> prepare(std::string text) {
        if (const auto found = _by_text.find(text); found != _by_text.end()) {
            co_return found->second;
        }
        NACRE_CO_TRY(auto made, co_await _cluster.prepare("", text));
        if (_by_text.size() >= statements_kept_max) _by_text.clear();
        _by_text.insert_or_assign(std::move(text), made);
        co_return made;
    }

  private:
    static constexpr std::size_t statements_kept_max = 1000;

    client& _cluster;
    std::unordered_map<std::string, prepared_ptr> _by_text;
};

}  // namespace nacre::cluster
