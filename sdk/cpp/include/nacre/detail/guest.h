#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef __wasm__
#include "nacre/detail/memory.h"
#else
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#endif

#ifndef __wasm__
namespace nacre {
/// What fail() throws in a program for the host.
class failure : public std::runtime_error {
  public:
    using runtime_error::runtime_error;
};
}  // namespace nacre
#endif

/// A module's own exports, and how it ends. The interface is specified in sdk/abi.
namespace nacre::detail {

/// A size and an address, as versions 1 and 2 pass values: the size in the high 32 bits.
using sized_address = std::uint64_t;

constexpr sized_address pair_of(std::uint32_t size, std::uint32_t address) {
    return static_cast<std::uint64_t>(size) << 32 | address;
}
constexpr std::uint32_t size_in(sized_address pair) {
    return static_cast<std::uint32_t>(pair >> 32);
}
constexpr std::uint32_t address_in(sized_address pair) {
    return static_cast<std::uint32_t>(pair);
}
constexpr std::uint32_t null_size = UINT32_MAX;
constexpr sized_address null_pair = pair_of(null_size, 0);

#ifdef __wasm__

template <typename T = std::byte>
T* pointer_to(std::uint32_t address) {
    return reinterpret_cast<T*>(static_cast<std::uintptr_t>(address));
}
inline std::uint32_t address_of(const void* at) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at));
}

#else

/// Plays a guest's memory in programs for the host: so much address space, taken when it is
/// touched, and handed out from the first byte to the last.
class host_memory {
  public:
    static constexpr std::size_t bytes_max = std::size_t{1} << 28;

    static std::byte* base() { return the().get(); }
    static std::byte* allocate(std::size_t size) {
        static std::size_t used = 65536;
        auto* made = base() + used;
        used += (size + 15) / 16 * 16;
        if (used > bytes_max) throw std::bad_alloc();
        return made;
    }

  private:
    static std::unique_ptr<std::byte[]>& the() {
        static std::unique_ptr<std::byte[]> memory(new std::byte[bytes_max]);
        return memory;
    }
};

template <typename T = std::byte>
T* pointer_to(std::uint32_t address) {
    return reinterpret_cast<T*>(host_memory::base() + address);
}
inline std::uint32_t address_of(const void* at) {
    return static_cast<std::uint32_t>(static_cast<const std::byte*>(at) - host_memory::base());
}

#endif

/// A block that has an address.
inline std::byte* allocate_bytes(std::size_t size) {
#ifdef __wasm__
    return static_cast<std::byte*>(::operator new(size));
#else
    return host_memory::allocate(size);
#endif
}
inline void release_bytes([[maybe_unused]] std::byte* block) {
#ifdef __wasm__
    ::operator delete(block);
#endif
}

}  // namespace nacre::detail

#ifdef __wasm__

extern "C" {

/// The row of the batch that is being worked on; none in whole columns.
[[gnu::weak, gnu::used]] volatile std::uint32_t nacre_row = 0;

/// Address and size of the text of a trap.
[[gnu::weak, gnu::used]] std::uint32_t nacre_panic[2] = {0, 0};

extern const std::uint32_t _scylla_abi;
[[gnu::weak, gnu::used]] const std::uint32_t _scylla_abi = 2;

__asm__(
    ".export_name nacre_row, nacre_row\n"
    ".export_name nacre_panic, nacre_panic\n"
    ".export_name _scylla_abi, _scylla_abi\n"
    ".section .custom_section.nacre.functions,\"\",@\n"
    ".ascii \"abi 3\\n\"\n"
    ".text\n");

[[gnu::weak, clang::export_name("_scylla_malloc")]] void* nacre_scylla_malloc(std::size_t size) {
    return malloc(size);
}
[[gnu::weak, clang::export_name("_scylla_free")]] void nacre_scylla_free(void* payload) {
    free(payload);
}

[[gnu::weak, clang::export_name("nacre_reserve")]] void* nacre_reserve(std::size_t size) {
    static void* buffer = nullptr;
    free(buffer);
    buffer = malloc(size);
    return buffer;
}

[[gnu::weak, clang::export_name("nacre_error")]] std::uint64_t nacre_error() {
    return nacre::detail::pair_of(nacre_panic[1], nacre_panic[0]);
}

}  // extern "C"

#endif  // __wasm__

namespace nacre::detail {

/// Ends the guest by a trap, for which the host shows this text.
[[noreturn]] inline void panic(std::string_view text) {
#ifdef __wasm__
    nacre_panic[0] = address_of(text.data());
    nacre_panic[1] = static_cast<std::uint32_t>(text.size());
    // The trap is an effect that stores may not be moved behind.
    __asm__ volatile("" : : : "memory");
    __builtin_trap();
#elif defined(__cpp_exceptions)
    throw failure(std::string(text));
#else
    __builtin_trap();
#endif
}

#ifdef __wasm__
[[gnu::weak]] void* allocate(std::size_t size, std::size_t alignment) {
    void* made = alignment <= heap::unit_bytes ? malloc(size) : aligned_alloc(alignment, size);
    if (made == nullptr) panic("the function's memory is used up");
    return made;
}
#endif

}  // namespace nacre::detail

// Where the C++ library would print what was wrong before it aborts.
#if defined(__wasm__) && __has_include(<__verbose_abort>)
#include <__verbose_abort>
#if _LIBCPP_VERSION >= 200000
#define NACRE_VERBOSE_ABORT_NOEXCEPT noexcept
#else
#define NACRE_VERBOSE_ABORT_NOEXCEPT
#endif
_LIBCPP_BEGIN_NAMESPACE_STD
[[gnu::weak]] __attribute__((noreturn)) void __libcpp_verbose_abort(const char* format, ...)
    NACRE_VERBOSE_ABORT_NOEXCEPT {
    // "out_of_range was thrown in -fno-exceptions mode with message \"%s\""
    char text[160];
    __builtin_va_list arguments;
    __builtin_va_start(arguments, format);
    const char* inserted = nullptr;
    std::uint32_t size = 0;
    while (size < sizeof text && (*format != '\0' || inserted != nullptr)) {
        if (inserted != nullptr) {
            if (*inserted == '\0') {
                inserted = nullptr;
            } else {
                text[size++] = *inserted++;
            }
        } else if (format[0] == '%' && format[1] == 's') {
            inserted = __builtin_va_arg(arguments, const char*);
            format += 2;
        } else {
            text[size++] = *format++;
        }
    }
    nacre::detail::panic({text, size});
}
_LIBCPP_END_NAMESPACE_STD
#undef NACRE_VERBOSE_ABORT_NOEXCEPT
#endif
