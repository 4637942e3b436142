#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace nacre::udf {

/// Why a call of a function failed, as far as somebody who watches a server wants to tell apart.
enum class failure_kind : std::uint8_t {
    trap,            ///< the guest did what WebAssembly ends it for
    deadline,        ///< it used up its CPU time
    memory,          ///< it has no room for its arguments
    invalid_result,  ///< pointers out of its memory, results that are no values of their type
    reported,        ///< the guest said itself that it can't do this: a Lua error
    exit,            ///< it called proc_exit
    overloaded,      ///< the sandbox was full
    cancelled,       ///< the request ended, or its time was up
    quarantined,     ///< it was not called: it had failed too often
};

inline constexpr std::array<std::string_view, 9> failure_kind_names = {
    "trap", "deadline",   "memory",    "invalid_result", "reported",
    "exit", "overloaded", "cancelled", "quarantined",
};

[[nodiscard]] constexpr std::string_view name_of(failure_kind kind) {
    return failure_kind_names[static_cast<std::size_t>(kind)];
}

/// Whether failures of this kind are the function's own fault and cost the server something. What
/// a guest reports is more likely the fault of the data that it was called with.
[[nodiscard]] constexpr bool leads_to_quarantine(failure_kind kind) {
    switch (kind) {
        case failure_kind::trap:
        case failure_kind::deadline:
        case failure_kind::memory:
        case failure_kind::invalid_result:
        case failure_kind::exit:
            return true;
        case failure_kind::reported:
        case failure_kind::overloaded:
        case failure_kind::cancelled:
        case failure_kind::quarantined:
            return false;
    }
    return false;
}

}  // namespace nacre::udf
