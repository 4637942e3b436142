#pragma once

#include <list>
#include <unordered_map>

#include "query/prepared_statement.h"

namespace nacre::query {

/// One shard's prepared statements by id (pointers to what has an `id` and a `text`); the least
/// recently used make room, by number and by what they are thought to take. The client of a
/// statement that was dropped gets UNPREPARED and prepares again, as every driver does.
template <typename StatementPtr>
class statement_cache {
  public:
    statement_cache() : statement_cache(10'000, 128 << 20) {}
    statement_cache(std::size_t statements_max, std::size_t bytes_max)
        : _statements_max(statements_max), _bytes_max(bytes_max) {}

    [[nodiscard]] StatementPtr find(const bytes& id) {
        const auto found = _by_id.find(id);
        if (found == _by_id.end()) return nullptr;
        _recent.splice(_recent.begin(), _recent, found->second);
        return *found->second;
    }

    /// Gives the number of statements that made room.
    std::size_t put(StatementPtr statement) {
        erase(statement->id);
        _bytes += size_of(*statement);
        _recent.push_front(std::move(statement));
        _by_id.emplace(_recent.front()->id, _recent.begin());
        std::size_t dropped = 0;
        while (_by_id.size() > 1 && (_by_id.size() > _statements_max || _bytes > _bytes_max)) {
            erase(bytes(_recent.back()->id));
            ++dropped;
        }
        return dropped;
    }

    void erase(const bytes& id) {
        const auto found = _by_id.find(id);
        if (found == _by_id.end()) return;
        _bytes -= size_of(**found->second);
        _recent.erase(found->second);
        _by_id.erase(found);
    }

    /// The most recently used first.
    [[nodiscard]] const std::list<StatementPtr>& all() const { return _recent; }
    [[nodiscard]] std::size_t size() const { return _by_id.size(); }

    /// Bytes that a statement is thought to take: text, tree and plan.
    [[nodiscard]] static std::size_t size_of(const auto& statement) {
        return 2048 + 16 * statement.text.size();
    }

  private:
    std::size_t _statements_max;
    std::size_t _bytes_max;
    std::size_t _bytes = 0;
    std::list<StatementPtr> _recent;
    std::unordered_map<bytes, typename std::list<StatementPtr>::iterator> _by_id;
};
using prepared_cache = statement_cache<prepared_statement_ptr>;

}  // namespace nacre::query
