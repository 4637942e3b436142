# Compiler flags, linker and compiler cache, the same for every target.

find_program(NACRE_CCACHE ccache)
if(NACRE_CCACHE)
    # The two settings let a cached object be used although a precompiled header stands in between.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${NACRE_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Werror -Wno-missing-field-initializers)
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
# libstdc++ 12 uses a deprecated buffer inside std::stable_sort, and clang reports it at our call.
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-deprecated-declarations>")
add_compile_options(-march=x86-64-v2)

find_program(NACRE_MOLD mold)
if(NACRE_MOLD)
    add_link_options(-fuse-ld=mold)
else()
    add_link_options(-fuse-ld=lld)
endif()

if(NACRE_SANITIZE)
    add_compile_options(-fsanitize=${NACRE_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${NACRE_SANITIZE})
endif()
