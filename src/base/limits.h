#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nacre {

/// What one user function may use. The defaults are the server's; main may override them from the
/// configuration, CREATE FUNCTION ... WITH for one function.
struct function_limits {
    /// The body of CREATE FUNCTION, in bytes of text. Base64 text of 16 MiB fits.
    std::uint32_t body_bytes_max = 24 << 20;
    /// Each linear memory of a guest: the module's own, and the one that holds its batches.
    /// Compilers reserve up to 16 MiB for the stack alone; only what is touched takes memory.
    std::uint32_t memory_bytes_max = 32 << 20;
    /// Each table of a guest.
    std::uint32_t table_elements_max = 20'000;

    /// CPU time of a function for one row (for a batch, where the guest can't tell its rows apart).
    std::uint32_t cpu_per_call_ms_max = 5'000;
    /// CPU time of a function's instance, which lives for one statement on one shard.
    std::uint32_t cpu_per_statement_ms_max = 10'000;
    /// How long a guest runs before it lets the shard's other work run.
    std::uint32_t slice_us = 200;

    /// Rows and argument bytes of one batch handed to a guest. A single row may be larger than the
    /// byte limit, as long as the guest's memory holds it.
    std::uint32_t batch_rows_max = 4'096;
    std::uint32_t batch_argument_bytes_max = 2 << 20;
    /// Results of the rows that a statement hands to the function at once, and an aggregate's
    /// state: they are in the server's memory together.
    std::uint32_t output_bytes_max = 64 << 20;

    /// What a guest may write to its log in one statement; the rest is dropped.
    std::uint32_t log_bytes_per_statement_max = 16 << 10;
};

/// Who sets a limit besides the configuration file.
enum class limit_scope : std::uint8_t {
    server,    ///< nobody
    function,  ///< CREATE FUNCTION ... WITH, up to the ceiling
};

/// One limit of function_limits: the name it has in WITH and, behind "function_", in the
/// configuration file; what it may be set to. The default is function_limits'.
struct function_limit {
    std::string_view name;
    std::uint32_t function_limits::* member;
    limit_scope scope;
    std::uint32_t floor;
    /// Of scope `function`: the highest value for one function unless the configuration says
    /// otherwise with "function_<name>_ceiling".
    std::uint32_t ceiling;
    /// No configuration goes beyond.
    std::uint32_t highest;
};

