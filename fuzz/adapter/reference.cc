#include "adapter/reference.h"

#include <wasmtime.h>

#include "plain_shape.h"
#include "promise.h"

namespace nacre::fuzz {

namespace {

wasm_engine_t* engine() {
    static auto* const only = [] {
        auto* config = wasm_config_new();
        wasmtime_config_cranelift_opt_level_set(config, WASMTIME_OPT_LEVEL_SPEED);
        return wasm_engine_new_with_config(config);
    }();
    return only;
}

void no_error(wasmtime_error_t* why, std::string_view doing) {
    if (why == nullptr) return;
    wasm_byte_vec_t text{};
    wasmtime_error_message(why, &text);
    require(false, doing, {text.data, text.size});
}

}  // namespace

struct reference_host::running {
    wasmtime_module_t* module = nullptr;
    wasmtime_store_t* store = nullptr;
    wasmtime_context_t* context = nullptr;
    wasmtime_instance_t instance{};
    wasmtime_memory_t memory{};
    wasmtime_func_t function{};
    wasmtime_func_t malloc{};
    wasmtime_func_t free{};

    [[nodiscard]] wasmtime_extern_t find(std::string_view name) const {
        wasmtime_extern_t item{};
        require(wasmtime_instance_export_get(context, &instance, name.data(), name.size(), &item),
                "the module has its exports", name);
        return item;
    }
    [[nodiscard]] std::uint8_t* data() const { return wasmtime_memory_data(context, &memory); }
    [[nodiscard]] std::uint64_t size() const { return wasmtime_memory_data_size(context, &memory); }

