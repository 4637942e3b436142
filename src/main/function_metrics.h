#pragma once

#include <memory>

#include "udf/capture_store.h"
#include "udf/statistics_registry.h"

namespace prometheus {
class Collectable;
}

namespace nacre {

/// Figures of each function for the metrics page; functions beyond a bound share one row of labels.
/// Both outlive it.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_function_metrics(
    const udf::statistics_registry& functions, const udf::capture_store& captures);

}  // namespace nacre
