#pragma once

#include <memory>

#include <rocksdb/merge_operator.h>

namespace nacre::storage {

/// RocksDB's merge operator over encoded rows. Its name is part of the stored format.
[[nodiscard]] std::shared_ptr<rocksdb::MergeOperator> make_reconcile_operator();

}  // namespace nacre::storage
