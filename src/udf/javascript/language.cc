#include "udf/javascript/language.h"

#include "udf/script/language.h"

// The guest's module, part of the program (cmake/guests.cmake).
extern "C" const char nacre_guest_javascript_begin[];
extern "C" const char nacre_guest_javascript_end[];

namespace nacre::udf::javascript {

std::unique_ptr<function::language> make_language(wasm::wasm_engine& engine,
                                                  statistics_registry& statistics,
                                                  function_limits limits) {
    return script::make_language(
        {.names = {"javascript", "js"},
         .interface = "QuickJS-ng 0.18",
         .module = {nacre_guest_javascript_begin, nacre_guest_javascript_end}},
        engine, statistics, limits);
}

}  // namespace nacre::udf::javascript
