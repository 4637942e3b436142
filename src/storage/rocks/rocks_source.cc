#include "storage/rocks/rocks_source.h"

#include <utility>

#include "storage/rocks/reconcile_operator.h"

namespace nacre::storage {

namespace {

rocksdb::Slice slice(bytes_view data) {
    return {data.data(), data.size()};
}

// Of the files that a long scan reads from the disk.
constexpr std::size_t readahead_bytes = 2 << 20;

// What is merged within a fraction of a turn.
constexpr std::size_t merged_bytes_max = 128 << 10;

// As many are read again when a scan goes to the disk.
constexpr std::uint32_t steps_from_entry_max = 64;

}  // namespace

error to_error(const rocksdb::Status& status) {
    return server_error("Storage failed: {}", status.ToString());
}

rocks_source::rocks_source(rocksdb::DB& db, snapshot_ptr snapshot, access pattern, bytes lower,
                           bytes upper)
    : _db(db),
      _snapshot(std::move(snapshot)),
      _pattern(pattern),
      _lower(std::move(lower)),
      _upper(std::move(upper)),
      _lower_slice(_lower),
      _upper_slice(_upper),
      _iterator(open(rocksdb::kBlockCacheTier)) {}

std::unique_ptr<rocksdb::Iterator> rocks_source::open(rocksdb::ReadTier tier) const {
    rocksdb::ReadOptions options;
    options.snapshot = _snapshot.get();
    options.read_tier = tier;
    options.iterate_lower_bound = &_lower_slice;
    options.iterate_upper_bound = &_upper_slice;
    options.background_purge_on_iterator_cleanup = true;
    if (_pattern == access::ranges) {
        options.total_order_seek = true;
        if (tier == rocksdb::kReadAllTier) options.readahead_size = readahead_bytes;
    } else {
        options.prefix_same_as_start = true;
    }
    return std::unique_ptr<rocksdb::Iterator>(_db.NewIterator(options));
}

void rocks_source::seek(bytes_view target) {
    _move = move::seek;
    _from.assign(target);
    go([this, target] { _iterator->Seek(slice(target)); });
}

void rocks_source::seek_for_prev(bytes_view target) {
    _move = move::seek_for_prev;
    _from.assign(target);
    go([this, target] { _iterator->SeekForPrev(slice(target)); });
}

void rocks_source::next() {
    note_step(move::next);
    go([this] { _iterator->Next(); });
}

void rocks_source::prev() {
    note_step(move::prev);
    go([this] { _iterator->Prev(); });
}

// Where it must not wait for the disk, merging much must not hold it up either.
template <typename Move>
void rocks_source::go(Move move) {
    if (_on_disk) {
        move();
        return settle();
    }
    const merge_limit limit(merged_bytes_max);
    move();
    settle();
    if (_where == state::failed && limit.exceeded()) _where = state::blocked;
}

// Not each entry's key is kept: a scan goes through millions, and may stay in memory with all.
void rocks_source::note_step(move way) {
    if (_on_disk) {
        _move = way;
        return;
    }
    if (_move != way || _steps == steps_from_entry_max) {
        _move = way;
        _from.assign(_key);
        _steps = 0;
    }
    ++_steps;
}

void rocks_source::unblock() {
    _on_disk = true;
    _iterator = open(rocksdb::kReadAllTier);
    seek_from();
    const bool forward = goes_forward();
    if (_move == move::next || _move == move::prev) {
        // Without the disk the entry was there.
        for (; _steps != 0 && _iterator->Valid(); --_steps) {
            forward ? _iterator->Next() : _iterator->Prev();
        }
    }
    settle();
}

void rocks_source::rest() {
    if (_is_resting || (_where != state::at_entry && _where != state::at_end)) return;
    if (_where == state::at_entry) {
        _move = goes_forward() ? move::seek : move::seek_for_prev;
        _steps = 0;
        _from.assign(_key);
        _key = _from;
        _value = {};
    }
    _iterator.reset();
    _is_resting = true;
}

void rocks_source::wake() {
    _is_resting = false;
    _iterator = open(_on_disk ? rocksdb::kReadAllTier : rocksdb::kBlockCacheTier);
    if (_where == state::at_entry) go([this] { seek_from(); });
}

void rocks_source::seek_from() {
    goes_forward() ? _iterator->Seek(slice(_from)) : _iterator->SeekForPrev(slice(_from));
}

void rocks_source::settle() {
    if (!_iterator->Valid()) return settle_at_no_entry();
    const auto key = _iterator->key();
    const auto value = _iterator->value();
    _key = {key.data(), key.size()};
    _value = {value.data(), value.size()};
    _where = state::at_entry;
}

void rocks_source::settle_at_no_entry() {
    const auto status = _iterator->status();
    if (status.ok()) {
        _where = state::at_end;
    } else if (status.IsIncomplete() && !_on_disk) {
        _where = state::blocked;
    } else {
        _where = state::failed;
    }
}

error rocks_source::failure() const {
    return to_error(_iterator->status());
}

}  // namespace nacre::storage
