#pragma once

#include <filesystem>
#include <memory>

#include "base/limits.h"
#include "base/result.h"
#include "udf/function_statistics.h"

namespace nacre::udf::wasm {

/// The sandbox of the process: owns the WebAssembly engine with its pool of memories and stacks,
/// the compiling threads and the cache of compiled modules. One per process (main makes it);
/// outlives every module and guest. Usable from any shard.
class wasm_engine {
  public:
    struct options {
        sandbox_limits limits;
        /// Where compiled artefacts are kept; created if absent. Empty: nowhere.
        std::filesystem::path artefact_directory;
    };

    [[nodiscard]] static result<std::unique_ptr<wasm_engine>> create(options settings);
    ~wasm_engine();
    wasm_engine(const wasm_engine&) = delete;

    /// Ends the compiling threads; compilations that wait never resume. Before the shards end.
    void stop();

    struct state;  ///< this module's own; defined in engine_state.h
    [[nodiscard]] state& internals() { return *_state; }

  private:
    explicit wasm_engine(std::unique_ptr<state> s);
    std::unique_ptr<state> _state;
};

}  // namespace nacre::udf::wasm
