/// The seed session's accumulate_len, and a function that merges two of its states, for versions 2
/// and 3 of the module contract: clang++ --target=wasm32 -DABI=2 (or 3), without any library.
#include <stddef.h>
#include <stdint.h>

#define EXPORTED(name) extern "C" __attribute__((export_name(name)))

namespace {

struct totals {
    int64_t texts = 0;
    int64_t bytes = 0;
};

/// A tuple<bigint, bigint> as the native protocol serialises it.
struct __attribute__((packed)) wire_totals {
    uint32_t texts_size;
    uint64_t texts;
    uint32_t bytes_size;
    uint64_t bytes;
};

totals read(const wire_totals& from) {
    return {static_cast<int64_t>(__builtin_bswap64(from.texts)),
            static_cast<int64_t>(__builtin_bswap64(from.bytes))};
}

void write(wire_totals& to, const totals& from) {
    to = {__builtin_bswap32(8), __builtin_bswap64(static_cast<uint64_t>(from.texts)),
          __builtin_bswap32(8), __builtin_bswap64(static_cast<uint64_t>(from.bytes))};
}

[[maybe_unused]] uint64_t pair(uint32_t size, const void* address) {
    return static_cast<uint64_t>(size) << 32 | reinterpret_cast<uintptr_t>(address);
}

}  // namespace

#if ABI == 2

extern "C" const uint32_t _scylla_abi = 2;
extern "C" uint8_t __heap_base;

namespace {

/// Blocks of two sizes: what this module allocates and what a short text needs, or more.
struct block {
    block* next;
    uint32_t size;
};
constexpr uint32_t small_bytes = 56;
block* free_blocks;
uint32_t heap_top;

wire_totals& totals_at(uint64_t value) {
    return *reinterpret_cast<wire_totals*>(static_cast<uintptr_t>(value & UINT32_MAX));
}

}  // namespace

EXPORTED("_scylla_malloc") uint32_t allocate(uint32_t size) {
    block* found = free_blocks;
    if (size <= small_bytes && found != nullptr) {
        free_blocks = found->next;
        return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(found + 1));
    }
    if (heap_top == 0) heap_top = (reinterpret_cast<uintptr_t>(&__heap_base) + 15) & ~15u;
    if (size < small_bytes) size = small_bytes;
    const uint32_t end = heap_top + ((sizeof(block) + size + 15) & ~15u);
    const uint32_t have = __builtin_wasm_memory_size(0) * 65536;
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == SIZE_MAX) {
        return 0;
    }
    found = reinterpret_cast<block*>(static_cast<uintptr_t>(heap_top));
    found->size = size;
    heap_top = end;
    return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(found + 1));
}

EXPORTED("_scylla_free") void release(uint32_t address) {
    if (address == 0) return;
    block* const freed = reinterpret_cast<block*>(static_cast<uintptr_t>(address)) - 1;
    if (freed->size != small_bytes) return;
    freed->next = free_blocks;
    free_blocks = freed;
}

EXPORTED("accumulate_len") uint64_t accumulate_len(uint64_t state, uint64_t text) {
    auto& stored = totals_at(state);
    auto sum = read(stored);
    ++sum.texts;
    sum.bytes += static_cast<int64_t>(text >> 32);
    write(stored, sum);
    release(static_cast<uint32_t>(text));
    return state;
}

EXPORTED("merge_len") uint64_t merge_len(uint64_t state, uint64_t other) {
    auto& stored = totals_at(state);
    auto sum = read(stored);
    const auto more = read(totals_at(other));
    sum.texts += more.texts;
    sum.bytes += more.bytes;
    write(stored, sum);
    release(static_cast<uint32_t>(other));
    return state;
}

#else

__asm__(
    ".section .custom_section.nacre.functions,\"\",@\n"
    ".ascii \"abi 3\\n\"\n"
    ".ascii \"accumulate_len(acc tuple<bigint, bigint>, a text) RETURNS NULL ON NULL INPUT RETURNS "
    "tuple<bigint, bigint>\\n\"\n"
    ".ascii \"merge_len(a tuple<bigint, bigint>, b tuple<bigint, bigint>) RETURNS NULL ON NULL "
    "INPUT RETURNS tuple<bigint, bigint>\\n\"\n"
    ".text\n");

