#pragma once

// What a guest needs of a C runtime, in a few hundred bytes: an allocator, memcpy and its kin, and
// what a compiler calls by itself. All of it is weak, and found before the archives of a C library
// are searched: of those a module takes only what it asks for besides.
#ifdef __wasm__

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

extern "C" unsigned char __heap_base;

namespace nacre::detail {

/// Blocks of sizes in steps of a quarter of a power of two, each with a list of the free ones, one
/// after the other from the end of the module's data. A block begins with eight bytes: its size
/// class, and how far behind them the payload begins. Blocks are not joined again: a guest lives
/// for one statement, and what a row asked for is what the next one will ask for.
struct block {
    std::uint32_t size_class;
    std::uint32_t shift;
    block* next_free;  // in a free block; else the payload begins here
};

struct heap {
    static constexpr std::uint32_t head_bytes = 8;
    static constexpr std::uint32_t unit_bytes = 16;
    static constexpr std::uint32_t payload_bytes_max = 1 << 30;
    static constexpr std::uint32_t small_classes = 16;
    static constexpr std::uint32_t classes = small_classes + 24 * 4;

    block* free[classes];
    unsigned char* top;
    unsigned char* end;
};
inline constinit heap the_heap{};

/// A block's units of 16 bytes, head included, and the class of blocks that hold so many.
struct size_class {
    std::uint32_t number;
    std::uint32_t units;
};

constexpr size_class class_of(std::uint32_t units) {
    if (units <= heap::small_classes) return {units - 1, units};
    const auto power = static_cast<std::uint32_t>(31 - __builtin_clz(units - 1));
    const auto quarter = ((units - 1) >> (power - 2)) & 3;
    return {heap::small_classes + (power - 4) * 4 + quarter, (5 + quarter) << (power - 2)};
}

/// Takes pages until `bytes` lie between top and end.
[[gnu::noinline]] inline bool grow_heap(std::uint32_t bytes) {
    constexpr std::uint32_t page_bytes = 65536;
    if (the_heap.top == nullptr) {
        const auto base = reinterpret_cast<std::uintptr_t>(&__heap_base);
        // Payloads are at multiples of 16, so heads are 8 before one.
        the_heap.top = reinterpret_cast<unsigned char*>(((base + 15) & ~std::uintptr_t{15}) + 8);
        the_heap.end = reinterpret_cast<unsigned char*>(__builtin_wasm_memory_size(0) * page_bytes);
    }
    const auto at_end = __builtin_wasm_memory_size(0) * page_bytes;
    if (reinterpret_cast<std::uintptr_t>(the_heap.end) != at_end) {
        // Somebody else has grown the memory; what is theirs is left alone.
        the_heap.top = reinterpret_cast<unsigned char*>(at_end + 8);
        the_heap.end = reinterpret_cast<unsigned char*>(at_end);
    }
    const auto have = the_heap.end - the_heap.top;
    if (have >= 0 && static_cast<std::uint32_t>(have) >= bytes) return true;
    const auto missing = static_cast<std::uint64_t>(static_cast<std::int64_t>(bytes) - have);
    const auto pages = (missing + page_bytes - 1) / page_bytes;
    if (pages > UINT16_MAX + 1ULL) return false;
    if (__builtin_wasm_memory_grow(0, static_cast<std::uint32_t>(pages)) == SIZE_MAX) return false;
    the_heap.end += pages * page_bytes;
    return true;
}

inline block* block_of(void* payload) {
    auto* at = static_cast<unsigned char*>(payload);
    auto* head = reinterpret_cast<block*>(at - heap::head_bytes);
    return reinterpret_cast<block*>(reinterpret_cast<unsigned char*>(head) - head->shift);
}

inline std::uint32_t payload_bytes(const block& one) {
    const auto number = one.size_class;
    const auto units = number < heap::small_classes
                           ? number + 1
                           : (5 + (number & 3)) << ((number - heap::small_classes) / 4 + 2);
    return units * heap::unit_bytes - heap::head_bytes;
}

/// A word at any address, of memory of any type.
template <typename Word>
struct [[gnu::packed, gnu::may_alias]] word_anywhere {
    Word word;
};
template <typename Word>
Word load(const unsigned char* at) {
    return reinterpret_cast<const word_anywhere<Word>*>(at)->word;
}
template <typename Word>
void store(unsigned char* at, Word word) {
    reinterpret_cast<word_anywhere<Word>*>(at)->word = word;
}

/// Also where they overlap, if `to` is the lower one: every word is read before it is written to.
inline __attribute__((no_builtin)) void copy_upwards(void* to, const void* from, std::size_t size) {
    using std::uint16_t, std::uint32_t, std::uint64_t;
    auto* d = static_cast<unsigned char*>(to);
    const auto* s = static_cast<const unsigned char*>(from);
    // Two words that overlap in the middle, from both ends; longer ones in words before that.
    if (size >= 8) {
        const auto last = load<uint64_t>(s + size - 8);
        auto* const last_to = d + size - 8;
        for (; size > 8; size -= 8, d += 8, s += 8) store(d, load<uint64_t>(s));
        store(last_to, last);
    } else if (size >= 4) {
        const auto first = load<uint32_t>(s);
        const auto last = load<uint32_t>(s + size - 4);
        store(d, first);
        store(d + size - 4, last);
    } else if (size >= 2) {
        const auto first = load<uint16_t>(s);
        const auto last = load<uint16_t>(s + size - 2);
        store(d, first);
        store(d + size - 2, last);
    } else if (size == 1) {
        *d = *s;
    }
}

}  // namespace nacre::detail

