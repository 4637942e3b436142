#pragma once

#include <memory>

#include "storage/table_store.h"

namespace nacre::storage {

/// A table_store in memory, for tests and for rows that are made to be read once: the same format,
/// rules and scans as the durable one, nothing survives it. A write while a scan is open copies
/// everything.
[[nodiscard]] std::unique_ptr<table_store> make_memory_store();

}  // namespace nacre::storage