namespace {

struct column {
    const uint8_t* validity;
    uint32_t* values;
    uint8_t* data;
    uint32_t data_size;
};
struct batch {
    uint32_t rows;
    uint32_t arguments;
    column columns[3];
};

uint32_t size_at(const column& texts, uint32_t row) {
    return texts.values[row + 1] - texts.values[row];
}
totals totals_at(const column& states, uint32_t row) {
    return read(*reinterpret_cast<const wire_totals*>(states.data + states.values[row]));
}

totals state;
bool state_is_null = true;
wire_totals wire;
uint8_t* buffer;
uint32_t buffer_bytes;

}  // namespace

EXPORTED("nacre_reserve") uint8_t* reserve(uint32_t size) {
    if (size <= buffer_bytes) return buffer;
    const auto before = __builtin_wasm_memory_grow(0, (size + 65535) / 65536);
    if (before == SIZE_MAX) return nullptr;
    buffer = reinterpret_cast<uint8_t*>(before * 65536);
    buffer_bytes = (size + 65535) / 65536 * 65536;
    return buffer;
}

EXPORTED("nacre_error") uint64_t last_error() {
    static const char text[] = "no memory left for the results";
    return pair(sizeof(text) - 1, text);
}

namespace {
/// A row's result is the first argument and more.
template <typename More>
int32_t call(batch* b, More more) {
    static wire_totals* results;
    static uint32_t results_max;
    if (b->rows > results_max) {
        const auto pages = (b->rows * sizeof(wire_totals) + 65535) / 65536;
        const auto before = __builtin_wasm_memory_grow(0, pages);
        if (before == SIZE_MAX) return 1;
        results = reinterpret_cast<wire_totals*>(before * 65536);
        results_max = b->rows;
    }
    auto& out = b->columns[2];
    for (uint32_t row = 0; row < b->rows; ++row) {
        auto sum = totals_at(b->columns[0], row);
        more(sum, b->columns[1], row);
        write(results[row], sum);
        out.values[row] = row * sizeof(wire_totals);
    }
    out.values[b->rows] = out.data_size = b->rows * sizeof(wire_totals);
    out.data = reinterpret_cast<uint8_t*>(results);
    out.validity = nullptr;
    return 0;
}

void add_text(totals& sum, const column& texts, uint32_t row) {
    ++sum.texts;
    sum.bytes += size_at(texts, row);
}
void add_totals(totals& sum, const column& states, uint32_t row) {
    const auto more = totals_at(states, row);
    sum.texts += more.texts;
    sum.bytes += more.bytes;
}
}  // namespace

EXPORTED("nacre_call_accumulate_len") int32_t call_accumulate_len(batch* b) {
    return call(b, add_text);
}
EXPORTED("nacre_call_merge_len") int32_t call_merge_len(batch* b) {
    return call(b, add_totals);
}

EXPORTED("nacre_fold_accumulate_len") int32_t fold_accumulate_len(const batch* b) {
    if (state_is_null) return 0;
    for (uint32_t row = 0; row < b->rows; ++row) add_text(state, b->columns[0], row);
    return 0;
}
EXPORTED("nacre_fold_merge_len") int32_t fold_merge_len(const batch* b) {
    if (state_is_null) return 0;
    for (uint32_t row = 0; row < b->rows; ++row) add_totals(state, b->columns[0], row);
    return 0;
}

namespace {
int32_t set_state(const wire_totals* from, int32_t size) {
    state_is_null = size != sizeof(wire_totals);
    if (!state_is_null) state = read(*from);
    return 0;
}
uint64_t get_state() {
    if (state_is_null) return pair(UINT32_MAX, nullptr);
    write(wire, state);
    return pair(sizeof(wire), &wire);
}
}  // namespace

EXPORTED("nacre_set_state_accumulate_len")
int32_t set_accumulated(const wire_totals* from, int32_t size) {
    return set_state(from, size);
}
EXPORTED("nacre_set_state_merge_len") int32_t set_merged(const wire_totals* from, int32_t size) {
    return set_state(from, size);
}
EXPORTED("nacre_get_state_accumulate_len") uint64_t get_accumulated() {
    return get_state();
}
EXPORTED("nacre_get_state_merge_len") uint64_t get_merged() {
    return get_state();
}

#endif
