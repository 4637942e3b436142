#pragma once

#include <memory>

#include "udf/wasm/engine.h"

namespace prometheus {
class Collectable;
}

namespace nacre {

/// The sandbox's figures for the metrics page. `engine` outlives it.
[[nodiscard]] std::shared_ptr<prometheus::Collectable> make_sandbox_metrics(
    const udf::wasm::wasm_engine& engine);

}  // namespace nacre
