#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "udf/function_logs.h"
#include "udf/guest_function.h"

namespace nacre::udf::wasm {

struct engine_state;

/// The sandbox of the process: owns the WebAssembly engine with its pool of memories and stacks,
/// the compiling threads and the cache of compiled modules. One per process, made by main; outlives
/// every module and guest. Usable from any shard.
class wasm_engine {
  public:
    struct options {
        sandbox_limits limits;
        /// What CREATE FUNCTION ... WITH may ask for.
        function_limits ceilings = default_function_ceilings();
        /// Where compiled artefacts are kept; created if absent. They are machine code: only the
        /// server may be able to write there. Empty: nowhere.
        std::filesystem::path artefact_directory;
        /// Compiles modules in child processes: a program that runs run_compile_worker
        /// (compile_worker.h) when its first argument is compile_command. Empty, or without a
        /// directory of artefacts: modules are compiled by threads of this process, with fewer
        /// limits.
        std::filesystem::path compile_program;
        /// Artefacts that came with the program, as artefact_directory would keep them; borrowed
        /// for the engine's life. One that does not fit this engine or CPU is passed over.
        std::vector<std::string_view> precompiled;
        /// Takes the lines that guests write, on the guest's shard. May be empty.
        std::function<void(const guest_function&, guest_stream, std::string_view)> log;
        /// Counts the instructions of guests, as figures::fuel; they run slower then, and no
        /// artefact of another engine fits. For measurements.
        bool counts_fuel = false;
        /// The CPU time of the calling thread, by which guests are metered. Empty: the operating
        /// system's.
        std::function<std::chrono::nanoseconds()> cpu_clock;
    };

    [[nodiscard]] static result<std::unique_ptr<wasm_engine>> create(options settings);
    ~wasm_engine();
    wasm_engine(const wasm_engine&) = delete;

    /// Ends the compiling threads; compilations that wait never resume. Called before the shards
    /// end; idempotent.
    void stop();

    /// What CREATE FUNCTION ... WITH may ask for.
    [[nodiscard]] const function_limits& ceilings() const;

    /// From any thread.
    struct figures {
        std::uint64_t guests = 0;              ///< that have a sandbox now
        std::uint64_t guest_memory_bytes = 0;  ///< of them, as last looked at
        std::uint64_t guest_calls = 0;         ///< calls of the host into guests
        std::uint64_t fuel = 0;                ///< of the guests that have ended, if counted
        std::uint64_t code_hits = 0;           ///< of statements that needed code
        std::uint64_t code_loads = 0;
        std::uint64_t code_evictions = 0;
        std::uint64_t code_modules = 0;  ///< loaded now
        std::uint64_t code_bytes = 0;
        std::uint64_t compilations = 0;
        std::uint64_t compilations_failed = 0;
        std::uint64_t compilations_waiting = 0;  ///< or under way, now
        std::chrono::nanoseconds compile_time{0};
    };
    [[nodiscard]] figures now() const;

    /// Deletes the artefacts of functions that are no more: called once, after every function of
    /// the schema has been compiled. Blocks.
    void delete_unused_artefacts();

    /// For this module's own files.
    [[nodiscard]] engine_state& state() { return *_state; }

  private:
    explicit wasm_engine(std::unique_ptr<engine_state> state);
    std::unique_ptr<engine_state> _state;
};

}  // namespace nacre::udf::wasm
