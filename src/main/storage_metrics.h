#pragma once

#include <memory>

#include "storage/rocks/rocks_store.h"

namespace prometheus {
class Collectable;
}

namespace nacre {

/// The store's figures for the metrics page. `store` outlives it.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_storage_metrics(
    const storage::rocks_store& store);

}  // namespace nacre
