#pragma once

#include <memory>

#include "base/limits.h"
#include "function/language.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre::udf::javascript {

/// LANGUAGE javascript, also called js: functions run by the QuickJS-ng interpreter, which itself
/// runs as a guest in the sandbox (guests/javascript). One per process, any shard. `engine` and
/// `statistics` must outlive the language and everything that it compiled.
[[nodiscard]] std::unique_ptr<function::language> make_language(wasm::wasm_engine& engine,
                                                                statistics_registry& statistics,
                                                                function_limits limits);

}  // namespace nacre::udf::javascript
