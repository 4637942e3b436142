#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/limits.h"

namespace nacre::udf::wasm {

/// The CPU time of one guest against its limits: of the call that runs (or the row, where the guest
/// tells its rows) and of the statement. One that has spent all of it is still within its limits.
class cpu_budget {
  public:
    explicit cpu_budget(const function_limits& limits)
        : _call_ms_max(limits.cpu_per_call_ms_max),
          _statement_ms_max(limits.cpu_per_statement_ms_max) {}

    /// A row of a call begins.
    void begin_row() { _call_spent = {}; }
    /// A call is to begin. Why it can't, if the one before was already too much.
    [[nodiscard]] std::optional<std::string> begin_call();
    /// Why the guest has to end, if this was too much.
    [[nodiscard]] std::optional<std::string> charge(std::chrono::nanoseconds spent);
    /// In the statement until now.
    [[nodiscard]] std::chrono::nanoseconds spent() const { return _spent; }

  private:
    [[nodiscard]] std::optional<std::string> check_statement() const;

    std::chrono::milliseconds _call_ms_max;
    std::chrono::milliseconds _statement_ms_max;
    std::chrono::nanoseconds _spent{0};
    std::chrono::nanoseconds _call_spent{0};
};

}  // namespace nacre::udf::wasm
