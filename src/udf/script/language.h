#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "function/language.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre::udf::script {

/// An interpreter that runs as a guest in the sandbox, with the exports that guests/README.md
/// describes.
struct interpreter {
    std::vector<std::string> names;  ///< what LANGUAGE says
    std::string interface;           ///< name and version, as system_views.functions shows them
    std::string_view module;         ///< the guest's module, part of the program
};

/// The language of functions that `of` runs. One per process, any shard. `engine` and `statistics`
/// must outlive the language and everything that it compiled.
[[nodiscard]] std::unique_ptr<function::language> make_language(interpreter of,
                                                                wasm::wasm_engine& engine,
                                                                statistics_registry& statistics,
                                                                function_limits limits);

}  // namespace nacre::udf::script
