# Every library that Nacre links, found once. `make setup` installs them.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(RocksDB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
if(NACRE_TESTS)
    find_package(GTest REQUIRED)
endif()
find_library(NACRE_GMP gmp REQUIRED)
find_library(NACRE_CSV csv REQUIRED)
find_library(NACRE_LZ4 lz4 REQUIRED)
find_library(NACRE_SNAPPY snappy REQUIRED)
find_library(NACRE_CRYPT crypt REQUIRED)
find_library(NACRE_JEMALLOC jemalloc REQUIRED)

# Wasmtime and the driver of clusters come as one static library from the crate in rust/.
set(NACRE_CARGO_TARGET ${CMAKE_SOURCE_DIR}/build/cargo)
set(NACRE_PARTS_LIBRARY ${NACRE_CARGO_TARGET}/release/libnacre_parts.a)
set(NACRE_PARTS_INCLUDE ${NACRE_CARGO_TARGET}/include)
file(GLOB NACRE_CARGO_INPUTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/rust/*.rs
     ${CMAKE_SOURCE_DIR}/rust/src/*.rs ${CMAKE_SOURCE_DIR}/rust/src/*/*.rs
     ${CMAKE_SOURCE_DIR}/rust/Cargo.* ${CMAKE_SOURCE_DIR}/src/cluster/completion.h)
add_custom_command(
    OUTPUT ${NACRE_PARTS_LIBRARY}
    COMMAND cargo build --release --locked --manifest-path ${CMAKE_SOURCE_DIR}/rust/Cargo.toml
            --target-dir ${NACRE_CARGO_TARGET}
    COMMAND ${CMAKE_COMMAND} -E touch ${NACRE_PARTS_LIBRARY}
    DEPENDS ${NACRE_CARGO_INPUTS}
    COMMENT "Building the Rust parts (Wasmtime); about five minutes the first time"
    USES_TERMINAL)
add_custom_target(nacre_parts_build DEPENDS ${NACRE_PARTS_LIBRARY})
add_library(nacre_parts STATIC IMPORTED GLOBAL)
file(MAKE_DIRECTORY ${NACRE_PARTS_INCLUDE})
set_target_properties(nacre_parts PROPERTIES
    IMPORTED_LOCATION ${NACRE_PARTS_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${NACRE_PARTS_INCLUDE}
    INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto;Threads::Threads;dl;m")
add_dependencies(nacre_parts nacre_parts_build)
