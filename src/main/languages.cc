#include "main/languages.h"

#include "udf/javascript/language.h"
#include "udf/lua/language.h"
#include "udf/wasm/language.h"

// cmake/guests.cmake
extern "C" const char nacre_guest_javascript_artefact_begin[];
extern "C" const char nacre_guest_javascript_artefact_end[];
extern "C" const char nacre_guest_lua_artefact_begin[];
extern "C" const char nacre_guest_lua_artefact_end[];

namespace nacre {

std::vector<std::shared_ptr<function::language>> make_languages(udf::wasm::wasm_engine& engine,
                                                                udf::statistics_registry& functions,
                                                                function_limits limits) {
    std::vector<std::shared_ptr<function::language>> made;
    made.push_back(udf::wasm::make_language(engine, functions, limits));
    made.push_back(udf::lua::make_language(engine, functions, limits));
    made.push_back(udf::javascript::make_language(engine, functions, limits));
    return made;
}

std::vector<std::string_view> precompiled_guests() {
    return {{nacre_guest_lua_artefact_begin, nacre_guest_lua_artefact_end},
            {nacre_guest_javascript_artefact_begin, nacre_guest_javascript_artefact_end}};
}

}  // namespace nacre
