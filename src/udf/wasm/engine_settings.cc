#include "udf/wasm/engine_settings.h"

// rust/src/lib.rs
extern "C" void nacre_pooling_allocation_config_pagemap_scan_set(
    wasmtime_pooling_allocation_config_t* config);

namespace nacre::udf::wasm {

namespace {

using pooling_handle = std::unique_ptr<wasmtime_pooling_allocation_config_t,
                                       deleter<wasmtime_pooling_allocation_config_delete>>;

// What modules may use is WebAssembly 3.0, whose features every engine has, as far as a function
// has any use for it. Each is set here, on or off, so that an upgrade of Wasmtime changes nothing
// unseen; docs/reference/wasm.md says it to users.
void configure_proposals(wasm_config_t* config) {
    // What compilers emit today unless told otherwise.
    wasmtime_config_wasm_multi_value_set(config, true);
    wasmtime_config_wasm_bulk_memory_set(config, true);
    wasmtime_config_wasm_reference_types_set(config, true);
    wasmtime_config_wasm_simd_set(config, true);
    wasmtime_config_wasm_tail_call_set(config, true);
    // Some of its operations may differ between CPUs; those then get the slower, fixed meaning, so
    // that a function means the same everywhere.
    wasmtime_config_wasm_relaxed_simd_set(config, true);
    wasmtime_config_wasm_relaxed_simd_deterministic_set(config, true);
    // C++ and setjmp compile to exceptions. They need the collector, but not the types of GC.
    wasmtime_config_gc_support_set(config, true);
    wasmtime_config_wasm_exceptions_set(config, true);
    // An adapter has a memory of its own beside the user's. Modules have one (module_shape).
    wasmtime_config_wasm_multi_memory_set(config, true);

    // Languages with their own garbage collector would hold memory that the sandbox can't see.
    wasmtime_config_wasm_gc_set(config, false);
    wasmtime_config_wasm_function_references_set(config, false);
    // No function's memory may reach 4 GiB, and every access would cost a bounds check.
    wasmtime_config_wasm_memory64_set(config, false);
    // A function runs on one thread: nobody could end another one in its slice.
    wasmtime_config_shared_memory_set(config, false);
    // Not yet part of a standard: what is stored in the schema must run after every upgrade.
    wasmtime_config_wasm_wide_arithmetic_set(config, false);
    wasmtime_config_wasm_custom_page_sizes_set(config, false);
    wasmtime_config_wasm_stack_switching_set(config, false);
}

// What decides the machine code: the same for whoever makes it and whoever runs it.
wasm_config_t* code_settings() {
    auto* config = wasm_config_new();
    wasmtime_config_epoch_interruption_set(config, true);
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
    wasmtime_config_native_unwind_info_set(config, false);
    wasmtime_config_memory_init_cow_set(config, true);
    // One compilation is one thread: how many there are is the server's decision.
    wasmtime_config_parallel_compilation_set(config, false);
    configure_proposals(config);
    return config;
}

// Compilers make one, for pointers to functions.
constexpr std::uint32_t tables_per_guest_max = 4;

// A guest is at most two instances (the user's module and the adapter), two memories, one stack.
void configure_pool(wasm_config_t* config, const sandbox_limits& limits,
                    const function_limits& ceilings) {
    const pooling_handle pool(wasmtime_pooling_allocation_config_new());
    auto* p = pool.get();
    const auto guests = static_cast<std::uint32_t>(limits.instances_max);
    wasmtime_pooling_allocation_config_total_core_instances_set(p, guests * 2);
    wasmtime_pooling_allocation_config_total_memories_set(p, guests * 2);
    wasmtime_pooling_allocation_config_total_tables_set(p, guests * tables_per_guest_max);
    wasmtime_pooling_allocation_config_max_tables_per_module_set(p, tables_per_guest_max);
    wasmtime_pooling_allocation_config_total_stacks_set(p, guests);
    wasmtime_pooling_allocation_config_total_gc_heaps_set(p, guests);
    wasmtime_pooling_allocation_config_max_memory_size_set(p, ceilings.memory_bytes_max);
    wasmtime_pooling_allocation_config_table_elements_set(p, ceilings.table_elements_max);
    wasmtime_pooling_allocation_config_max_core_instance_size_set(p, 1 << 20);
    // What a short statement dirties is wiped by hand: cheaper than giving it back to the kernel,
    // which has to find the pages again for the next guest. So an idle slot of the pool holds that
    // much, and slots that lately ran a module keep its initial memory mapped: at most this many of
    // them.
    wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(p, 128 << 10);
    wasmtime_pooling_allocation_config_table_keep_resident_set(p, 4 << 10);
    nacre_pooling_allocation_config_pagemap_scan_set(p);
    wasmtime_pooling_allocation_config_max_unused_warm_slots_set(p, 100);
    wasmtime_pooling_allocation_strategy_set(config, p);
}

}  // namespace

engine_handle make_running_engine(const sandbox_limits& limits, const function_limits& ceilings,
                                  bool counts_fuel) {
    auto* config = code_settings();
    if (counts_fuel) wasmtime_config_consume_fuel_set(config, true);
    wasmtime_config_max_wasm_stack_set(config, limits.stack_bytes_max);
    wasmtime_config_async_stack_size_set(config, limits.stack_bytes_max + host_stack_bytes);
    configure_pool(config, limits, ceilings);
    return engine_handle(wasm_engine_new_with_config(config));
}

engine_handle make_compiling_engine() {
    return engine_handle(wasm_engine_new_with_config(code_settings()));
}

}  // namespace nacre::udf::wasm
