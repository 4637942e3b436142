#include "udf/wasm/wasi.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "udf/wasm/guest_memory.h"
#include "udf/wasm/handles.h"
#include "udf/wasm/memory_access.h"
#include "udf/wasm/sandbox.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view wasi_module = "wasi_snapshot_preview1";

// Error numbers of preview 1.
enum wasi_errno : std::int32_t {
    success = 0,
    bad_descriptor = 8,
    fault = 21,
    invalid_argument = 28,
    not_supported = 52,
    not_seekable = 70,
};

// One host call: who calls, with which arguments.
struct host_call {
    wasmtime_caller_t* caller;
    std::span<const wasmtime_val_t> arguments;

    [[nodiscard]] std::uint32_t number(std::size_t i) const {
        return static_cast<std::uint32_t>(arguments[i].of.i32);
    }
    [[nodiscard]] std::optional<guest_memory> memory() const {
        wasmtime_extern_t item;
        if (!wasmtime_caller_export_get(caller, "memory", 6, &item)) return std::nullopt;
        std::optional<guest_memory> found;
        if (item.kind == WASMTIME_EXTERN_MEMORY) {
            found = memory_of(wasmtime_caller_context(caller), item.of.memory);
        }
        wasmtime_extern_delete(&item);
        return found;
    }
    [[nodiscard]] sandbox& owner() const {
        return *static_cast<sandbox*>(wasmtime_context_get_data(wasmtime_caller_context(caller)));
    }
};

using implementation = std::int32_t (*)(const host_call&);

struct function_entry {
    std::string_view name;
    std::string_view parameters;  ///< i = i32, I = i64
    implementation run;
};

std::int32_t unsupported(const host_call&) {
    return not_supported;
}
std::int32_t no_descriptor(const host_call&) {
    return bad_descriptor;
}
std::int32_t succeed(const host_call&) {
    return success;
}

// The two counts of args_sizes_get and environ_sizes_get.
std::int32_t nothing(const host_call& call) {
    const auto memory = call.memory();
    if (!memory || !memory->store<std::uint32_t>(call.number(0), 0) ||
        !memory->store<std::uint32_t>(call.number(1), 0)) {
        return fault;
    }
    return success;
}

std::int32_t write_descriptor(const host_call& call) {
    if (call.number(0) != 1 && call.number(0) != 2) return bad_descriptor;
    const auto stream = call.number(0) == 1 ? guest_stream::output : guest_stream::error;
    const auto memory = call.memory();
    if (!memory) return fault;
    // The host's part of a guest's time can't be interrupted, so it has to be short.
    constexpr std::uint32_t vectors_max = 1024;
    if (call.number(2) > vectors_max) return invalid_argument;
    std::uint64_t written = 0;
    const std::uint64_t vectors = call.number(1);
    for (std::uint64_t i = 0; i < call.number(2); ++i) {
        const auto address = memory->load<std::uint32_t>(vectors + i * 8);
        const auto size = memory->load<std::uint32_t>(vectors + i * 8 + 4);
        if (!address || !size) return fault;
        const auto text = memory->view(*address, *size);
        if (!text || written + text->size() > UINT32_MAX) return fault;
        call.owner().log(stream, *text);
        written += text->size();
    }
    return memory->store(call.number(3), static_cast<std::uint32_t>(written)) ? success : fault;
}

// stdin is at its end.
std::int32_t read_descriptor(const host_call& call) {
    if (call.number(0) != 0) return bad_descriptor;
    const auto memory = call.memory();
    return memory && memory->store<std::uint32_t>(call.number(3), 0) ? success : fault;
}

std::int32_t seek_descriptor(const host_call& call) {
    return call.number(0) <= 2 ? not_seekable : bad_descriptor;
}

// Standard streams look like character devices: filetype 2, no flags, all rights.
std::int32_t describe_descriptor(const host_call& call) {
    if (call.number(0) > 2) return bad_descriptor;
    const auto memory = call.memory();
    const std::uint64_t at = call.number(1);
    if (!memory || !memory->store<std::uint64_t>(at, 2) ||
        !memory->store<std::uint64_t>(at + 8, UINT64_MAX) ||
        !memory->store<std::uint64_t>(at + 16, UINT64_MAX)) {
        return fault;
    }
    return success;
}

// The time of day and the monotonic clock; there are no others.
bool is_clock(std::uint32_t id) {
    return id <= 1;
}

std::int32_t read_clock(const host_call& call) {
    if (!is_clock(call.number(0))) return invalid_argument;
    const auto& world = call.owner().world();
    const auto ns = call.number(0) == 0 ? world.realtime_ns() : world.monotonic_ns();
    const auto memory = call.memory();
    return memory && memory->store<std::uint64_t>(call.number(2), ns) ? success : fault;
}

