#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "runtime/blocking_pool.h"

namespace nacre::storage {

/// Begins a new memtable before the present one is full. The write that fills a memtable has to
/// begin another one and another log file, and waits for the disk meanwhile; so a thread that may
/// wait does it before, and while it does no shard writes by itself. Any thread.
class memtable_switch {
  public:
    /// `pool` outlives it; `db` lives until `forget`.
    memtable_switch(rocksdb::DB& db, runtime::blocking_pool& pool, std::uint64_t memtable_bytes)
        : _state(std::make_shared<state>(&db)),
          _pool(pool),
          _grown_bytes_max(memtable_bytes / 100 * full_percent) {}

    /// Before each write: whether a shard may do it without having to wait.
    [[nodiscard]] bool may_write_at_once(const rocksdb::WriteBatch& batch);

    /// The database is about to go; waits for a switch that is under way.
    void forget();

  private:
    /// The size of a memtable is estimated, and has to be less than what RocksDB finds.
    static constexpr std::uint64_t full_percent = 75;
    static constexpr std::uint64_t entry_bytes = 64;  ///< besides key and value

    struct state {
        explicit state(rocksdb::DB* db) : db(db) {}
        std::atomic<std::uint64_t> grown_bytes{0};
        std::atomic<bool> switching{false};
        std::mutex mutex;
        rocksdb::DB* db;
    };

    std::shared_ptr<state> _state;
    runtime::blocking_pool& _pool;
    std::uint64_t _grown_bytes_max;
};

}  // namespace nacre::storage
