#include "udf/wasm/cpu_budget.h"

#include <fmt/format.h>

namespace nacre::udf::wasm {

std::optional<std::string> cpu_budget::begin_call() {
    begin_row();
    return check_statement();
}

std::optional<std::string> cpu_budget::charge(std::chrono::nanoseconds spent) {
    _spent += spent;
    _call_spent += spent;
    if (_call_spent > _call_ms_max) {
        return fmt::format("it ran for more than {} ms of CPU time in one call",
                           _call_ms_max.count());
    }
    return check_statement();
}

std::optional<std::string> cpu_budget::check_statement() const {
    if (_spent <= _statement_ms_max) return std::nullopt;
    return fmt::format("it ran for more than {} ms of CPU time in one statement",
                       _statement_ms_max.count());
}

}  // namespace nacre::udf::wasm
