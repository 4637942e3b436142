#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "udf/guest_function.h"
#include "udf/wasm/cpu_budget.h"
#include "udf/wasm/engine_state.h"
#include "udf/wasm/guest_memory.h"
#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

/// A store with its instances, and the loop that runs them in slices: one shard, one statement, one
/// call at a time. Meters CPU time; a guest past its budget is abandoned where it stands, so that
/// it can't catch its end. After an error the sandbox is only fit for destruction.
class sandbox {
  public:
    /// `until` is asked at every yield; may be null.
    sandbox(engine_state& engine, std::shared_ptr<const guest_function> whose,
            runtime::cancellation_ptr until);
    ~sandbox();
    sandbox(const sandbox&) = delete;

    /// Instantiates a linked module: runs its start function and `_initialize`, if it has them.
    runtime::task<result<wasmtime_instance_t>> start(const wasmtime_instance_pre_t& linked);
    /// Instantiates a module that has no start function, with these imports in its order.
    [[nodiscard]] result<wasmtime_instance_t> attach(const compiled_module& module,
                                                     std::span<const wasmtime_extern_t> imports);

    [[nodiscard]] std::optional<wasmtime_extern_t> find(const wasmtime_instance_t& instance,
                                                        std::string_view name);

    /// Calls `function` and fills `results`. The arguments stay alive until the task ends.
    runtime::task<status> call(wasmtime_func_t function, std::span<const wasmtime_val_t> arguments,
                               std::span<wasmtime_val_t> results);

    /// From here on, time is counted against the row that this i32 global tells: by its value, or,
    /// if it is immutable, as the address of a u32 in `memory`.
    void watch_row(wasmtime_global_t row, wasmtime_memory_t memory);
    /// The row at which the guest stands, if it tells one.
    [[nodiscard]] std::optional<std::uint32_t> current_row();

    [[nodiscard]] guest_memory memory(const wasmtime_memory_t& memory);
    [[nodiscard]] wasmtime_context_t* context() { return wasmtime_store_context(_store.get()); }
    [[nodiscard]] const guest_function& whose() const { return *_whose; }

    /// What the guest wrote to stdout or stderr.
    void log(guest_stream stream, bytes_view text);

    /// What the guest sees of time and chance; set before it starts, if it starts from somewhere.
    void set_world(guest_world world) { _world = std::move(world); }
    [[nodiscard]] guest_world& world() { return _world; }

    /// CPU time of the guest until now.
    [[nodiscard]] std::chrono::nanoseconds spent() const { return _budget.spent(); }
    /// Why the sandbox ended the guest, if it did.
    [[nodiscard]] std::optional<failure_kind> ended_by() const { return _ended_by; }

  private:
    /// Counts the instance's memory, if it exports one, from here on, and knows where it tells why
    /// it traps.
    [[nodiscard]] status watch(const wasmtime_instance_t& instance);
    /// What the guest says about the trap that it just ended in (`nacre_panic`); empty if nothing.
    [[nodiscard]] bytes_view panic_text();
    [[nodiscard]] std::uint64_t memory_bytes();
    [[nodiscard]] runtime::task<status> check_memory_again();
    /// Polls to the end, slice by slice.
    runtime::task<status> finish(call_future_handle& future);
    [[nodiscard]] std::chrono::nanoseconds cpu_time() const;
    [[nodiscard]] status charge(std::chrono::nanoseconds spent);
    [[nodiscard]] status outcome(wasm_trap_t* trap, wasmtime_error_t* failure);
    [[nodiscard]] error ended(failure_kind why, std::string_view reason);
    void end_line(guest_stream stream);
    static wasmtime_error_t* on_deadline(wasmtime_context_t* context, void* data,
                                         std::uint64_t* ticks_more,
                                         wasmtime_update_deadline_kind_t* action);

    engine_state& _engine;
    std::shared_ptr<const guest_function> _whose;
    runtime::cancellation_ptr _until;
    std::unique_ptr<guest_ledger::entry> _entry;  ///< for as long as the store takes memory
    store_handle _store;
    std::vector<wasmtime_memory_t> _memories;

    std::chrono::steady_clock::time_point _slice_began;
    std::optional<wasmtime_global_t> _row;
    std::optional<wasmtime_memory_t> _row_memory;  ///< the global is an address in it
    std::optional<std::uint32_t> _row_at_yield;
    std::optional<wasmtime_global_t> _panic;  ///< an address in the first memory
    cpu_budget _budget;
    std::uint64_t _memory_at_yield = 0;
    std::uint32_t _logged_bytes = 0;
    std::uint32_t _logged_lines = 0;
    std::array<bytes, 2> _log_lines;  ///< begun, by stream
    guest_world _world;
    std::optional<failure_kind> _ended_by;
};

}  // namespace nacre::udf::wasm
