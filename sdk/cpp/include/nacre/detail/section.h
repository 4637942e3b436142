#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "nacre/detail/constant_text.h"

/// Writes text into a custom section of the module. The assembler alone can do that: its directives
/// stand in a function that nobody calls, so that they can take what the compiler computed as
/// operands, and that the linker drops.
namespace nacre::detail {

enum class module_section { functions, declarations };

/// Eight bytes of the text as a number; newlines behind its end, which the sections allow.
template <const constant_text& Text>
consteval std::int64_t word_at(std::size_t from) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        const char c = from + i < Text.size ? Text.data[from + i] : '\n';
        word |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << (8 * i);
    }
    return static_cast<std::int64_t>(word);
}

#ifdef __wasm__
// Each goes to the section and back to the function that it stands in.
#define NACRE_DETAIL_SECTION(name, ...) ".section .custom_section." name ",\"\",@\n" __VA_ARGS__
#define NACRE_DETAIL_BACK ".section .text.%c0,\"\",@\n"
#define NACRE_DETAIL_WORD(section)                                                   \
    __asm__ volatile(NACRE_DETAIL_SECTION(section, ".int64 %c1\n") NACRE_DETAIL_BACK \
                     :                                                               \
                     : "i"(Here), "i"(word_at<Text>(From)))
#define NACRE_DETAIL_CHUNK(section)                                                           \
    __asm__ volatile(NACRE_DETAIL_SECTION(section,                                            \
                                          ".int64 %c1\n.int64 %c2\n.int64 %c3\n.int64 %c4\n"  \
                                          ".int64 %c5\n.int64 %c6\n.int64 %c7\n.int64 %c8\n") \
                         NACRE_DETAIL_BACK                                                    \
                     :                                                                        \
                     : "i"(Here), "i"(word_at<Text>(From)), "i"(word_at<Text>(From + 8)),     \
                       "i"(word_at<Text>(From + 16)), "i"(word_at<Text>(From + 24)),          \
                       "i"(word_at<Text>(From + 32)), "i"(word_at<Text>(From + 40)),          \
                       "i"(word_at<Text>(From + 48)), "i"(word_at<Text>(From + 56)))

constexpr std::size_t word_bytes = 8;
constexpr std::size_t chunk_bytes = 64;

template <module_section Section, auto Here, const constant_text& Text, std::size_t From>
[[gnu::always_inline]] inline void write_words() {
    if constexpr (From + chunk_bytes <= Text.size) {
        if constexpr (Section == module_section::functions) NACRE_DETAIL_CHUNK("nacre.functions");
        if constexpr (Section == module_section::declarations)
            NACRE_DETAIL_CHUNK("nacre.declarations");
        write_words<Section, Here, Text, From + chunk_bytes>();
    } else if constexpr (From < Text.size) {
        if constexpr (Section == module_section::functions) NACRE_DETAIL_WORD("nacre.functions");
        if constexpr (Section == module_section::declarations)
            NACRE_DETAIL_WORD("nacre.declarations");
        write_words<Section, Here, Text, From + word_bytes>();
    }
}

template <module_section Section, auto Here, const constant_text& Text>
[[gnu::always_inline]] inline void write_section() {
    write_words<Section, Here, Text, 0>();
}

#undef NACRE_DETAIL_CHUNK
#undef NACRE_DETAIL_WORD
#undef NACRE_DETAIL_BACK
#undef NACRE_DETAIL_SECTION
#endif

}  // namespace nacre::detail
