#pragma once

#include <atomic>
#include <condition_variable>
#include <thread>

#include "runtime/blocking_pool.h"
#include "runtime/task.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/guest_ledger.h"
#include "udf/wasm/handles.h"
#include "udf/wasm/module_cache.h"

namespace nacre::udf::wasm {

/// What a wasm_engine is made of. Immutable after creation, but for what locks.
struct engine_state {
    wasm_engine::options settings;
    engine_handle engine;
    /// Holds the empty WASI world; every user module is linked by it.
    linker_handle linker;
    std::unique_ptr<module_cache> modules;
    /// Apart from each other, so that a statement's first call of a function never waits for
    /// someone's compilation.
    runtime::blocking_pool compilers;
    runtime::blocking_pool loaders;
    std::atomic<std::uint64_t> compilations_waiting{0};  ///< or under way
    guest_ledger guests;

    engine_state(wasm_engine::options o, engine_handle e, linker_handle l);
    ~engine_state();

    /// A module's code: loaded already, from its artefact, or compiled when it is its turn. The
    /// errors are module_cache::get's, and `overloaded` if too many are waiting.
    [[nodiscard]] runtime::task<result<compiled_module_ptr>> code_of(module_source source);

    /// Ends the threads; idempotent.
    void stop();

  private:
    void keep_house();

    std::mutex _mutex;
    std::condition_variable _stopping;
    bool _stopped = false;
    std::thread _housekeeper;  ///< drops what has been idle for long
};

}  // namespace nacre::udf::wasm
