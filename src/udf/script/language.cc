#include "udf/script/language.h"

#include <mutex>
#include <utility>

#include "udf/guest_function.h"
#include "udf/script/descriptor.h"
#include "udf/wasm/batch_guest.h"
#include "udf/wasm/try_out.h"

namespace nacre::udf::script {
namespace {

constexpr std::string_view load_export = "nacre_load";

/// An interpreter with one function loaded: by the first call, because loading runs in the guest.
class script_instance final : public function::instance {
  public:
    script_instance(std::unique_ptr<wasm::batch_guest> guest,
                    std::shared_ptr<const bytes> descriptor)
        : _guest(std::move(guest)), _descriptor(std::move(descriptor)) {}

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
        if (_loaded) co_return status{};
        bytes descriptor = *_descriptor;
        set_random_seed(descriptor, _guest->world().origin().seed);
        NACRE_CO_CHECK(co_await _guest->call_with_bytes(load_export, descriptor, ""));
        _loaded = true;
        co_return status{};
    }

    std::unique_ptr<wasm::batch_guest> _guest;
    std::shared_ptr<const bytes> _descriptor;
    bool _loaded = false;
};

class script_function final : public function::compiled {
  public:
    script_function(wasm::guest_module_ptr interpreter, std::shared_ptr<const guest_function> whose)
        : _interpreter(std::move(interpreter)),
          _descriptor(std::make_shared<const bytes>(
              describe_function(*whose->definition, body_check::trusted))),
          _whose(std::move(whose)) {}

    [[nodiscard]] result<std::unique_ptr<function::instance>> instantiate(
        runtime::cancellation_ptr until) const override {
        return std::make_unique<script_instance>(
            _interpreter->instantiate(_whose, std::move(until)), _descriptor);
    }

  private:
    wasm::guest_module_ptr _interpreter;
    std::shared_ptr<const bytes> _descriptor;
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
        co_return std::make_shared<const script_function>(std::move(interpreter), std::move(whose));
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
};

}  // namespace

std::unique_ptr<function::language> make_language(interpreter of, wasm::wasm_engine& engine,
                                                  statistics_registry& statistics,
                                                  function_limits limits) {
    return std::make_unique<script_language>(std::move(of), engine, statistics, limits);
}

}  // namespace nacre::udf::script
