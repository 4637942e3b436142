#pragma once

#include <cstddef>
#include <memory>

#include <rocksdb/merge_operator.h>

namespace nacre::storage {

/// RocksDB's merge operator over encoded rows. Its name is part of the stored format.
[[nodiscard]] std::shared_ptr<rocksdb::MergeOperator> make_reconcile_operator();

/// While it lives, its thread does not merge states of more than `bytes_max` together: the read
/// fails for RocksDB, and whoever asked reads again where merging may take its time.
class merge_limit {
  public:
    explicit merge_limit(std::size_t bytes_max);
    merge_limit(const merge_limit&) = delete;
    ~merge_limit();

    [[nodiscard]] bool exceeded() const { return _exceeded; }
    /// Notes it if not.
    [[nodiscard]] bool allows(std::size_t bytes) {
        _exceeded = _exceeded || bytes > _bytes_max;
        return !_exceeded;
    }

  private:
    const std::size_t _bytes_max;
    bool _exceeded = false;
    merge_limit* const _outer;
};

}  // namespace nacre::storage