extern "C" {

[[gnu::weak, gnu::malloc]] void* malloc(std::size_t size) {
    using namespace nacre::detail;
    if (size > heap::payload_bytes_max) return nullptr;
    const auto units = static_cast<std::uint32_t>(size + heap::head_bytes + 15) / 16;
    const auto wanted = class_of(units);
    auto*& free_blocks = the_heap.free[wanted.number];
    block* made = free_blocks;
    if (made != nullptr) {
        free_blocks = made->next_free;
    } else {
        const auto bytes = wanted.units * heap::unit_bytes;
        if (the_heap.end - the_heap.top < static_cast<std::ptrdiff_t>(bytes) && !grow_heap(bytes)) {
            return nullptr;
        }
        made = reinterpret_cast<block*>(the_heap.top);
        the_heap.top += bytes;
    }
    made->size_class = wanted.number;
    made->shift = 0;
    return &made->next_free;
}

[[gnu::weak]] void free(void* payload) {
    using namespace nacre::detail;
    if (payload == nullptr) return;
    auto* gone = block_of(payload);
    auto*& free_blocks = the_heap.free[gone->size_class];
    gone->next_free = free_blocks;
    free_blocks = gone;
}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wcast-align"

[[gnu::weak]] __attribute__((no_builtin)) void* memcpy(void* to, const void* from,
                                                       std::size_t size) {
    nacre::detail::copy_upwards(to, from, size);
    return to;
}

[[gnu::weak]] __attribute__((no_builtin)) void* memmove(void* to, const void* from,
                                                        std::size_t size) {
    using nacre::detail::load, nacre::detail::store;
    auto* d = static_cast<unsigned char*>(to);
    const auto* s = static_cast<const unsigned char*>(from);
    if (static_cast<std::size_t>(d - s) >= size) {
        nacre::detail::copy_upwards(to, from, size);
        return to;
    }
    for (; size >= 8; size -= 8) {
        store(d + size - 8, load<std::uint64_t>(s + size - 8));
    }
    while (size-- > 0) d[size] = s[size];
    return to;
}

[[gnu::weak]] __attribute__((no_builtin)) void* memset(void* to, int value, std::size_t size) {
    using nacre::detail::store;
    auto* d = static_cast<unsigned char*>(to);
    const auto byte = static_cast<unsigned char>(value);
    for (; size >= 8; size -= 8, d += 8) {
        store(d, byte * std::uint64_t{0x0101010101010101});
    }
    while (size-- > 0) *d++ = byte;
    return to;
}

[[gnu::weak]] __attribute__((no_builtin)) int memcmp(const void* left, const void* right,
                                                     std::size_t size) {
    using nacre::detail::load;
    const auto* l = static_cast<const unsigned char*>(left);
    const auto* r = static_cast<const unsigned char*>(right);
    for (; size >= 8; size -= 8, l += 8, r += 8) {
        if (load<std::uint64_t>(l) != load<std::uint64_t>(r)) break;
    }
    for (; size > 0; --size, ++l, ++r) {
        if (*l != *r) return *l - *r;
    }
    return 0;
}

#pragma clang diagnostic pop

[[gnu::weak]] __attribute__((no_builtin)) std::size_t strlen(const char* text) {
    const char* end = text;
    while (*end != '\0') ++end;
    return static_cast<std::size_t>(end - text);
}

[[gnu::weak]] void* calloc(std::size_t count, std::size_t size) {
    std::size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes)) return nullptr;
    void* made = malloc(bytes);
    return made == nullptr ? nullptr : memset(made, 0, bytes);
}

