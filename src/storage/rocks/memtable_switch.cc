#include "storage/rocks/memtable_switch.h"

namespace nacre::storage {

bool memtable_switch::may_write_at_once(const rocksdb::WriteBatch& batch) {
    const auto bytes = batch.GetDataSize() + batch.Count() * entry_bytes;
    const auto grown = _state->grown_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if (grown > _grown_bytes_max && !_state->switching.exchange(true, std::memory_order_relaxed)) {
        _pool.post([shared = _state] {
            const std::lock_guard lock(shared->mutex);
            rocksdb::FlushOptions options;
            options.wait = false;
            options.allow_write_stall = true;
            // If it fails, the next write will find out why.
            if (shared->db != nullptr) (void)shared->db->Flush(options);
            shared->grown_bytes.store(0, std::memory_order_relaxed);
            shared->switching.store(false, std::memory_order_relaxed);
        });
    }
    return !_state->switching.load(std::memory_order_relaxed);
}

void memtable_switch::forget() {
    const std::lock_guard lock(_state->mutex);
    _state->db = nullptr;
}

}  // namespace nacre::storage
