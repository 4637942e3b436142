#include "udf/wasm/engine_state.h"

#include <algorithm>
#include <chrono>

namespace nacre::udf::wasm {

namespace {

constexpr std::uint32_t loading_threads = 2;

module_cache::options cache_options(const wasm_engine::options& settings, wasm_engine_t* engine,
                                    wasmtime_linker_t* linker) {
    return {.engine = engine,
            .linker = linker,
            .directory = settings.artefact_directory,
            .precompiled = settings.precompiled,
            .limits = settings.limits,
            .compile_program = settings.compile_program};
}

/// One compilation among those that wait.
class waiting_place {
  public:
    explicit waiting_place(std::atomic<std::uint64_t>& count)
        : _count(count), _before(count.fetch_add(1)) {}
    ~waiting_place() { _count.fetch_sub(1); }
    waiting_place(const waiting_place&) = delete;
    /// How many were there before.
    [[nodiscard]] std::uint64_t before() const { return _before; }

  private:
    std::atomic<std::uint64_t>& _count;
    std::uint64_t _before;
};

}  // namespace

engine_state::engine_state(wasm_engine::options o, engine_handle e, linker_handle l)
    : settings(std::move(o)),
      engine(std::move(e)),
      linker(std::move(l)),
      modules(std::make_unique<module_cache>(cache_options(settings, engine.get(), linker.get()))),
      compilers(static_cast<std::uint32_t>(settings.limits.compile_threads),
                runtime::blocking_pool::priority::background),
      loaders(loading_threads, runtime::blocking_pool::priority::normal),
      guests(settings.limits.memory_bytes_total_max),
      disposals(1, runtime::blocking_pool::priority::normal),
      _housekeeper([this] { keep_house(); }) {}

engine_state::~engine_state() {
    stop();
}

template <typename Compile>
auto engine_state::in_turn(Compile compile) -> runtime::task<std::invoke_result_t<Compile&>> {
    const waiting_place place(compilations_waiting);
    const auto& limits = settings.limits;
    if (place.before() >= limits.compile_waiting_max + limits.compile_threads) {
        co_return error(error_code::overloaded,
                        fmt::format("{} modules are waiting to be compiled, no more are taken "
                                    "(sandbox_compile_waiting_max is {})",
                                    place.before(), limits.compile_waiting_max));
    }
    const auto since = std::chrono::steady_clock::now();
    co_return co_await compilers.run([&]() -> std::invoke_result_t<Compile&> {
        const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - since);
        if (waited.count() >= static_cast<std::int64_t>(limits.compile_wait_ms_max)) {
            return error(error_code::overloaded,
                         fmt::format("The module has waited {} ms to be compiled "
                                     "(sandbox_compile_wait_ms_max is {})",
                                     waited.count(), limits.compile_wait_ms_max));
        }
        return compile();
    });
}

runtime::task<result<compiled_module_ptr>> engine_state::code_of(module_source source) {
    if (auto found = modules->find(source.key)) co_return found;
    NACRE_CO_TRY(auto loaded, co_await loaders.run([&] { return modules->load(source); }));
    if (loaded) co_return loaded;
    co_return co_await in_turn([&] { return modules->get(source); });
}

runtime::task<status> engine_state::make_artefact(module_source source) {
    co_return co_await in_turn([&] { return modules->make_artefact(source); });
}

void engine_state::stop() {
    {
        const std::lock_guard lock(_mutex);
        _stopped = true;
    }
    _stopping.notify_all();
    if (_housekeeper.joinable()) _housekeeper.join();
    modules->stop();
    compilers.stop();
    loaders.stop();
    disposals.stop();
}

void engine_state::keep_house() {
    const auto idle_ms_max = settings.limits.code_idle_s_max * 1'000;
    const std::chrono::milliseconds pause(std::clamp<std::uint64_t>(idle_ms_max / 4, 100, 10'000));
    std::unique_lock lock(_mutex);
    while (!_stopping.wait_for(lock, pause, [this] { return _stopped; })) {
        lock.unlock();
        modules->drop_idle();
        lock.lock();
    }
}

}  // namespace nacre::udf::wasm
