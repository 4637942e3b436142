#pragma once

#include <list>
#include <unordered_map>

#include "query/prepared_statement.h"

namespace nacre::query {

/// One shard's prepared statements by id; the least recently used make room. The client of a
/// statement that was dropped gets UNPREPARED and prepares again, as every driver does.
class prepared_cache {
  public:
    explicit prepared_cache(std::size_t statements_max) : _statements_max(statements_max) {}

    [[nodiscard]] prepared_statement_ptr find(const bytes& id) {
        const auto found = _by_id.find(id);
        if (found == _by_id.end()) return nullptr;
        _recent.splice(_recent.begin(), _recent, found->second);
        return *found->second;
    }

    void put(prepared_statement_ptr statement) {
        if (const auto found = _by_id.find(statement->id); found != _by_id.end()) {
            *found->second = std::move(statement);
            return;
        }
        _recent.push_front(std::move(statement));
        _by_id.emplace(_recent.front()->id, _recent.begin());
        if (_by_id.size() > _statements_max) {
            _by_id.erase(_recent.back()->id);
            _recent.pop_back();
        }
    }

    [[nodiscard]] std::size_t size() const { return _by_id.size(); }

  private:
    std::size_t _statements_max;
    std::list<prepared_statement_ptr> _recent;
    std::unordered_map<bytes, std::list<prepared_statement_ptr>::iterator> _by_id;
};

}  // namespace nacre::query
