#pragma once

#include <memory>

#include "udf/function_statistics.h"

namespace prometheus {
class Collectable;
}

namespace nacre {

/// Per-function counters for the metrics page. `functions` outlives it.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_function_metrics(
    const udf::statistics_registry& functions);

}  // namespace nacre
