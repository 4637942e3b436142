#pragma once

#include "runtime/blocking_pool.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/handles.h"
#include "udf/wasm/module_cache.h"

namespace nacre::udf::wasm {

/// What a wasm_engine is made of. Immutable after creation, but for the cache, which locks.
struct engine_state {
    wasm_engine::options settings;
    engine_handle engine;
    /// Holds the empty WASI world; every user module is linked by it.
    linker_handle linker;
    std::unique_ptr<module_cache> modules;
    runtime::blocking_pool compilers;

    engine_state(wasm_engine::options o, engine_handle e, linker_handle l)
        : settings(std::move(o)),
          engine(std::move(e)),
          linker(std::move(l)),
          modules(std::make_unique<module_cache>(engine.get(), settings.artefact_directory,
                                                 settings.precompiled)),
          compilers(static_cast<std::uint32_t>(settings.limits.compile_threads),
                    runtime::blocking_pool::priority::background) {}
};

}  // namespace nacre::udf::wasm