std::int32_t read_clock_resolution(const host_call& call) {
    if (!is_clock(call.number(0))) return invalid_argument;
    const auto memory = call.memory();
    return memory && memory->store<std::uint64_t>(call.number(1), 1'000) ? success : fault;
}

std::int32_t fill_random(const host_call& call) {
    constexpr std::uint32_t random_bytes_max = 64 << 10;
    const auto memory = call.memory();
    if (!memory) return fault;
    if (call.number(1) > random_bytes_max) return invalid_argument;
    const auto room = memory->writable(call.number(0), call.number(1));
    if (!room) return fault;
    call.owner().world().fill_random({reinterpret_cast<std::uint8_t*>(room->data()), room->size()});
    return success;
}

// Every function of preview 1 but proc_exit, which returns nothing.
constexpr auto functions = std::to_array<function_entry>({
    {"args_get", "ii", succeed},
    {"args_sizes_get", "ii", nothing},
    {"clock_res_get", "ii", read_clock_resolution},
    {"clock_time_get", "iIi", read_clock},
    {"environ_get", "ii", succeed},
    {"environ_sizes_get", "ii", nothing},
    {"fd_advise", "iIIi", no_descriptor},
    {"fd_allocate", "iII", no_descriptor},
    {"fd_close", "i", succeed},
    {"fd_datasync", "i", no_descriptor},
    {"fd_fdstat_get", "ii", describe_descriptor},
    {"fd_fdstat_set_flags", "ii", unsupported},
    {"fd_fdstat_set_rights", "iII", unsupported},
    {"fd_filestat_get", "ii", unsupported},
    {"fd_filestat_set_size", "iI", no_descriptor},
    {"fd_filestat_set_times", "iIIi", no_descriptor},
    {"fd_pread", "iiiIi", no_descriptor},
    {"fd_prestat_dir_name", "iii", no_descriptor},
    {"fd_prestat_get", "ii", no_descriptor},
    {"fd_pwrite", "iiiIi", no_descriptor},
    {"fd_read", "iiii", read_descriptor},
    {"fd_readdir", "iiiIi", no_descriptor},
    {"fd_renumber", "ii", no_descriptor},
    {"fd_seek", "iIii", seek_descriptor},
    {"fd_sync", "i", no_descriptor},
    {"fd_tell", "ii", seek_descriptor},
    {"fd_write", "iiii", write_descriptor},
    {"path_create_directory", "iii", no_descriptor},
    {"path_filestat_get", "iiiii", no_descriptor},
    {"path_filestat_set_times", "iiiiIIi", no_descriptor},
    {"path_link", "iiiiiii", no_descriptor},
    {"path_open", "iiiiiIIii", no_descriptor},
    {"path_readlink", "iiiiii", no_descriptor},
    {"path_remove_directory", "iii", no_descriptor},
    {"path_rename", "iiiiii", no_descriptor},
    {"path_symlink", "iiiii", no_descriptor},
    {"path_unlink_file", "iii", no_descriptor},
    {"poll_oneoff", "iiii", unsupported},
    {"proc_raise", "i", unsupported},
    {"random_get", "ii", fill_random},
    {"sched_yield", "", succeed},
    {"sock_accept", "iii", no_descriptor},
    {"sock_recv", "iiiiii", no_descriptor},
    {"sock_send", "iiiii", no_descriptor},
    {"sock_shutdown", "ii", no_descriptor},
});

functype_handle make_type(std::string_view parameters, std::string_view results) {
    const auto fill = [](std::string_view letters, wasm_valtype_vec_t& out) {
        wasm_valtype_vec_new_uninitialized(&out, letters.size());
        for (std::size_t i = 0; i < letters.size(); ++i) {
            out.data[i] = wasm_valtype_new(letters[i] == 'I' ? WASM_I64 : WASM_I32);
        }
    };
    wasm_valtype_vec_t in;
    wasm_valtype_vec_t out;
    fill(parameters, in);
    fill(results, out);
    return functype_handle(wasm_functype_new(&in, &out));
}

wasm_trap_t* run_entry(void* env, wasmtime_caller_t* caller, const wasmtime_val_t* arguments,
                       std::size_t argument_count, wasmtime_val_t* results, std::size_t) {
    const auto* entry = static_cast<const function_entry*>(env);
    results[0].kind = WASMTIME_I32;
    results[0].of.i32 = entry->run({.caller = caller, .arguments = {arguments, argument_count}});
    return nullptr;
}

wasm_trap_t* exit_process(void*, wasmtime_caller_t*, const wasmtime_val_t* arguments, std::size_t,
                          wasmtime_val_t*, std::size_t) {
    const auto message = fmt::format("it exited with status {}", arguments[0].of.i32);
    return wasmtime_trap_new(message.data(), message.size());
}

status define(wasmtime_linker_t* linker, std::string_view name, const wasm_functype_t& type,
              wasmtime_func_callback_t callback, const function_entry* entry) {
    // The table is constant; the C interface has no const pointers to give back.
    auto* env = const_cast<function_entry*>(entry);
    const error_handle why{wasmtime_linker_define_func(linker, wasi_module.data(),
                                                       wasi_module.size(), name.data(), name.size(),
                                                       &type, callback, env, nullptr)};
    if (why) return server_error("{}", message_of(*why));
    return {};
}

}  // namespace

status define_wasi(wasmtime_linker_t* linker) {
    for (const auto& entry : functions) {
        const auto type = make_type(entry.parameters, "i");
        NACRE_CHECK(define(linker, entry.name, *type, run_entry, &entry));
    }
    const auto type = make_type("i", "");
    return define(linker, "proc_exit", *type, exit_process, nullptr);
}

bool is_allowed_import(std::string_view module, std::string_view name) {
    if (module != wasi_module) return false;
    return name == "proc_exit" || std::ranges::any_of(functions, [&](const function_entry& entry) {
               return entry.name == name;
           });
}

}  // namespace nacre::udf::wasm
