#pragma once

#include <atomic>
#include <condition_variable>
#include <thread>

#include "runtime/blocking_pool.h"
#include "runtime/slots.h"
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
    /// Definitions that look at their modules' code and run it (try_out.h). So few that what they
    /// hold needs no bound of its own.
    runtime::slots trials{4};
    guest_ledger guests;
    std::atomic<std::uint64_t> fuel{0};  ///< of the guests that have ended, if it is counted
    /// Drops guests whose memory takes long to give back.
    runtime::blocking_pool disposals;

    engine_state(wasm_engine::options o, engine_handle e, linker_handle l);
    ~engine_state();

    /// A module's code: loaded already, from its artefact, or compiled when it is its turn. The
    /// errors are module_cache::get's, and `overloaded` if too many are waiting
    /// or it waited for too long.
    [[nodiscard]] runtime::task<result<compiled_module_ptr>> code_of(module_source source);

    /// Sees to it that the module has an artefact, when it is its turn, and loads no code. The
    /// errors are module_cache::make_artefact's, and `overloaded` if too many are waiting
    /// or it waited for too long.
    [[nodiscard]] runtime::task<status> make_artefact(module_source source);

    /// Ends the threads; idempotent.
    void stop();

  private:
    /// Runs `compile` on a compiling thread.
    template <typename Compile>
    auto in_turn(Compile compile) -> runtime::task<std::invoke_result_t<Compile&>>;
    void keep_house();

    std::mutex _mutex;
    std::condition_variable _stopping;
    bool _stopped = false;
    std::thread _housekeeper;  ///< drops what has been idle for long
};

}  // namespace nacre::udf::wasm
