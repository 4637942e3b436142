#include "udf/wasm/sandbox.h"

#include <algorithm>
#include <ctime>
#include <limits>

#include "runtime/shard.h"
#include "udf/wasm/epoch_ticker.h"
#include "udf/wasm/memory_access.h"

namespace nacre::udf::wasm {

namespace {

std::chrono::nanoseconds thread_cpu_time() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

/// A guest whose memory is larger is dropped by another thread.
constexpr std::uint64_t memory_bytes_dropped_here_max = 2 << 20;

/// The function, where a turn of the loop was too long because of it.
class named_guest final : public runtime::describable {
  public:
    explicit named_guest(const guest_function& whose) : _whose(whose) {}
    [[nodiscard]] std::string describe() const override {
        return "function " + schema::describe_signature(_whose.definition->keyspace,
                                                        _whose.definition->name,
                                                        _whose.definition->argument_types);
    }

  private:
    const guest_function& _whose;
};

// Never used up: the CPU time is what is limited.
constexpr std::uint64_t fuel_given = std::numeric_limits<std::int64_t>::max();

}  // namespace

sandbox::sandbox(engine_state& engine, std::shared_ptr<const guest_function> whose,
                 runtime::cancellation_ptr until)
    : _engine(engine),
      _whose(std::move(whose)),
      _until(std::move(until)),
      _entry(std::make_unique<guest_ledger::entry>(engine.guests)),
      _budget(_whose->limits),
      _world(guest_world::of(*_whose->definition, {})) {
    _store.reset(wasmtime_store_new(engine.engine.get(), this, nullptr));
    const auto& limits = _whose->limits;
    wasmtime_store_limiter(_store.get(), limits.memory_bytes_max, limits.table_elements_max,
                           /*instances=*/2, /*tables=*/16, /*memories=*/2);
    wasmtime_store_epoch_deadline_callback(_store.get(), on_deadline, this, nullptr);
    if (engine.settings.counts_fuel) {
        const error_handle ignored{wasmtime_context_set_fuel(context(), fuel_given)};
    }
}

sandbox::~sandbox() {
    if (std::uint64_t left = 0; _engine.settings.counts_fuel) {
        const error_handle failure{wasmtime_context_get_fuel(context(), &left)};
        if (!failure) _engine.fuel += fuel_given - left;
    }
    for (const auto stream : {guest_stream::output, guest_stream::error}) {
        if (!_log_lines[static_cast<std::size_t>(stream)].empty()) end_line(stream);
    }
    if (memory_bytes() <= memory_bytes_dropped_here_max) return;
    std::vector<memory_pages> memories;
    for (const auto& each : _memories) memories.emplace_back(context(), each);
    // Giving much memory back takes milliseconds. Nothing looks at the data behind the store again.
    _engine.disposals.post([store = std::move(_store), entry = std::move(_entry),
                            memories = std::move(memories)]() mutable {
        for (auto& each : memories) each.give_back();
        store.reset();
        entry.reset();
    });
}

// Ticks come from every shard's timer, so a tick only means: look at the clock.
wasmtime_error_t* sandbox::on_deadline(wasmtime_context_t* /*context*/, void* data,
                                       std::uint64_t* ticks_more,
                                       wasmtime_update_deadline_kind_t* action) {
    auto& self = *static_cast<sandbox*>(data);
    *ticks_more = 1;
    const auto elapsed = std::chrono::steady_clock::now() - self._slice_began;
    // The next tick is a period away: yielding somewhat early is closer than yielding late.
    const auto slice = std::chrono::microseconds(self._whose->limits.slice_us);
    if (elapsed * 4 < slice * 3) {
        *action = WASMTIME_UPDATE_DEADLINE_CONTINUE;
        return nullptr;
    }
    if (const auto row = self.current_row()) {
        if (self._row_at_yield != row) self._budget.begin_row();
        self._row_at_yield = row;
    }
    self._memory_at_yield = self.memory_bytes();
    *action = WASMTIME_UPDATE_DEADLINE_YIELD;
    return nullptr;
}

runtime::task<result<wasmtime_instance_t>> sandbox::start(const wasmtime_instance_pre_t& linked) {
    wasmtime_instance_t instance{};
    wasm_trap_t* trap = nullptr;
    wasmtime_error_t* failure = nullptr;
    wasmtime_context_set_epoch_deadline(context(), 1);
    {
        call_future_handle future(wasmtime_instance_pre_instantiate_async(
            &linked, context(), &instance, &trap, &failure));
        NACRE_CO_CHECK(co_await finish(future));
    }
    NACRE_CO_CHECK(outcome(trap, failure));
    NACRE_CO_CHECK(watch(instance));
    if (auto initialize = find(instance, "_initialize");
        initialize && initialize->kind == WASMTIME_EXTERN_FUNC) {
        NACRE_CO_CHECK(co_await call(initialize->of.func, {}, {}));
    }
    co_return instance;
}

result<wasmtime_instance_t> sandbox::attach(const compiled_module& module,
                                            std::span<const wasmtime_extern_t> imports) {
    // Instantiating runs a few instructions outside of a future, where a yield is impossible.
    constexpr std::uint64_t far_away = std::uint64_t{1} << 40;
    wasmtime_context_set_epoch_deadline(context(), far_away);
    wasmtime_instance_t instance{};
    wasm_trap_t* trap = nullptr;
    auto* failure = wasmtime_instance_new(context(), module.module.get(), imports.data(),
                                          imports.size(), &instance, &trap);
    NACRE_CHECK(outcome(trap, failure));
    NACRE_CHECK(watch(instance));
    return instance;
}

status sandbox::watch(const wasmtime_instance_t& instance) {
    if (const auto memory = find(instance, "memory");
        memory && memory->kind == WASMTIME_EXTERN_MEMORY) {
        _memories.push_back(memory->of.memory);
    }
    // The user's module is the first instance, an adapter the second.
    if (const auto panic = find(instance, "nacre_panic");
        panic && panic->kind == WASMTIME_EXTERN_GLOBAL && _memories.size() == 1) {
        _panic = panic->of.global;
    }
    return _entry->note_memory(memory_bytes());
}

std::uint64_t sandbox::memory_bytes() {
    std::uint64_t sum = 0;
    for (const auto& each : _memories) sum += memory(each).size();
    return sum;
}

std::optional<wasmtime_extern_t> sandbox::find(const wasmtime_instance_t& instance,
                                               std::string_view name) {
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(context(), &instance, name.data(), name.size(), &item)) {
        return std::nullopt;
    }
    return item;
}

