#include "udf/wasm/module_compiler.h"

#include "base/byte_reader.h"

// rust/src/lib.rs
extern "C" {
enum rewriting : int { rewriting_unchanged, rewriting_rewritten, rewriting_unreadable };
rewriting nacre_bulk_memory_in_pieces(const std::uint8_t* module, std::size_t size,
                                      wasm_byte_vec_t* rewritten);
}

namespace nacre::udf::wasm {

namespace {

constexpr char function_section = 3;
constexpr char memory_section = 5;

error failed(std::string_view why) {
    return invalid("Compilation failed: {}", why);
}

status check_shape(bytes_view binary, const sandbox_limits& limits) {
    const auto shape = module_shape::of(binary);
    if (shape.functions > limits.module_functions_max) {
        return failed(fmt::format("the module has {} functions, at most {} are allowed",
                                  shape.functions, limits.module_functions_max));
    }
    if (shape.memories > 1) {
        return failed(
            fmt::format("the module has {} memories, a function may have one", shape.memories));
    }
    return {};
}

// What Wasmtime makes of a module; null and `failure` if it makes nothing of it.
module_handle compile_binary(wasm_engine_t* engine, bytes_view binary, error_handle& failure) {
    wasmtime_module_t* compiled = nullptr;
    failure.reset(wasmtime_module_new(engine, reinterpret_cast<const std::uint8_t*>(binary.data()),
                                      binary.size(), &compiled));
    return module_handle(compiled);
}

// Every loop of what it makes can be interrupted, those within an instruction included.
result<module_handle> compile_interruptible(wasm_engine_t* engine, bytes_view binary) {
    error_handle why_not;
    byte_vector in_pieces;
    const auto what = nacre_bulk_memory_in_pieces(
        reinterpret_cast<const std::uint8_t*>(binary.data()), binary.size(), in_pieces.out());
    if (what == rewriting_rewritten) {
        if (auto compiled = compile_binary(engine, in_pieces.view(), why_not)) return compiled;
    }
    // What is wrong is told of the module that its author knows, offsets included.
    auto compiled = compile_binary(engine, binary, why_not);
    if (!compiled) return failed(explain(*why_not));
    if (what == rewriting_unchanged) return compiled;
    return failed("its bulk memory operations can't be made interruptible");
}

}  // namespace

module_shape module_shape::of(bytes_view binary) {
    constexpr std::size_t header_bytes = 8;
    module_shape shape;
    byte_reader in(binary);
    if (!in.take(header_bytes)) return shape;
    while (const auto id = in.take(1)) {
        const auto size = in.take_varint();
        const auto section = in.take(size.value_or(UINT64_MAX));
        if (!size || !section) break;
        const auto count = [&] { return byte_reader(*section).take_varint().value_or(0); };
        if (id->front() == function_section) shape.functions = count();
        if (id->front() == memory_section) shape.memories = count();
    }
    return shape;
}

result<bytes> compile_module(wasm_engine_t* engine, bytes_view source,
                             const sandbox_limits& limits) {
    byte_vector from_text;
    if (!source.starts_with(binary_magic)) {
        if (const error_handle why{
                wasmtime_wat2wasm(source.data(), source.size(), from_text.out())}) {
            return failed(explain(*why));
        }
    }
    const auto binary = source.starts_with(binary_magic) ? source : from_text.view();
    NACRE_CHECK(check_shape(binary, limits));
    NACRE_TRY(const auto module, compile_interruptible(engine, binary));
    byte_vector code;
    if (const error_handle why{wasmtime_module_serialize(module.get(), code.out())}) {
        return failed(explain(*why));
    }
    if (code.view().size() > limits.module_code_bytes_max) {
        return failed(fmt::format("its machine code has {} bytes, at most {} are allowed",
                                  code.view().size(), limits.module_code_bytes_max));
    }
    return bytes(code.view());
}

}  // namespace nacre::udf::wasm
