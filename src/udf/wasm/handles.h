#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <wasmtime.h>

namespace nacre::udf::wasm {

/// Owners of the C API's objects; each is freed by its own delete function.
template <auto Delete>
struct deleter {
    template <typename T>
    void operator()(T* object) const {
        Delete(object);
    }
};
using engine_handle = std::unique_ptr<wasm_engine_t, deleter<wasm_engine_delete>>;
using store_handle = std::unique_ptr<wasmtime_store_t, deleter<wasmtime_store_delete>>;
using module_handle = std::unique_ptr<wasmtime_module_t, deleter<wasmtime_module_delete>>;
using linker_handle = std::unique_ptr<wasmtime_linker_t, deleter<wasmtime_linker_delete>>;
using instance_pre_handle =
    std::unique_ptr<wasmtime_instance_pre_t, deleter<wasmtime_instance_pre_delete>>;
using call_future_handle =
    std::unique_ptr<wasmtime_call_future_t, deleter<wasmtime_call_future_delete>>;
using error_handle = std::unique_ptr<wasmtime_error_t, deleter<wasmtime_error_delete>>;
using trap_handle = std::unique_ptr<wasm_trap_t, deleter<wasm_trap_delete>>;
using globaltype_handle = std::unique_ptr<wasm_globaltype_t, deleter<wasm_globaltype_delete>>;
using functype_handle = std::unique_ptr<wasm_functype_t, deleter<wasm_functype_delete>>;

/// An owned byte vector.
class byte_vector {
  public:
    byte_vector() = default;
    ~byte_vector() { wasm_byte_vec_delete(&_vector); }
    byte_vector(const byte_vector&) = delete;
    [[nodiscard]] wasm_byte_vec_t* out() { return &_vector; }
    [[nodiscard]] std::string_view view() const { return {_vector.data, _vector.size}; }

  private:
    wasm_byte_vec_t _vector{0, nullptr};
};

[[nodiscard]] inline std::string_view view_of(const wasm_name_t* name) {
    return {name->data, name->size};
}

[[nodiscard]] inline std::string message_of(const wasmtime_error_t& error) {
    byte_vector text;
    wasmtime_error_message(&error, text.out());
    return std::string(text.view());
}

/// Why a module can't be compiled or linked: a place in its text with that line, its causes in one
/// line. Long lines are cut.
[[nodiscard]] std::string explain(const wasmtime_error_t& error);

/// Why the guest trapped, in a few words and without a backtrace of addresses.
[[nodiscard]] std::string describe(const wasm_trap_t& trap);
/// The same for an error that a call ended with.
[[nodiscard]] std::string describe(const wasmtime_error_t& error);

}  // namespace nacre::udf::wasm
