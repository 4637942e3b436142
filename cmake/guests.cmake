# Guests: interpreters that are compiled to WebAssembly and run in the sandbox like any user module.
# Each becomes build/<preset>/guests/<name>.wasm and, embedded, a library that the module that drives
# the guest links.

set(NACRE_ZIG "${CMAKE_SOURCE_DIR}/.venv/bin/python;-m;ziglang" CACHE STRING
    "The zig program that compiles guests; `make setup` installs it")

# The Lua sources come from Cargo's registry, pinned by guests/lua/Cargo.lock.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS guests/lua/Cargo.lock)
execute_process(
    COMMAND cargo metadata --format-version 1 --locked
            --manifest-path ${CMAKE_SOURCE_DIR}/guests/lua/Cargo.toml
    OUTPUT_VARIABLE metadata ERROR_VARIABLE failure RESULT_VARIABLE outcome)
if(NOT outcome EQUAL 0)
    message(FATAL_ERROR "cargo can't fetch the Lua sources (crate lua-src): ${failure}")
endif()
string(REGEX MATCH "\"manifest_path\":\"([^\"]*/lua-src-[0-9.]+)/Cargo.toml\"" found "${metadata}")
file(GLOB NACRE_LUA_DIRECTORY ${CMAKE_MATCH_1}/lua-5.4.*)
if(NOT EXISTS ${NACRE_LUA_DIRECTORY}/lvm.c)
    message(FATAL_ERROR "The crate lua-src has no Lua 5.4 in ${CMAKE_MATCH_1}")
endif()

# nacre_embed_guest(NAME FILE): the library nacre_guest_NAME, whose symbols nacre_guest_NAME_begin and
# nacre_guest_NAME_end enclose the bytes of guests/FILE: a module, or its machine code.
function(nacre_embed_guest NAME FILE)
    set(GUEST_MODULE ${CMAKE_BINARY_DIR}/guests/${FILE})
    set(source ${CMAKE_BINARY_DIR}/guests/${NAME}_embedded.c)
    configure_file(${CMAKE_SOURCE_DIR}/cmake/guest_module.c.in ${source} @ONLY)
    set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${GUEST_MODULE})
    add_library(nacre_guest_${NAME} STATIC ${source})
endfunction()

file(GLOB guest_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guests/lua/*.c)
file(GLOB guest_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guests/lua/*.h)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/guests)
add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/guests/lua.wasm
    COMMAND ${NACRE_ZIG} cc --target=wasm32-wasi -mexec-model=reactor -std=gnu17 -O3 -DNDEBUG
            -Wall -Wextra -Wno-unused-function -Wno-deprecated-declarations -g0
            -mexception-handling -mllvm -wasm-enable-eh -mllvm -wasm-enable-sjlj
            -mllvm -wasm-use-legacy-eh=false -mbulk-memory
            -include ${CMAKE_SOURCE_DIR}/guests/lua/lua_config.h -I${NACRE_LUA_DIRECTORY}
            -Wl,-z,stack-size=524288 -Wl,--strip-all -Wl,--export=nacre_row
            ${CMAKE_SOURCE_DIR}/guests/lua/all.c ${CMAKE_SOURCE_DIR}/guests/lua/runtime.c
            -o ${CMAKE_BINARY_DIR}/guests/lua.wasm
    DEPENDS ${guest_sources} ${guest_headers}
    COMMENT "Compiling Lua to WebAssembly; ten seconds, the first time longer"
    VERBATIM)
nacre_embed_guest(lua lua.wasm)
