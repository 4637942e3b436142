#include "udf/wasm/engine.h"

#include "udf/wasm/engine_settings.h"
#include "udf/wasm/engine_state.h"
#include "udf/wasm/wasi.h"

namespace nacre::udf::wasm {

result<std::unique_ptr<wasm_engine>> wasm_engine::create(options settings) {
    auto engine = make_running_engine(settings.limits, settings.ceilings, settings.counts_fuel);
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
wasm_engine::figures wasm_engine::now() const {
    const auto code = _state->modules->now();
    return {.guests = _state->guests.count(),
            .guest_memory_bytes = _state->guests.memory_bytes(),
            .guest_calls = _state->guests.calls(),
            .fuel = _state->fuel.load(),
            .code_hits = code.hits,
            .code_loads = code.loads,
            .code_evictions = code.evictions,
            .code_modules = code.modules,
            .code_bytes = code.code_bytes,
            .compilations = code.compilations,
            .compilations_failed = code.compilations_failed,
            .compilations_waiting = _state->compilations_waiting.load(),
            .compile_time = code.compile_time};
}
void wasm_engine::delete_unused_artefacts() {
    _state->modules->delete_unused_artefacts();
}
void wasm_engine::stop() {
    _state->stop();
}

}  // namespace nacre::udf::wasm
