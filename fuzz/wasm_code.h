#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "input.h"

/// WebAssembly's binary form: enough of it to write modules, and random code that validates.
namespace nacre::fuzz {

enum class wasm_type : std::uint8_t { i32 = 0x7f, i64 = 0x7e, f32 = 0x7d, f64 = 0x7c };

struct function_type {
    std::vector<wasm_type> parameters;
    std::vector<wasm_type> results;
    bool operator==(const function_type&) const = default;
};

void append_leb(bytes& out, std::uint64_t value);
void append_signed_leb(bytes& out, std::int64_t value);
/// Size and octets.
void append_name(bytes& out, bytes_view name);
void append_section(bytes& module, std::uint8_t id, bytes_view contents);
void append_type(bytes& out, const function_type& type);
/// TYPE.const with random bits.
void append_random_constant(bytes& out, input& in, wasm_type type);
/// i32.const VALUE, end: as offsets and globals begin with it.
void append_offset(bytes& out, std::uint32_t value);

/// What a function's code may use.
struct surroundings {
    std::vector<function_type> functions;  ///< by index, imports first
    std::vector<wasm_type> globals;        ///< mutable ones, from index `first_global`
    std::uint32_t first_global = 0;
    bool has_memory = true;
    /// Only what computes a number from numbers: no memory, loops, calls or globals. It may trap.
    bool pure = false;
};

/// The entry of the code section, without its size, of a function of this type: valid code that may
/// do anything.
[[nodiscard]] bytes draw_code(input& in, const surroundings& around, const function_type& type);

/// An expression of this type over the parameters of `type`.
void append_random_expression(bytes& out, input& in, const surroundings& around,
                              const function_type& type, wasm_type result);

}  // namespace nacre::fuzz