[[gnu::weak]] void* realloc(void* payload, std::size_t size) {
    if (payload == nullptr) return malloc(size);
    const auto* old = nacre::detail::block_of(payload);
    const auto have = nacre::detail::payload_bytes(*old) - old->shift;
    if (size <= have) return payload;
    void* made = malloc(size);
    if (made == nullptr) return nullptr;
    memcpy(made, payload, have);
    free(payload);
    return made;
}

[[gnu::weak]] void* aligned_alloc(std::size_t alignment, std::size_t size) {
    using namespace nacre::detail;
    if (alignment <= heap::unit_bytes) return malloc(size);
    auto* made = static_cast<unsigned char*>(malloc(size + alignment));
    if (made == nullptr) return nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(made);
    const auto shift = static_cast<std::uint32_t>(-address & (alignment - 1));
    // The head in front of the payload says where the block's own is.
    auto* head = reinterpret_cast<block*>(made + shift - heap::head_bytes);
    head->size_class = block_of(made)->size_class;
    head->shift = shift;
    return made + shift;
}

/// Destructors of static objects have nothing to do: the sandbox is dropped as a whole.
[[gnu::weak]] int __cxa_atexit(void (*)(void*), void*, void*) {
    return 0;
}
/// A guest has one thread.
[[gnu::weak]] int __cxa_guard_acquire(std::uint64_t* guard) {
    return *reinterpret_cast<unsigned char*>(guard) == 0 ? 1 : 0;
}
[[gnu::weak]] void __cxa_guard_release(std::uint64_t* guard) {
    *reinterpret_cast<unsigned char*>(guard) = 1;
}
[[gnu::weak, noreturn]] void __cxa_pure_virtual() {
    __builtin_trap();
}
[[gnu::weak]] _Noreturn void abort() {
    __builtin_trap();
}

}  // extern "C"

namespace nacre::detail {
/// Never null: a module out of memory fails.
[[gnu::returns_nonnull]] void* allocate(std::size_t size, std::size_t alignment = 16);
}  // namespace nacre::detail

// These replace the library's, and so can't be inline.
[[gnu::weak]] void* operator new(std::size_t size) {
    return nacre::detail::allocate(size);
}
[[gnu::weak]] void* operator new[](std::size_t size) {
    return nacre::detail::allocate(size);
}
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t alignment) {
    return nacre::detail::allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void* operator new[](std::size_t size, std::align_val_t alignment) {
    return nacre::detail::allocate(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return malloc(size);
}
[[gnu::weak]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return malloc(size);
}
[[gnu::weak]] void operator delete(void* payload) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete[](void* payload) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete(void* payload, std::size_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete[](void* payload, std::size_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete(void* payload, std::align_val_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete[](void* payload, std::align_val_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete(void* payload, std::size_t, std::align_val_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete[](void* payload, std::size_t, std::align_val_t) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete(void* payload, const std::nothrow_t&) noexcept {
    free(payload);
}
[[gnu::weak]] void operator delete[](void* payload, const std::nothrow_t&) noexcept {
    free(payload);
}

#endif  // __wasm__
