#include "udf/wasm/module_snapshot.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/byte_reader.h"
#include "udf/wasm/engine_settings.h"
#include "udf/wasm/handles.h"
#include "udf/wasm/memory_access.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::size_t header_bytes = 8;
constexpr std::uint64_t page_bytes = 64 << 10;
constexpr std::string_view initialize_export = "_initialize";

enum section_id : char {
    memory_section = 5,
    export_section = 7,
    start_section = 8,
    data_section = 11,
    data_count_section = 12,
};

status check(wasmtime_error_t* failure, wasm_trap_t* trap = nullptr) {
    const error_handle owned_failure(failure);
    const trap_handle owned_trap(trap);
    if (trap != nullptr) return server_error("{}", describe(*trap));
    if (failure != nullptr) return server_error("{}", message_of(*failure));
    return {};
}

// ---- Running the module -------------------------------------------------------------------------

class initialised_instance {
  public:
    explicit initialised_instance() : _engine(make_compiling_engine()) {
        _store.reset(wasmtime_store_new(_engine.get(), nullptr, nullptr));
        // Nobody counts epochs here.
        wasmtime_context_set_epoch_deadline(context(), std::uint64_t{1} << 40);
    }

    status start(bytes_view binary) {
        wasmtime_module_t* compiled = nullptr;
        NACRE_CHECK(check(wasmtime_module_new(_engine.get(),
                                              reinterpret_cast<const std::uint8_t*>(binary.data()),
                                              binary.size(), &compiled)));
        const module_handle module(compiled);
        const linker_handle linker(wasmtime_linker_new(_engine.get()));
        NACRE_CHECK(
            check(wasmtime_linker_define_unknown_imports_as_traps(linker.get(), module.get())));
        wasm_trap_t* trap = nullptr;
        auto* failure =
            wasmtime_linker_instantiate(linker.get(), context(), module.get(), &_instance, &trap);
        return check(failure, trap);
    }

    status call(std::string_view name) {
        const auto item = find(name);
        if (!item || item->kind != WASMTIME_EXTERN_FUNC) {
            return server_error("there is no function `{}`", name);
        }
        const functype_handle type(wasmtime_func_type(context(), &item->of.func));
        wasmtime_val_t answer{.kind = WASMTIME_I32, .of = {.i32 = 0}};
        wasm_trap_t* trap = nullptr;
        auto* failure = wasmtime_func_call(context(), &item->of.func, nullptr, 0, &answer,
                                           wasm_functype_results(type.get())->size, &trap);
        NACRE_CHECK(check(failure, trap));
        if (answer.of.i32 != 0) return server_error("`{}` failed", name);
        return {};
    }

    [[nodiscard]] result<bytes> memory() {
        const auto item = find("memory");
        if (!item || item->kind != WASMTIME_EXTERN_MEMORY) {
            return server_error("there is no memory");
        }
        const auto memory = memory_of(context(), item->of.memory);
        return bytes(*memory.view(0, memory.size()));
    }

    [[nodiscard]] std::optional<wasmtime_extern_t> find(std::string_view name) {
        wasmtime_extern_t item;
        if (!wasmtime_instance_export_get(context(), &_instance, name.data(), name.size(), &item)) {
            return std::nullopt;
        }
        return item;
    }

  private:
    [[nodiscard]] wasmtime_context_t* context() { return wasmtime_store_context(_store.get()); }

    engine_handle _engine;
    store_handle _store;
    wasmtime_instance_t _instance{};
};

// ---- Writing the snapshot -----------------------------------------------------------------------

void append_section(bytes& out, char id, bytes_view contents) {
    out.push_back(id);
    append_varint(out, contents.size());
    out.append(contents);
}

// The operand of i32.const: signed LEB128.
void append_address(bytes& out, std::uint64_t address) {
    while (address >= 0x40) {
        out.push_back(static_cast<char>(address | 0x80));
        address >>= 7;
    }
    out.push_back(static_cast<char>(address));
}

bytes data_of(bytes_view memory) {
    // Zeros between two segments cost less than a segment's head, up to a point.
    constexpr std::size_t gap_bytes = 32;
    std::uint64_t segments = 0;
    bytes contents;
    for (auto at = memory.find_first_not_of('\0'); at != bytes_view::npos; ++segments) {
        auto end = at;
        auto next = at;
        while (next != bytes_view::npos && next - end <= gap_bytes) {
            end = std::min(memory.find('\0', next), memory.size());
            next = memory.find_first_not_of('\0', end);
        }
        contents.push_back('\x00');  // active, memory 0
        contents.push_back('\x41');  // i32.const
        append_address(contents, at);
        contents.push_back('\x0b');  // end
        append_varint(contents, end - at);
        contents.append(memory.substr(at, end - at));
        at = next;
    }
    bytes out;
    append_varint(out, segments);
    return out + contents;
}

result<bytes> exports_without(bytes_view section, std::span<const std::string_view> names) {
    byte_reader in(section);
    const auto count = in.take_varint();
    std::uint64_t kept = 0;
    bytes contents;
    for (std::uint64_t i = 0; count && i < *count; ++i) {
        const auto whole = in.rest();
        const auto size = in.take_varint();
        const auto name = in.take(size.value_or(UINT64_MAX));
        const auto kind = in.take(1);
        if (!name || !kind || !in.take_varint()) return server_error("malformed exports");
        if (std::ranges::find(names, *name) != names.end()) continue;
        contents.append(whole.substr(0, whole.size() - in.remaining()));
        ++kept;
    }
    bytes out;
    append_varint(out, kept);
    return out + contents;
}

result<bytes> memory_type(bytes_view section, std::uint64_t pages) {
    byte_reader in(section);
    const auto count = in.take_varint();
    const auto flags = in.take_varint();
    if (count != 1 || !flags || !in.take_varint()) return server_error("there must be one memory");
    bytes out;
    append_varint(out, 1);
    append_varint(out, *flags);
    append_varint(out, pages);
    out.append(in.rest());  // the maximum
    return out;
}

result<bytes> with_memory(bytes_view module, bytes_view memory, std::string_view init_export) {
    const std::array<std::string_view, 2> gone{initialize_export, init_export};
    byte_reader in(module);
    bytes out(*in.take(header_bytes));
    bool has_data = false;
    while (const auto id = in.take(1)) {
        const auto size = in.take_varint();
        const auto section = in.take(size.value_or(UINT64_MAX));
        if (!section) return server_error("malformed section");
        bytes contents(*section);
        switch (id->front()) {
            case start_section:
                continue;
            case data_count_section:
                // Only instructions that copy from segments need it.
                return server_error("it has segments that are no initial contents");
            case memory_section: {
                NACRE_TRY(contents, memory_type(*section, memory.size() / page_bytes));
                break;
            }
            case export_section: {
                NACRE_TRY(contents, exports_without(*section, gone));
                break;
            }
            case data_section:
                contents = data_of(memory);
                has_data = true;
                break;
            default:
                break;
        }
        append_section(out, id->front(), contents);
    }
    if (!has_data) append_section(out, data_section, data_of(memory));
    return out;
}

}  // namespace

result<bytes> snapshot_module(bytes_view module, std::string_view init_export) {
    initialised_instance instance;
    NACRE_CHECK(instance.start(module));
    if (instance.find(initialize_export)) NACRE_CHECK(instance.call(initialize_export));
    NACRE_CHECK(instance.call(init_export));
    NACRE_TRY(const auto memory, instance.memory());
    return with_memory(module, memory, init_export);
}

}  // namespace nacre::udf::wasm