    // False: it trapped.
    bool invoke(wasmtime_func_t which, const std::vector<wasmtime_val_t>& in, wasmtime_val_t* out) {
        wasm_trap_t* trap = nullptr;
        no_error(wasmtime_func_call(context, &which, in.data(), in.size(), out,
                                    out == nullptr ? 0 : 1, &trap),
                 "calls have the right types");
        if (trap == nullptr) return true;
        wasm_trap_delete(trap);
        return false;
    }
};

reference_host::reference_host(const plain_function& function)
    : _function(function), _running(std::make_unique<running>()) {
    auto& r = *_running;
    const auto& text = function.declared->body;
    wasm_byte_vec_t binary{};
    no_error(wasmtime_wat2wasm(text.data(), text.size(), &binary), "the module's text is good");
    no_error(wasmtime_module_new(engine(), reinterpret_cast<const std::uint8_t*>(binary.data),
                                 binary.size, &r.module),
             "the module is valid");
    wasm_byte_vec_delete(&binary);
    r.store = wasmtime_store_new(engine(), nullptr, nullptr);
    r.context = wasmtime_store_context(r.store);
    wasm_trap_t* trap = nullptr;
    no_error(wasmtime_instance_new(r.context, r.module, nullptr, 0, &r.instance, &trap),
             "the module can be instantiated");
    r.memory = r.find("memory").of.memory;
    r.function = r.find(function.declared->name).of.func;
    if (function.owns_memory) {
        r.malloc = r.find("_scylla_malloc").of.func;
        r.free = r.find("_scylla_free").of.func;
    }
}

reference_host::~reference_host() {
    wasmtime_store_delete(_running->store);
    wasmtime_module_delete(_running->module);
}

namespace {

// A serialised value as the number that it is.
wasmtime_val_t to_number(const types::type& type, bytes_view value) {
    wasmtime_val_t made{};
    const auto low = [&](auto number) { return static_cast<std::int32_t>(number); };
    switch (value.size()) {
        case 1:
            made = {.kind = WASMTIME_I32, .of = {.i32 = low(static_cast<std::int8_t>(value[0]))}};
            return made;
        case 2:
            made = {.kind = WASMTIME_I32,
                    .of = {.i32 = low(load_big_endian<std::int16_t>(value.data()))}};
            return made;
        case 4: {
            const auto bits = load_big_endian<std::int32_t>(value.data());
            made = {.kind = WASMTIME_I32, .of = {.i32 = bits}};
            if (type.kind() == types::type_kind::float_) made.kind = WASMTIME_F32;
            return made;
        }
        default: {
            const auto bits = load_big_endian<std::int64_t>(value.data());
            made = {.kind = WASMTIME_I64, .of = {.i64 = bits}};
            if (type.kind() == types::type_kind::double_) made.kind = WASMTIME_F64;
            return made;
        }
    }
}

bytes from_number(const types::type& type, const wasmtime_val_t& number) {
    switch (type.kind()) {
        case types::type_kind::boolean:
            return bytes(1, number.of.i32 != 0 ? '\1' : '\0');
        case types::type_kind::tinyint:
            return to_big_endian(static_cast<std::int8_t>(number.of.i32));
        case types::type_kind::smallint:
            return to_big_endian(static_cast<std::int16_t>(number.of.i32));
        case types::type_kind::int_:
        case types::type_kind::float_:
            return to_big_endian(number.of.i32);
        default:
            return to_big_endian(number.of.i64);
    }
}

wasmtime_val_t pair_of(std::uint32_t size, std::uint32_t address) {
    return {
        .kind = WASMTIME_I64,
        .of = {.i64 = static_cast<std::int64_t>(static_cast<std::uint64_t>(size) << 32 | address)}};
}

}  // namespace

reference_host::answer reference_host::call(const std::vector<optional_bytes>& arguments) {
    auto& r = *_running;
    const auto& declared = *_function.declared;
    std::vector<wasmtime_val_t> in;
    for (std::size_t k = 0; k < arguments.size(); ++k) {
        const auto& type = *declared.argument_types[k];
        const auto& value = arguments[k];
        if (!is_sized(type, declared.on_null)) {
            in.push_back(to_number(type, *value));
            continue;
        }
        if (!value) {
            in.push_back(pair_of(UINT32_MAX, 0));
            continue;
        }
        const auto size = static_cast<std::uint32_t>(value->size());
        std::uint32_t address = 0;
        if (_function.owns_memory) {
            wasmtime_val_t at{};
            const wasmtime_val_t wanted{
                .kind = WASMTIME_I32, .of = {.i32 = static_cast<std::int32_t>(size | (size == 0))}};
            if (!r.invoke(r.malloc, {wanted}, &at)) return std::nullopt;
            address = static_cast<std::uint32_t>(at.of.i32);
            require(address != 0, "the module's allocator has room", "");
        } else {
            // Version 1 asks for nothing and is given new pages.
            std::uint64_t before = 0;
            no_error(wasmtime_memory_grow(r.context, &r.memory, size / 65536 + 1, &before),
                     "memory grows");
            address = static_cast<std::uint32_t>(before * 65536);
        }
        std::ranges::copy(*value, r.data() + address);
        in.push_back(pair_of(size, address));
    }
    wasmtime_val_t out{};
    if (!r.invoke(r.function, in, &out)) return std::nullopt;
    const auto& type = *declared.return_type;
    if (!is_sized(type, declared.on_null)) return from_number(type, out);
    const auto pair = static_cast<std::uint64_t>(out.of.i64);
    const auto size = static_cast<std::int32_t>(pair >> 32);
    const auto address = static_cast<std::uint32_t>(pair);
    if (size == -1) return optional_bytes();
    if (size < 0 || std::uint64_t{address} + static_cast<std::uint32_t>(size) > r.size()) {
        return std::nullopt;
    }
    bytes value(reinterpret_cast<const char*>(r.data()) + address, static_cast<std::size_t>(size));
    if (_function.owns_memory && address != 0) {
        const wasmtime_val_t at{.kind = WASMTIME_I32,
                                .of = {.i32 = static_cast<std::int32_t>(address)}};
        if (!r.invoke(r.free, {at}, nullptr)) return std::nullopt;
    }
    return value;
}

}  // namespace nacre::fuzz
