#include "udf/lua/language.h"

#include "udf/script/language.h"

// The guest's module, part of the program (cmake/guests.cmake).
extern "C" const char nacre_guest_lua_begin[];
extern "C" const char nacre_guest_lua_end[];

namespace nacre::udf::lua {

std::unique_ptr<function::language> make_language(wasm::wasm_engine& engine,
                                                  statistics_registry& statistics,
                                                  function_limits limits) {
    return script::make_language({.names = {"lua"},
                                  .interface = "Lua 5.4",
                                  .module = {nacre_guest_lua_begin, nacre_guest_lua_end}},
                                 engine, statistics, limits);
}

}  // namespace nacre::udf::lua