runtime::task<status> sandbox::call(wasmtime_func_t function,
                                    std::span<const wasmtime_val_t> arguments,
                                    std::span<wasmtime_val_t> results) {
    _entry->note_call();
    wasm_trap_t* trap = nullptr;
    wasmtime_error_t* failure = nullptr;
    // The call before may have been the last one that it could afford.
    if (const auto spent = _budget.begin_call()) co_return ended(failure_kind::deadline, *spent);
    _row_at_yield.reset();
    wasmtime_context_set_epoch_deadline(context(), 1);
    {
        // Borrows everything above, all of it in this frame or the caller's.
        call_future_handle future(wasmtime_func_call_async(context(), &function, arguments.data(),
                                                           arguments.size(), results.data(),
                                                           results.size(), &trap, &failure));
        NACRE_CO_CHECK(co_await finish(future));
    }
    NACRE_CO_CHECK(outcome(trap, failure));
    auto noted = _entry->note_memory(memory_bytes());
    if (!noted) noted = co_await check_memory_again();
    co_return noted;
}

// Guests that have ended may not have given their memory back yet.
runtime::task<status> sandbox::check_memory_again() {
    co_await _engine.disposals.run([] {});
    co_return _entry->check_memory();
}

runtime::task<status> sandbox::finish(call_future_handle& future) {
    const std::chrono::microseconds slice(_whose->limits.slice_us);
    // So that a turn is at most what was left of it and a slice.
    if (runtime::turn_is_over()) co_await runtime::yield();
    // The first slice, the only one of most calls, is timed by the cheap clock. Its error, when the
    // thread was not running all the time, is bounded here.
    const named_guest named(*_whose);
    const auto poll = [&] {
        const runtime::turn_part timed(named);
        const epoch_ticker ticking(_engine.engine.get(), slice);
        _slice_began = std::chrono::steady_clock::now();
        return wasmtime_call_future_poll(future.get());
    };
    const bool is_given = static_cast<bool>(_engine.settings.cpu_clock);
    const auto given_before = is_given ? cpu_time() : std::chrono::nanoseconds();
    bool done = poll();
    const auto first = std::chrono::steady_clock::now() - _slice_began;
    auto charged = charge(is_given ? cpu_time() - given_before
                                   : std::min<std::chrono::nanoseconds>(first, slice * 2));
    while (!done && charged) {
        co_await runtime::yield();
        if (_until) charged = _until->check();
        if (!charged) break;
        charged = _entry->note_memory(_memory_at_yield);
        if (!charged) charged = co_await check_memory_again();
        if (!charged) break;
        const auto before = cpu_time();
        done = poll();
        charged = charge(cpu_time() - before);
    }
    // A call that came to its end keeps its result, even if it was the last one it could afford.
    if (done) co_return status();
    future.reset();  // unwinds the guest's stack
    co_return charged;
}

