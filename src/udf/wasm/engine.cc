#include "udf/wasm/engine.h"

#include "udf/wasm/engine_state.h"
#include "udf/wasm/wasi.h"

namespace nacre::udf::wasm {

namespace {

using pooling_handle = std::unique_ptr<wasmtime_pooling_allocation_config_t,
                                       deleter<wasmtime_pooling_allocation_config_delete>>;

// A guest is at most two instances (the user's module and the adapter), two memories, one stack.
void configure_pool(wasm_config_t* config, const sandbox_limits& limits,
                    const function_limits& ceilings) {
    const pooling_handle pool(wasmtime_pooling_allocation_config_new());
    auto* p = pool.get();
    const auto guests = static_cast<std::uint32_t>(limits.instances_max);
    wasmtime_pooling_allocation_config_total_core_instances_set(p, guests * 2);
    wasmtime_pooling_allocation_config_total_memories_set(p, guests * 2);
    wasmtime_pooling_allocation_config_total_tables_set(p, guests * 2);
    wasmtime_pooling_allocation_config_total_stacks_set(p, guests);
    wasmtime_pooling_allocation_config_total_gc_heaps_set(p, guests);
    wasmtime_pooling_allocation_config_max_memory_size_set(p, ceilings.memory_bytes_max);
    wasmtime_pooling_allocation_config_table_elements_set(p, ceilings.table_elements_max);
    wasmtime_pooling_allocation_config_max_core_instance_size_set(p, 1 << 20);
    // What a short statement dirties is wiped by hand: cheaper than giving it back to the kernel.
    wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(p, 64 << 10);
    wasmtime_pooling_allocation_config_table_keep_resident_set(p, 4 << 10);
    wasmtime_pooling_allocation_strategy_set(config, p);
}

engine_handle make_engine(const sandbox_limits& limits, const function_limits& ceilings) {
    auto* config = wasm_config_new();
    wasmtime_config_epoch_interruption_set(config, true);
    wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
    wasmtime_config_parallel_compilation_set(config, true);
    wasmtime_config_native_unwind_info_set(config, false);
    wasmtime_config_max_wasm_stack_set(config, limits.stack_bytes_max);
    wasmtime_config_async_stack_size_set(config, limits.stack_bytes_max + host_stack_bytes);
    // Guests compiled from C use exceptions for setjmp; those need the collector's support, not
    // the GC proposal's types.
    wasmtime_config_gc_support_set(config, true);
    wasmtime_config_wasm_gc_set(config, false);
    wasmtime_config_wasm_exceptions_set(config, true);
    wasmtime_config_wasm_multi_memory_set(config, true);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_memory_init_cow_set(config, true);
    configure_pool(config, limits, ceilings);
    return engine_handle(wasm_engine_new_with_config(config));
}

}  // namespace

result<std::unique_ptr<wasm_engine>> wasm_engine::create(options settings) {
    auto engine = make_engine(settings.limits, settings.ceilings);
    if (!engine) return server_error("the WebAssembly engine can't be configured");
    linker_handle linker(wasmtime_linker_new(engine.get()));
    NACRE_CHECK(define_wasi(linker.get()));
    if (!settings.artefact_directory.empty()) {
        std::error_code failure;
        std::filesystem::create_directories(settings.artefact_directory, failure);
        if (failure) {
            return server_error("can't create {}: {}", settings.artefact_directory.string(),
                                failure.message());
        }
    }
    return std::unique_ptr<wasm_engine>(new wasm_engine(
        std::make_unique<engine_state>(std::move(settings), std::move(engine), std::move(linker))));
}

wasm_engine::wasm_engine(std::unique_ptr<engine_state> state) : _state(std::move(state)) {}
wasm_engine::~wasm_engine() = default;
const function_limits& wasm_engine::ceilings() const {
    return _state->settings.ceilings;
}
void wasm_engine::stop() {
    _state->compilers.stop();
}

}  // namespace nacre::udf::wasm
