#pragma once

#include <memory>

#include <rocksdb/db.h>

#include "storage/entry_source.h"

namespace nacre::storage {

/// Turns RocksDB's status into an error for the log and the client.
[[nodiscard]] error to_error(const rocksdb::Status& status);

/// A RocksDB snapshot, released with its last user.
using snapshot_ptr = std::shared_ptr<const rocksdb::Snapshot>;

/// The row tier: stored entries at a snapshot. Reads from memory and the block cache until that is
/// not enough, then is blocked; unblock() reads from the disk, and so does everything after it,
/// which belongs off the shards then (see on_disk).
class rocks_source final : public entry_source {
  public:
    enum class access : std::uint8_t {
        ranges,      ///< long runs of keys
        partitions,  ///< within one partition after each seek; uses the filters
    };

    /// Keys from `lower` up to, without, `upper`.
    rocks_source(rocksdb::DB& db, snapshot_ptr snapshot, access pattern, bytes lower, bytes upper);
    rocks_source(const rocks_source&) = delete;

    /// Whether moves may wait for the disk from now on.
    [[nodiscard]] bool on_disk() const { return _on_disk; }

    /// No more moves will come: gives back the memtables that it keeps from being freed.
    void close() {
        _iterator.reset();
        _where = state::at_end;
    }
    /// Gives them back until wake(). The key of the entry can be read meanwhile, its value can't.
    void rest();
    /// Before the next move, or unblock(), after rest(). May leave it blocked, as a move.
    void wake();
    [[nodiscard]] bool is_resting() const { return _is_resting; }

    void seek(bytes_view target) override;
    void seek_for_prev(bytes_view target) override;
    void next() override;
    void prev() override;
    void unblock() override;
    [[nodiscard]] error failure() const override;

  private:
    enum class move : std::uint8_t { seek, seek_for_prev, next, prev };

    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> open(rocksdb::ReadTier tier) const;
    template <typename Move>
    void go(Move move);
    void settle();
    void settle_at_no_entry();
    void seek_from();
    /// Before a step: makes sure that it can be found again.
    void note_step(move way);
    [[nodiscard]] bool goes_forward() const { return _move == move::seek || _move == move::next; }

    rocksdb::DB& _db;
    snapshot_ptr _snapshot;
    access _pattern;
    bytes _lower;
    bytes _upper;
    rocksdb::Slice _lower_slice;
    rocksdb::Slice _upper_slice;
    bool _on_disk = false;
    bool _is_resting = false;
    /// How to find the place again, on the disk: by the last seek, or from an entry by some steps.
    /// The snapshot makes sure that they lead there.
    move _move = move::seek;
    bytes _from;
    std::uint32_t _steps = 0;
    std::unique_ptr<rocksdb::Iterator> _iterator;
};

}  // namespace nacre::storage