std::chrono::nanoseconds sandbox::cpu_time() const {
    const auto& given = _engine.settings.cpu_clock;
    return given ? given() : thread_cpu_time();
}

status sandbox::charge(std::chrono::nanoseconds spent) {
    _whose->statistics->cpu_ns.fetch_add(static_cast<std::uint64_t>(spent.count()),
                                         std::memory_order_relaxed);
    const auto too_much = _budget.charge(spent);
    return too_much ? status(ended(failure_kind::deadline, *too_much)) : status();
}

error sandbox::ended(failure_kind why, std::string_view reason) {
    _ended_by = why;
    return _whose->failure(reason);
}

status sandbox::outcome(wasm_trap_t* trap, wasmtime_error_t* failure) {
    const trap_handle owned_trap(trap);
    const error_handle owned_failure(failure);
    if (trap != nullptr) {
        // Of the host's functions only proc_exit traps, and only theirs have no code.
        wasmtime_trap_code_t code = 0;
        const bool is_exit = !wasmtime_trap_code(trap, &code);
        if (!is_exit && code == WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED) {
            if (const auto text = panic_text(); !text.empty()) {
                return ended(failure_kind::reported, text);
            }
        }
        return ended(is_exit ? failure_kind::exit : failure_kind::trap, describe(*trap));
    }
    if (failure == nullptr) return {};
    auto reason = describe(*failure);
    if (reason.find("maximum concurrent") != std::string::npos) {
        return error(error_code::overloaded,
                     fmt::format("too many user functions are running: {}", reason));
    }
    return ended(failure_kind::trap, reason);
}

bytes_view sandbox::panic_text() {
    if (!_panic) return {};
    wasmtime_val_t value;
    wasmtime_global_get(context(), &*_panic, &value);
    const auto at = static_cast<std::uint32_t>(value.of.i32);
    const auto guest = memory(_memories.front());
    const auto address = guest.load<std::uint32_t>(at);
    const auto size = guest.load<std::uint32_t>(std::uint64_t{at} + sizeof(std::uint32_t));
    if (!address || !size) return {};
    return guest.view(*address, *size).value_or(bytes_view());
}

void sandbox::watch_row(wasmtime_global_t row, wasmtime_memory_t memory) {
    _row = row;
    const globaltype_handle type(wasmtime_global_type(context(), &row));
    if (wasm_globaltype_mutability(type.get()) == WASM_CONST) _row_memory = memory;
}

std::optional<std::uint32_t> sandbox::current_row() {
    if (!_row) return std::nullopt;
    wasmtime_val_t value;
    wasmtime_global_get(context(), &*_row, &value);
    const auto told = static_cast<std::uint32_t>(value.of.i32);
    if (!_row_memory) return told;
    return this->memory(*_row_memory).load<std::uint32_t>(told);
}

guest_memory sandbox::memory(const wasmtime_memory_t& memory) {
    return memory_of(context(), memory);
}

void sandbox::log(guest_stream stream, bytes_view text) {
    // One call may bring many lines, and nothing interrupts it.
    constexpr std::uint32_t lines_per_statement_max = 2'000;
    const auto room = _whose->limits.log_bytes_per_statement_max - _logged_bytes;
    auto& line = _log_lines[static_cast<std::size_t>(stream)];
    auto left = text.substr(0, room);
    _logged_bytes += static_cast<std::uint32_t>(left.size());
    std::uint64_t dropped = text.size() - left.size();
    while (!left.empty() && _logged_lines < lines_per_statement_max) {
        const auto end = left.find('\n');
        line.append(left.substr(0, end));
        left.remove_prefix(end == bytes_view::npos ? left.size() : end + 1);
        if (end == bytes_view::npos) break;
        ++_logged_lines;
        end_line(stream);
    }
    dropped += left.size();
    if (dropped != 0) {
        _whose->statistics->log_bytes_dropped.fetch_add(dropped, std::memory_order_relaxed);
    }
}

void sandbox::end_line(guest_stream stream) {
    auto& line = _log_lines[static_cast<std::size_t>(stream)];
    auto& statistics = *_whose->statistics;
    statistics.log_lines.fetch_add(1, std::memory_order_relaxed);
    statistics.log_bytes.fetch_add(line.size(), std::memory_order_relaxed);
    if (const auto& sink = _engine.settings.log) sink(*_whose, stream, line);
    line.clear();
}

}  // namespace nacre::udf::wasm
