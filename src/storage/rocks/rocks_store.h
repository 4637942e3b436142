#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/blocking_pool.h"
#include "storage/table_store.h"

namespace nacre::storage {

/// When an acknowledged write is on the disk itself.
enum class sync_mode : std::uint8_t {
    none,    ///< in the operating system's hands: survives kill -9, not a power cut
    always,  ///< synced before it is acknowledged; concurrent writes share a sync
};

struct rocks_options {
    std::string path;                  ///< a directory, made if it is not there
    runtime::blocking_pool* blocking;  ///< for what waits for the disk; outlives the store
    std::uint64_t block_cache_bytes = 512ULL << 20;
    std::uint64_t write_buffer_bytes = 64ULL << 20;
    std::uint32_t write_buffer_count = 4;
    std::uint32_t background_jobs = 2;
    sync_mode sync = sync_mode::none;
    /// The wall clock in seconds since the epoch, by which compaction purges. Empty: the system's.
    std::function<std::int64_t()> now_seconds;
};

/// What the store holds in memory, in bytes.
struct rocks_memory {
    std::uint64_t block_cache = 0;
    std::uint64_t memtables = 0;      ///< with those being written out, and those that scans read
    std::uint64_t table_readers = 0;  ///< indexes and filters of files
};

/// Tables in RocksDB. The format: docs/internals/storage-format.md.
class rocks_store : public table_store {
  public:
    /// Writes out what is in memory and compacts everything: expired and purgeable data goes.
    virtual runtime::task<status> compact() = 0;
    /// Any thread.
    [[nodiscard]] virtual rocks_memory memory() const = 0;
};

/// Opens or makes the store; blocks, so not on a shard. Errors, all of which leave the data as it
/// was: a directory that can't be made or written, another server on the same data, data in a newer
/// format, a damaged database.
[[nodiscard]] result<std::unique_ptr<rocks_store>> open_rocks_store(rocks_options options);

}  // namespace nacre::storage
