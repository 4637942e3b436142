#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "schema/table.h"

namespace nacre::storage {

/// What compaction has to know of the tables, learned as they are read and written. Thread-safe.
class table_registry {
  public:
    void note(const schema::table& table) {
        const auto grace = table.options().gc_grace_seconds;
        {
            const std::shared_lock lock(_mutex);
            const auto found = _gc_grace_seconds.find(table.storage_id());
            if (found != _gc_grace_seconds.end() && found->second == grace) return;
        }
        const std::unique_lock lock(_mutex);
        _gc_grace_seconds[table.storage_id()] = grace;
    }

    /// Empty if the table has not been seen since the start: purge nothing then.
    [[nodiscard]] std::optional<std::int32_t> gc_grace_seconds(std::uint32_t storage_id) const {
        const std::shared_lock lock(_mutex);
        const auto found = _gc_grace_seconds.find(storage_id);
        if (found == _gc_grace_seconds.end()) return std::nullopt;
        return found->second;
    }

  private:
    mutable std::shared_mutex _mutex;
    std::unordered_map<std::uint32_t, std::int32_t> _gc_grace_seconds;
};

}  // namespace nacre::storage
