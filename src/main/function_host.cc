#include "main/function_host.h"

#include <utility>

#include "catalog/resolve_type.h"
#include "main/languages.h"
#include "main/version.h"

namespace nacre {

function_host::function_host(const configuration& config)
    : _functions(config.observation),
      _captures(config.data_directory / "captures", _functions.options(), std::string(version)),
      _lines(_functions) {
    _functions.capture_to(&_captures);
}

result<std::unique_ptr<function_host>> function_host::make(const configuration& config) {
    std::unique_ptr<function_host> made(new function_host(config));
    udf::wasm::wasm_engine::options sandbox;
    sandbox.limits = config.sandbox;
    sandbox.ceilings = config.function_ceilings;
    sandbox.artefact_directory = config.data_directory / "artefacts";
    // This very program, even if its file has been replaced since.
    sandbox.compile_program = "/proc/self/exe";
    sandbox.precompiled = precompiled_guests();
    sandbox.log = [lines = &made->_lines](const udf::guest_function& whose,
                                          udf::guest_stream stream, std::string_view line) {
        lines->write(whose, stream, line);
    };
    NACRE_TRY(made->_sandbox, udf::wasm::wasm_engine::create(std::move(sandbox)));
    return made;
}

std::vector<std::shared_ptr<function::language>> function_host::languages(
    const function_limits& limits) {
    return make_languages(*_sandbox, _functions, limits);
}

void function_host::note(const schema::change& change) {
    using target = schema::change::target;
    if (change.what != schema::change::kind::dropped) return;
    if (change.on == target::keyspace) _functions.forget_keyspace(change.keyspace);
    if (change.on != target::function) return;
    _functions.forget(change.keyspace, change.name,
                      [&](const udf::statistics_registry::entry& entry) {
                          std::vector<std::string> types;
                          for (const auto& type : entry.argument_types) {
                              types.push_back(catalog::function_type_text(type));
                          }
                          return types == change.argument_types;
                      });
}

}  // namespace nacre
