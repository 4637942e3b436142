#pragma once

#include <memory>
#include <vector>

#include "function/language.h"
#include "main/config.h"
#include "main/guest_log.h"
#include "schema/snapshot.h"
#include "udf/capture_store.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre {

/// What runs users' functions in this process: the sandbox, its languages, and what is known of the
/// functions that ran. Made once, outlives everything that calls functions.
class function_host {
  public:
    /// Caches and captures go below the data directory, which must exist.
    [[nodiscard]] static result<std::unique_ptr<function_host>> make(const configuration& config);

    [[nodiscard]] std::vector<std::shared_ptr<function::language>> languages(
        const function_limits& limits);
    /// Forgets the statistics of what no longer exists.
    void note(const schema::change& change);

    [[nodiscard]] udf::statistics_registry& functions() { return _functions; }
    [[nodiscard]] udf::capture_store& captures() { return _captures; }
    [[nodiscard]] udf::wasm::wasm_engine& sandbox() { return *_sandbox; }

  private:
    explicit function_host(const configuration& config);

    udf::statistics_registry _functions;
    udf::capture_store _captures;
    guest_log _lines;
    std::unique_ptr<udf::wasm::wasm_engine> _sandbox;
};

}  // namespace nacre
