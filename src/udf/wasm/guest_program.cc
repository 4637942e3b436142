#include "udf/wasm/guest_program.h"

#include "udf/wasm/module_check.h"
#include "udf/wasm/running_guest.h"

namespace nacre::udf::wasm {

batch_exports batch_exports::of_function(std::string_view name) {
    return {.call = fmt::format("nacre_call_{}", name),
            .fold = fmt::format("nacre_fold_{}", name),
            .set_state = fmt::format("nacre_set_state_{}", name),
            .get_state = fmt::format("nacre_get_state_{}", name)};
}

guest_program::guest_program(engine_state& engine, compiled_module_ptr module,
                             instance_pre_handle linked, std::optional<adapted> adapted,
                             batch_exports names)
    : _engine(engine),
      _module(std::move(module)),
      _linked(std::move(linked)),
      _adapted(std::move(adapted)),
      _names(std::move(names)) {}

std::unique_ptr<batch_guest> guest_program::instantiate(std::shared_ptr<const guest_function> whose,
                                                        runtime::cancellation_ptr until) const {
    return std::make_unique<running_guest>(shared_from_this(), std::move(whose), std::move(until));
}

result<instance_pre_handle> link_module(engine_state& engine, const compiled_module& module) {
    NACRE_CHECK(check_imports(module));
    wasmtime_instance_pre_t* linked = nullptr;
    if (const error_handle why{
            wasmtime_linker_instantiate_pre(engine.linker.get(), module.module.get(), &linked)}) {
        return invalid("Compilation failed: {}", explain(*why));
    }
    return instance_pre_handle(linked);
}

runtime::task<result<guest_module_ptr>> load_batch_guest(wasm_engine& engine, bytes module) {
    auto& state = engine.state();
    co_return co_await state.compilers.run([&state, &module]() -> result<guest_module_ptr> {
        NACRE_TRY(auto compiled, state.modules->get(module));
        NACRE_CHECK(check_batch_exports(*compiled));
        NACRE_TRY(auto linked, link_module(state, *compiled));
        return std::make_shared<guest_program>(state, std::move(compiled), std::move(linked),
                                               std::nullopt);
    });
}

}  // namespace nacre::udf::wasm
