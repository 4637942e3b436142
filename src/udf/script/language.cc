#include "udf/script/language.h"

#include <mutex>
#include <utility>

#include "udf/guest_function.h"
#include "udf/script/descriptor.h"
#include "udf/script/script_start.h"
#include "udf/wasm/batch_guest.h"
#include "udf/wasm/try_out.h"

namespace nacre::udf::script {
namespace {

constexpr std::string_view load_export = "nacre_load";
constexpr std::string_view seed_export = "nacre_seed";

/// Some kilobytes for each of ten thousand functions.
constexpr std::uint64_t images_bytes_max = 64 << 20;

/// An interpreter with one function loaded: by the first call, because loading runs in the guest.
class script_instance final : public function::instance {
  public:
    script_instance(const wasm::guest_module& interpreter,
                    std::shared_ptr<const guest_function> whose, runtime::cancellation_ptr until,
                    std::shared_ptr<script_start> start)
        : _start(std::move(start)) {
        auto image = _start->image();
        _loaded = image != nullptr;
        _guest = interpreter.instantiate(std::move(whose), std::move(until), std::move(image));
    }

    runtime::task<status> call(function::call_batch batch) override {
        NACRE_CO_CHECK(co_await load());
        co_return co_await _guest->call(batch);
    }
    runtime::task<status> set_state(optional_bytes state) override {
        NACRE_CO_CHECK(co_await load());
        co_return co_await _guest->set_state(std::move(state));
    }
    runtime::task<status> fold(function::fold_batch batch) override {
        NACRE_CO_CHECK(co_await load());
        co_return co_await _guest->fold(batch);
    }
    runtime::task<result<optional_bytes>> state() override {
        NACRE_CO_CHECK(co_await load());
        co_return co_await _guest->state();
    }

  private:
    runtime::task<status> load() {
        if (_seeded) co_return status{};
        if (!_loaded) {
            NACRE_CO_CHECK(co_await _guest->call_with_bytes(load_export, _start->descriptor(), ""));
            _loaded = true;
            if (_start->wants_image()) {
                NACRE_CO_TRY(auto image, co_await _guest->image());
                _start->set_image(std::move(image));
            }
        }
        // Not before the image is taken: chance is every instance's own.
        NACRE_CO_CHECK(
            co_await _guest->call_with_number(seed_export, _guest->world().origin().seed));
        _seeded = true;
        co_return status{};
    }

    std::shared_ptr<script_start> _start;
    std::unique_ptr<wasm::batch_guest> _guest;
    bool _loaded;
    bool _seeded = false;
};

class script_function final : public function::compiled {
  public:
    script_function(wasm::guest_module_ptr interpreter, std::shared_ptr<const guest_function> whose,
                    std::shared_ptr<image_budget> images)
        : _interpreter(std::move(interpreter)),
          _start(std::make_shared<script_start>(
              describe_function(*whose->definition, body_check::trusted), std::move(images))),
          _whose(std::move(whose)) {}

    [[nodiscard]] result<std::unique_ptr<function::instance>> instantiate(
        runtime::cancellation_ptr until) const override {
        return std::make_unique<script_instance>(*_interpreter, _whose, std::move(until), _start);
    }

  private:
    wasm::guest_module_ptr _interpreter;
    std::shared_ptr<script_start> _start;
    std::shared_ptr<const guest_function> _whose;
};

class script_language final : public function::language {
  public:
    script_language(interpreter of, wasm::wasm_engine& engine, statistics_registry& statistics,
                    function_limits limits)
        : _of(std::move(of)), _engine(engine), _statistics(statistics), _limits(limits) {}

    [[nodiscard]] std::vector<std::string> names() const override { return _of.names; }

    runtime::task<result<function::compiled_ptr>> compile(
        schema::function_ptr definition) override {
        NACRE_CO_TRY(const auto limits,
                     limits_with(_limits, _engine.ceilings(), definition->options));
        if (definition->source().size() > _limits.body_bytes_max) {
            co_return invalid("the function's body has {} bytes; at most {} are allowed",
                              definition->source().size(), _limits.body_bytes_max);
        }
        NACRE_CO_TRY(auto interpreter, co_await load_interpreter());
        // Its trial run is charged to nobody: the function does not exist yet.
        auto trial = std::make_shared<const guest_function>(
            guest_function{.definition = definition,
                           .statistics = std::make_shared<function_statistics>(),
                           .limits = limits});
        NACRE_CO_CHECK(co_await wasm::try_out(_engine.state(),
                                              [&] { return check_body(*interpreter, trial); }));
        auto whose = std::make_shared<const guest_function>(
            guest_function{.definition = definition,
                           .statistics = _statistics.of(*definition, _of.interface, limits),
                           .limits = limits});
        co_return std::make_shared<const script_function>(std::move(interpreter), std::move(whose),
                                                          _images);
    }

  private:
    /// Compiles the body in an interpreter that is then thrown away.
    static runtime::task<status> check_body(const wasm::guest_module& interpreter,
                                            std::shared_ptr<const guest_function> whose) {
        auto guest = interpreter.instantiate(whose, nullptr);
        const bytes descriptor = describe_function(*whose->definition, body_check::thorough);
        auto outcome = co_await guest->call_with_bytes(load_export, descriptor, "");
        if (outcome.ok()) co_return status{};
        if (outcome.error().code() != error_code::function_failure) co_return outcome;
        // Nothing has been executed yet: what remains is the reason, "name:line: what".
        const std::string prefix = whose->failure("").message();
        std::string_view reason = outcome.error().message();
        if (reason.starts_with(prefix)) reason.remove_prefix(prefix.size());
        co_return invalid("could not compile: {}", reason);
    }

    runtime::task<result<wasm::guest_module_ptr>> load_interpreter() {
        if (auto loaded = loaded_interpreter()) co_return loaded;
        NACRE_CO_TRY(auto loaded, co_await wasm::try_out(_engine.state(), [this] {
                         return wasm::load_batch_guest(_engine, bytes(_of.module));
                     }));
        std::lock_guard lock(_mutex);
        _loaded = loaded;
        co_return loaded;
    }

    [[nodiscard]] wasm::guest_module_ptr loaded_interpreter() {
        std::lock_guard lock(_mutex);
        return _loaded;
    }

    const interpreter _of;
    wasm::wasm_engine& _engine;
    statistics_registry& _statistics;
    const function_limits _limits;
    std::mutex _mutex;
    wasm::guest_module_ptr _loaded;
    std::shared_ptr<image_budget> _images = std::make_shared<image_budget>(images_bytes_max);
};

}  // namespace

std::unique_ptr<function::language> make_language(interpreter of, wasm::wasm_engine& engine,
                                                  statistics_registry& statistics,
                                                  function_limits limits) {
    return std::make_unique<script_language>(std::move(of), engine, statistics, limits);
}

}  // namespace nacre::udf::script
