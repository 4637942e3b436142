#include "udf/wasm/guest_program.h"

#include "udf/observed_guest.h"
#include "udf/wasm/module_check.h"
#include "udf/wasm/running_guest.h"

namespace nacre::udf::wasm {

batch_exports batch_exports::of_function(std::string_view name) {
    return {.call = fmt::format("nacre_call_{}", name),
            .fold = fmt::format("nacre_fold_{}", name),
            .set_state = fmt::format("nacre_set_state_{}", name),
            .get_state = fmt::format("nacre_get_state_{}", name)};
}

guest_program::guest_program(engine_state& engine, module_source module,
                             std::optional<adapted> adapted, batch_exports names)
    : _engine(engine),
      _module(std::move(module)),
      _adapted(std::move(adapted)),
      _names(std::move(names)) {
    _engine.modules->add_holder(_module.key);
    if (_adapted) _engine.modules->add_holder(_adapted->adapter.key);
}

guest_program::~guest_program() {
    _engine.modules->remove_holder(_module.key);
    if (_adapted) _engine.modules->remove_holder(_adapted->adapter.key);
}

runtime::task<result<guest_program::code>> guest_program::load() const {
    code needed;
    NACRE_CO_TRY(needed.module, co_await _engine.code_of(_module));
    if (_adapted) {
        NACRE_CO_TRY(needed.adapter, co_await _engine.code_of(_adapted->adapter));
    }
    co_return needed;
}

std::unique_ptr<batch_guest> guest_program::instantiate(std::shared_ptr<const guest_function> whose,
                                                        runtime::cancellation_ptr until,
                                                        guest_image_ptr from) const {
    auto guest = std::make_unique<running_guest>(shared_from_this(), whose, std::move(until),
                                                 std::move(from));
    return std::make_unique<observed_guest>(std::move(guest), std::move(whose));
}

std::shared_ptr<const bytes> guest_program::initial_memory() const {
    const std::lock_guard lock(_mutex);
    return _initial_memory;
}

void guest_program::set_initial_memory(bytes memory) const {
    auto shared = std::make_shared<const bytes>(std::move(memory));
    const std::lock_guard lock(_mutex);
    _initial_memory = std::move(shared);
}

runtime::task<result<guest_module_ptr>> load_batch_guest(wasm_engine& engine, bytes module) {
    auto& state = engine.state();
    auto source =
        co_await state.loaders.run([&module] { return module_source::of(std::move(module)); });
    NACRE_CO_TRY(const auto compiled, co_await state.code_of(source));
    NACRE_CO_CHECK(check_batch_exports(*compiled));
    co_return std::make_shared<guest_program>(state, std::move(source), std::nullopt);
}

}  // namespace nacre::udf::wasm
