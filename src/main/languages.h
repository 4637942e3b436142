#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "function/language.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre {

/// The languages of functions, in the order in which they are asked whether they know a name.
[[nodiscard]] std::vector<std::shared_ptr<function::language>> make_languages(
    udf::wasm::wasm_engine& engine, udf::statistics_registry& functions, function_limits limits);

/// The machine code of the interpreters among them, part of the program.
[[nodiscard]] std::vector<std::string_view> precompiled_guests();

}  // namespace nacre