/// Every limit of a function, complete; docs/operating/limits.md explains them.
inline constexpr std::array<function_limit, 10> function_limit_table{{
    {"body_bytes_max", &function_limits::body_bytes_max, limit_scope::server, 1 << 10, 24 << 20,
     128 << 20},
    {"memory_bytes_max", &function_limits::memory_bytes_max, limit_scope::function, 64 << 10,
     64 << 20, 1 << 30},
    {"table_elements_max", &function_limits::table_elements_max, limit_scope::function, 0, 100'000,
     10'000'000},
    {"cpu_per_call_ms_max", &function_limits::cpu_per_call_ms_max, limit_scope::function, 1, 60'000,
     3'600'000},
    {"cpu_per_statement_ms_max", &function_limits::cpu_per_statement_ms_max, limit_scope::function,
     1, 60'000, 3'600'000},
    {"slice_us", &function_limits::slice_us, limit_scope::server, 50, 200, 10'000},
    {"batch_rows_max", &function_limits::batch_rows_max, limit_scope::function, 1, 65'536, 1 << 20},
    {"batch_argument_bytes_max", &function_limits::batch_argument_bytes_max, limit_scope::function,
     1 << 10, 16 << 20, 256 << 20},
    {"output_bytes_max", &function_limits::output_bytes_max, limit_scope::function, 1 << 10,
     256 << 20, 1 << 30},
    {"log_bytes_per_statement_max", &function_limits::log_bytes_per_statement_max,
     limit_scope::function, 0, 1 << 20, 1 << 30},
}};

/// Null if no limit of a function has this name.
[[nodiscard]] const function_limit* find_function_limit(std::string_view name);

/// The table's ceilings.
[[nodiscard]] function_limits default_function_ceilings();

/// What the configuration says: the error is config_error and names the first limit whose default
/// or ceiling is out of range, or whose default is above its ceiling.
[[nodiscard]] status check_function_limits(const function_limits& server,
                                           const function_limits& ceilings);

/// The limits of a function that was declared WITH these options: the server's, but for those that
/// an option sets. Options that name no limit of scope `function` are passed over: whoever reads
/// the statement knows them or refuses them. The error is 0x2200 and names the limit, the value
/// and the range.
[[nodiscard]] result<function_limits> limits_with(
    const function_limits& server, const function_limits& ceilings,
    const std::map<std::string, std::string>& options);

/// What all user functions together may use.
struct sandbox_limits {
    /// Functions that are declared, in all keyspaces. One more is refused as invalid.
    std::uint64_t functions_max = 10'000;
    /// Guests alive at once in the process. One more is refused as overloaded.
    std::uint64_t instances_max = 512;
    /// Memory of all guests together, looked at whenever one of them yields. The guest that goes
    /// beyond is ended as overloaded.
    std::uint64_t memory_bytes_total_max = 2ull << 30;
    /// Wasm frames of one guest. A guest that needs more traps.
    std::uint64_t stack_bytes_max = 1 << 20;

    /// Machine code that is kept loaded: bytes, modules, and how long after its last use.
    std::uint64_t code_bytes_max = 256 << 20;
    std::uint64_t code_modules_max = 2'048;
    std::uint64_t code_idle_s_max = 300;

    /// Compilations at once, each in a process of its own.
    std::uint64_t compile_threads = 1;
    /// Compilations that wait for their turn. One more is refused as overloaded.
    std::uint64_t compile_waiting_max = 4'096;
    /// How long one waits; when its turn comes later, it is refused as overloaded.
    std::uint64_t compile_wait_ms_max = 60'000;
    /// Of the compilation of one module: CPU time, time by the clock, the process's memory.
    std::uint64_t compile_cpu_ms_max = 60'000;
    std::uint64_t compile_ms_max = 120'000;
    std::uint64_t compile_memory_bytes_max = 2ull << 30;
    /// Of one module: functions, and the machine code that is made of it.
    std::uint64_t module_functions_max = 50'000;
    std::uint64_t module_code_bytes_max = 64 << 20;
};

/// Room beside a guest's frames for the host's own on the guest's stack.
inline constexpr std::uint64_t host_stack_bytes = 256 << 10;

/// One limit of sandbox_limits; behind "sandbox_" its name in the configuration file.
struct sandbox_limit {
    std::string_view name;
    std::uint64_t sandbox_limits::* member;
    std::uint64_t floor;
    std::uint64_t highest;
};

/// Every limit of the sandbox, complete; docs/operating/limits.md explains them.
inline constexpr std::array<sandbox_limit, 15> sandbox_limit_table{{
    {"functions_max", &sandbox_limits::functions_max, 0, 1'000'000},
    {"instances_max", &sandbox_limits::instances_max, 1, 16'384},
    {"memory_bytes_total_max", &sandbox_limits::memory_bytes_total_max, 1 << 20, 1ull << 40},
    {"stack_bytes_max", &sandbox_limits::stack_bytes_max, 64 << 10, 8 << 20},
    {"code_bytes_max", &sandbox_limits::code_bytes_max, 16 << 20, 1ull << 40},
    {"code_modules_max", &sandbox_limits::code_modules_max, 2, 1 << 20},
    {"code_idle_s_max", &sandbox_limits::code_idle_s_max, 1, 86'400},
    {"compile_threads", &sandbox_limits::compile_threads, 1, 64},
    {"compile_waiting_max", &sandbox_limits::compile_waiting_max, 1, 1 << 20},
    {"compile_wait_ms_max", &sandbox_limits::compile_wait_ms_max, 1, 3'600'000},
    {"compile_cpu_ms_max", &sandbox_limits::compile_cpu_ms_max, 1'000, 3'600'000},
    {"compile_ms_max", &sandbox_limits::compile_ms_max, 1'000, 3'600'000},
    {"compile_memory_bytes_max", &sandbox_limits::compile_memory_bytes_max, 512 << 20, 1ull << 40},
    {"module_functions_max", &sandbox_limits::module_functions_max, 1, 1'000'000},
    {"module_code_bytes_max", &sandbox_limits::module_code_bytes_max, 4 << 20, 1 << 30},
}};

/// The error is config_error and names the first limit that is out of range.
[[nodiscard]] status check_sandbox_limits(const sandbox_limits& limits);

}  // namespace nacre
