# Guests: interpreters that are compiled to WebAssembly and run in the sandbox like any user module.
# Each becomes build/<preset>/guests/<name>.wasm and, embedded, a library that the module that drives
# the guest links; its machine code becomes a part of the server.

set(NACRE_ZIG "${CMAKE_SOURCE_DIR}/.venv/bin/python;-m;ziglang" CACHE STRING
    "The zig program that compiles guests; `make setup` installs it")

# nacre_guest_sources(NAME CRATE VARIABLE): guests/NAME/Cargo.lock pins a crate of Cargo's registry that
# carries an interpreter's C sources; VARIABLE becomes its directory.
function(nacre_guest_sources NAME CRATE VARIABLE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS guests/${NAME}/Cargo.lock)
    execute_process(
        COMMAND cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu
                --manifest-path ${CMAKE_SOURCE_DIR}/guests/${NAME}/Cargo.toml
        OUTPUT_VARIABLE metadata ERROR_VARIABLE failure RESULT_VARIABLE outcome)
    if(NOT outcome EQUAL 0)
        message(FATAL_ERROR "cargo can't fetch the sources of the guest ${NAME} (crate ${CRATE}): ${failure}")
    endif()
    string(REGEX MATCH "\"manifest_path\":\"([^\"]*/${CRATE}-[0-9.]+)/Cargo.toml\"" found "${metadata}")
    set(${VARIABLE} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

nacre_guest_sources(lua lua-src lua_crate)
file(GLOB NACRE_LUA_DIRECTORY ${lua_crate}/lua-5.4.*)
if(NOT EXISTS ${NACRE_LUA_DIRECTORY}/lvm.c)
    message(FATAL_ERROR "The crate lua-src has no Lua 5.4 in ${lua_crate}")
endif()
nacre_guest_sources(javascript libquickjs-ng-sys quickjs_crate)
set(NACRE_QUICKJS_DIRECTORY ${quickjs_crate}/embed/quickjs)
# src/udf/javascript says the version to users.
file(STRINGS ${NACRE_QUICKJS_DIRECTORY}/quickjs.h found REGEX "define QJS_VERSION_MINOR 18$")
if(NOT found)
    message(FATAL_ERROR "The crate libquickjs-ng-sys has no QuickJS-ng 0.18 in ${quickjs_crate}")
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

# nacre_guest(NAME WHAT flags and sources of zig cc...): compiles guests/NAME with what interpreters
# share (guests/cql), adds it to NACRE_GUESTS and makes the library nacre_guest_NAME. The module begins
# where its interpreter is ready for a function. WHAT names it to whoever waits for the build.
set(NACRE_GUESTS)
function(nacre_guest NAME WHAT)
    file(GLOB depends CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/guests/${NAME}/*.[ch] ${CMAKE_SOURCE_DIR}/guests/${NAME}/*.js
         ${CMAKE_SOURCE_DIR}/guests/cql/*.[ch])
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/guests)
    set(made ${CMAKE_BINARY_DIR}/guests/${NAME})
    add_custom_command(
        OUTPUT ${made}.compiled.wasm
        COMMAND ${NACRE_ZIG} cc --target=wasm32-wasi -mexec-model=reactor -std=gnu23 -O3 -DNDEBUG
                -Wall -Wextra -Wno-unused-function -Wno-deprecated-declarations -g0
                -mexception-handling -mllvm -wasm-enable-eh -mllvm -wasm-enable-sjlj
                -mllvm -wasm-use-legacy-eh=false -mbulk-memory
                -Wl,-z,stack-size=524288 -Wl,--strip-all -Wl,--export=nacre_row
                -Wl,--export=__global_base
                ${ARGN} ${CMAKE_SOURCE_DIR}/guests/cql/runtime.c -o ${made}.compiled.wasm
        DEPENDS ${depends}
        COMMENT "Compiling ${WHAT} to WebAssembly; some seconds, the first time longer"
        VERBATIM)
    add_custom_command(
        OUTPUT ${made}.wasm
        COMMAND nacre_snapshot ${made}.compiled.wasm nacre_open ${made}.wasm
        DEPENDS nacre_snapshot ${made}.compiled.wasm
        COMMENT "Starting ${WHAT} for its snapshot"
        VERBATIM)
    nacre_embed_guest(${NAME} ${NAME}.wasm)
    set(NACRE_GUESTS ${NACRE_GUESTS} ${NAME} PARENT_SCOPE)
endfunction()

# The initial memory has room for what most functions need: growing it costs the kernel's time.
nacre_guest(lua Lua -Wl,--initial-memory=720896
    -include ${CMAKE_SOURCE_DIR}/guests/lua/lua_config.h -I${NACRE_LUA_DIRECTORY}
    ${CMAKE_SOURCE_DIR}/guests/lua/all.c ${CMAKE_SOURCE_DIR}/guests/lua/runtime.c)
nacre_guest(javascript QuickJS-ng -D_GNU_SOURCE -isystem ${NACRE_QUICKJS_DIRECTORY}
    ${CMAKE_SOURCE_DIR}/guests/javascript/all.c)

# nacre_guest_artefacts(TARGET): the guests' machine code, made once per build by nacre_precompile so
# that the first CREATE FUNCTION need not wait, becomes a part of TARGET.
function(nacre_guest_artefacts TARGET)
    foreach(guest ${NACRE_GUESTS})
        set(made ${CMAKE_BINARY_DIR}/guests/${guest})
        add_custom_command(
            OUTPUT ${made}.artefact
            COMMAND nacre_precompile ${made}.wasm ${made}.artefact
            DEPENDS nacre_precompile ${made}.wasm
            COMMENT "Compiling the guest ${guest} to machine code"
            VERBATIM)
        nacre_embed_guest(${guest}_artefact ${guest}.artefact)
        target_link_libraries(${TARGET} PRIVATE nacre_guest_${guest}_artefact)
    endforeach()
endfunction()
