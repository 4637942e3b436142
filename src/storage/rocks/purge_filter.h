#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include <rocksdb/compaction_filter.h>
#include <rocksdb/db.h>

#include "storage/rocks/table_registry.h"

namespace nacre::storage {

/// Statements judge TTLs by the time at which they began, so nothing is taken from under one that
/// runs for less than this.
inline constexpr std::int64_t purge_margin_seconds = 3600;

using seconds_clock = std::function<std::int64_t()>;

/// The database whose compactions filter, once it is open; it outlives them.
using database_pointer = std::atomic<rocksdb::DB*>;

/// Makes the compaction filters that remove what has expired or may be purged: section 6 of the
/// format.
[[nodiscard]] std::shared_ptr<rocksdb::CompactionFilterFactory> make_purge_filter_factory(
    std::shared_ptr<const table_registry> tables, seconds_clock now,
    std::shared_ptr<const database_pointer> db);

}  // namespace nacre::storage
