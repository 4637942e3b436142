#pragma once

#include <cstdint>

namespace nacre {

/// What one user function may use. Unit last. The defaults are the server's; main may override
/// them from the configuration, before anything runs.
struct function_limits {
    /// The body of CREATE FUNCTION, in bytes of text.
    std::uint32_t body_bytes_max = 8 << 20;
    /// Each linear memory of a guest: the module's own, and the one that holds its batches.
    /// Compilers reserve up to 16 MiB for the stack alone; only what is touched takes memory.
    std::uint32_t memory_bytes_max = 32 << 20;
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

    /// What a guest may write to its log in one statement; the rest is dropped.
    std::uint32_t log_bytes_per_statement_max = 16 << 10;
};

/// What all user functions together may use.
struct sandbox_limits {
    /// Guests alive at once in the process. One more is refused as overloaded.
    std::uint32_t instances_max = 512;
    /// No function's memory limit may exceed this.
    std::uint32_t memory_bytes_ceiling = 64 << 20;
    /// Wasm frames of one guest. A guest that needs more traps.
    std::uint32_t stack_bytes_max = 512 << 10;
    /// Room beside them for the host's own frames on the guest's stack.
    std::uint32_t host_stack_bytes = 256 << 10;
    std::uint32_t compile_threads = 1;
};

static_assert(function_limits{}.memory_bytes_max <= sandbox_limits{}.memory_bytes_ceiling);
static_assert(function_limits{}.batch_argument_bytes_max * 2 <= function_limits{}.memory_bytes_max);
static_assert(function_limits{}.cpu_per_call_ms_max <= function_limits{}.cpu_per_statement_ms_max);

}  // namespace nacre
