#pragma once

#include <chrono>
#include <cstdint>

#include <boost/intrusive/list.hpp>

#include "query/prepared_statement.h"

namespace nacre::query {

/// What one shard executes at the moment. Entries lie in the frames of the executions, so that
/// being listed costs no allocation.
class running_statements {
    using hook = boost::intrusive::list_base_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  public:
    enum class kind : std::uint8_t { query, execute, batch };

    /// Is listed for as long as it lives, on the shard of the list.
    class entry : public hook {
      public:
        /// `statement` may be null for a batch.
        entry(running_statements& list, kind what, prepared_statement_ptr statement)
            : what(what), statement(std::move(statement)), number(++list._begun) {
            list._entries.push_back(*this);
        }
        entry(const entry&) = delete;

        const kind what;
        const prepared_statement_ptr statement;
        const std::uint64_t number;
        const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    };

    [[nodiscard]] auto begin() const { return _entries.begin(); }
    [[nodiscard]] auto end() const { return _entries.end(); }

  private:
    boost::intrusive::list<entry, boost::intrusive::constant_time_size<false>> _entries;
    std::uint64_t _begun = 0;
};

}  // namespace nacre::query
