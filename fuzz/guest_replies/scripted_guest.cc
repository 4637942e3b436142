#include "guest_replies/scripted_guest.h"

#include <array>

#include <fmt/format.h>

#include "body.h"
#include "plain_shape.h"
#include "sandbox.h"

namespace nacre::fuzz {

namespace {

// The steps of a script: a byte that says which, then operands, little-endian.
enum step : std::uint8_t {
    end_script,
    store,       ///< address u32, value u32
    answer,      ///< the result's pair or number, u64
    grow,        ///< pages u8
    set_malloc,  ///< mode u8, answer u32
    set_free,    ///< mode u8
    trap,
    never_end,
    change_answer,   ///< added to the size u32, to the address u32
    fill,            ///< address u32, size u32, byte u8
    set_reserve,     ///< mode u8, answer u32
    set_error,       ///< pair u64
    set_status,      ///< u32
    set_row,         ///< u32
    store_in_batch,  ///< offset u8 (times four), value u32
    copy,            ///< to u32, from u32, size u32
    call_wasi,       ///< which u8, four arguments u32
    recurse,
    set_state,  ///< pair u64
    step_count,
};
// Bytes of operands, by step.
constexpr std::array<std::uint8_t, step_count> operand_bytes = {
    0, 8, 8, 1, 5, 1, 0, 0, 8, 9, 5, 8, 4, 4, 5, 12, 17, 0, 8,
};

// $batch and $answer are what the export that runs the script has to do with.
constexpr std::string_view interpreter = R"(
  (import "wasi_snapshot_preview1" "fd_write" (func $w0 (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $w1 (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $w2 (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $w3 (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $w4 (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get" (func $w5 (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $w6 (param i32 i64 i32) (result i32)))
  (memory (export "memory") 2)
  (global $answer (mut i64) (i64.const 0))
  (global $batch (mut i32) (i32.const 0))
  (global $status (mut i32) (i32.const 0))
  (global $error (mut i64) (i64.const 0x400000400))
  (global $state (mut i64) (i64.const 0xffffffff00000000))
  (global $malloc_mode (mut i32) (i32.const 0))
  (global $malloc_answer (mut i32) (i32.const 0))
  (global $free_mode (mut i32) (i32.const 0))
  (global $reserve_mode (mut i32) (i32.const 0))
  (global $reserve_answer (mut i32) (i32.const 0))
  (global $row (export "nacre_row") (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 65536))
  (data (i32.const 1024) "oops\ff\1b\00oops")
  (func $recursion (param i32) (result i32)
    (i32.add (call $recursion (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $forever (loop $again (br $again)))
  ;; Odd modes: 1 a scripted answer, 2 a trap, 3 no end, 4 a growing memory, 5 recursion.
  (func $odd (param $mode i32) (param $answer i32) (result i32)
    (if (i32.eq (local.get $mode) (i32.const 1)) (then (return (local.get $answer))))
    (if (i32.eq (local.get $mode) (i32.const 2)) (then unreachable))
    (if (i32.eq (local.get $mode) (i32.const 3)) (then (call $forever)))
    (if (i32.eq (local.get $mode) (i32.const 5))
      (then (return (call $recursion (i32.const 0)))))
    (drop (memory.grow (i32.const 1)))
    (local.get $answer))
  (func $allocate (param $size i32) (result i32) (local $at i32) (local $end i64)
    (local.set $at (global.get $top))
    (local.set $end (i64.add (i64.extend_i32_u (local.get $at)) (i64.extend_i32_u
      (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -8)))))
    (if (i64.gt_u (local.get $end) (i64.const 0x7fffffff)) (then (return (i32.const 0))))
    (block $fits (loop $more
      (br_if $fits (i64.le_u (local.get $end)
        (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16))))
      (if (i32.eq (i32.const -1) (memory.grow (i32.const 1))) (then (return (i32.const 0))))
      (br $more)))
    (global.set $top (i32.wrap_i64 (local.get $end)))
    (local.get $at))
  (func $add (param $pair i64) (param $size i32) (param $address i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (i32.add (local.get $size)
        (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))) (i64.const 32))
      (i64.extend_i32_u (i32.add (local.get $address) (i32.wrap_i64 (local.get $pair))))))
  (func $wasi (param $which i32) (param $a i32) (param $b i32) (param $c i32) (param $d i32)
    (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
      (br_table $0 $1 $2 $3 $4 $5 $6 (local.get $which)))
      (return (drop (call $w0 (local.get $a) (local.get $b) (local.get $c) (local.get $d)))))
      (return (drop (call $w1 (local.get $a) (local.get $b) (local.get $c) (local.get $d)))))
      (return (drop (call $w2 (local.get $a) (local.get $b)))))
      (return (drop (call $w3 (local.get $a) (local.get $b)))))
      (return (drop (call $w4 (local.get $a) (local.get $b)))))
      (return (drop (call $w5 (local.get $a) (local.get $b)))))
    (drop (call $w6 (local.get $a) (i64.const 1) (local.get $b))))
)";

// (i32.load offset=1 …): an operand of the step at $at.
std::string operand(std::string_view load, unsigned offset) {
    return fmt::format("({} offset={} (local.get $at))", load, 1 + offset);
}
std::string word(unsigned offset) {
    return operand("i32.load", offset);
}

std::string act(step which) {
    const auto set_mode = [](std::string_view what) {
        return fmt::format("(global.set ${0}_mode {1}) (global.set ${0}_answer {2})", what,
                           operand("i32.load8_u", 0), word(1));
    };
    switch (which) {
        case store:
            return fmt::format("(i32.store {} {})", word(0), word(4));
        case answer:
            return fmt::format("(global.set $answer {})", operand("i64.load", 0));
        case grow:
            return fmt::format("(drop (memory.grow {}))", operand("i32.load8_u", 0));
        case set_malloc:
            return set_mode("malloc");
        case set_free:
            return fmt::format("(global.set $free_mode {})", operand("i32.load8_u", 0));
        case trap:
            return "unreachable";
        case never_end:
            return "(call $forever)";
        case change_answer:
            return fmt::format("(global.set $answer (call $add (global.get $answer) {} {}))",
                               word(0), word(4));
        case fill:
            return fmt::format("(memory.fill {} {} {})", word(0), operand("i32.load8_u", 8),
                               word(4));
        case set_reserve:
            return set_mode("reserve");
        case set_error:
            return fmt::format("(global.set $error {})", operand("i64.load", 0));
        case set_status:
            return fmt::format("(global.set $status {})", word(0));
        case set_row:
            return fmt::format("(global.set $row {})", word(0));
        case store_in_batch:
            return fmt::format(
                "(i32.store (i32.add (global.get $batch) (i32.shl {} (i32.const 2))) {})",
                operand("i32.load8_u", 0), word(1));
        case copy:
            return fmt::format("(memory.copy {} {} {})", word(0), word(4), word(8));
        case call_wasi:
            return fmt::format("(call $wasi {} {} {} {} {})", operand("i32.load8_u", 0), word(1),
                               word(5), word(9), word(13));
        case recurse:
            return "(drop (call $recursion (i32.const 0)))";
        case set_state:
            return fmt::format("(global.set $state {})", operand("i64.load", 0));
        default:
            return "(return)";
    }
}

// Runs the script that is a pair of size and address; steps that don't fit are its end.
std::string run_function() {
    std::string text =
        "(func $run (param $pair i64) (local $at i32) (local $end i32) (local $step i32)\n"
        "(local.set $at (i32.wrap_i64 (local.get $pair)))\n"
        "(local.set $end (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))\n"
        "(if (i32.le_s (local.get $end) (i32.const 0)) (then (return)))\n"
        "(local.set $end (i32.add (local.get $end) (local.get $at)))\n"
        "(loop $steps (if (i32.ge_u (local.get $at) (local.get $end)) (then (return)))\n"
        "(local.set $step (i32.load8_u (local.get $at)))\n";
    for (unsigned which = 0; which < step_count; ++which) {
        text += fmt::format(
            "(if (i32.eq (local.get $step) (i32.const {})) (then\n"
            "(if (i32.gt_u (i32.add (local.get $at) (i32.const {})) (local.get $end)) (then "
            "(return)))\n{}\n(local.set $at (i32.add (local.get $at) (i32.const {}))) (br "
            "$steps)))\n",
            which, 1 + operand_bytes[which], act(static_cast<step>(which)),
            1 + operand_bytes[which]);
    }
    return text + "))\n";
}

std::string_view name_of(wasm_type type) {
    switch (type) {
        case wasm_type::i32:
            return "i32";
        case wasm_type::i64:
            return "i64";
        case wasm_type::f32:
            return "f32";
        default:
            return "f64";
    }
}

std::string plain_exports(guest_abi abi, const schema::function_definition& declared) {
    const auto shape = plain_shape(declared);
    std::string text = fmt::format(
        "(global (export \"_scylla_abi\") i32 (i32.const 512)) (data (i32.const 512) "
        "\"\\0{}\\00\\00\\00\")\n(func (export \"f\")",
        static_cast<int>(abi));
    for (const auto type : shape.parameters) text += fmt::format(" (param {})", name_of(type));
    const auto script = shape.parameters.size() - 1;
    text += fmt::format(
        " (result {})\n(global.set $answer (local.get {}))\n(call $run (local.get {}))\n",
        name_of(shape.results[0]), script, script);
    switch (shape.results[0]) {
        case wasm_type::i32:
            text += "(i32.wrap_i64 (global.get $answer)))\n";
            break;
        case wasm_type::i64:
            text += "(global.get $answer))\n";
            break;
        case wasm_type::f32:
            text += "(f32.reinterpret_i32 (i32.wrap_i64 (global.get $answer))))\n";
            break;
        default:
            text += "(f64.reinterpret_i64 (global.get $answer)))\n";
    }
    if (abi == guest_abi::one) return text;
    return text + R"(
  (func (export "_scylla_malloc") (param $size i32) (result i32)
    (if (global.get $malloc_mode)
      (then (return (call $odd (global.get $malloc_mode) (global.get $malloc_answer)))))
    (call $allocate (local.get $size)))
  (func (export "_scylla_free") (param $at i32)
    (if (global.get $free_mode)
      (then (drop (call $odd (global.get $free_mode) (local.get $at)))))))";
}

// The batch's last argument holds the script in its first row; the result is, unless the script
// changes it, that argument's column, which fits a result of type blob.
constexpr std::string_view batch_exports = R"(
  (func (export "nacre_reserve") (param $size i32) (result i32)
    (if (global.get $reserve_mode)
      (then (return (call $odd (global.get $reserve_mode) (global.get $reserve_answer)))))
    (call $allocate (local.get $size)))
  (func (export "nacre_error") (result i64) (global.get $error))
  (func $script (param $b i32) (result i64) (local $last i32) (local $offsets i32)
    (local.set $last (i32.sub (i32.add (local.get $b) (i32.shl (i32.load offset=4 (local.get $b))
      (i32.const 4))) (i32.const 8)))
    (local.set $offsets (i32.load offset=4 (local.get $last)))
    (i64.or
      (i64.shl (i64.extend_i32_u (i32.sub (i32.load offset=4 (local.get $offsets))
        (i32.load (local.get $offsets)))) (i64.const 32))
      (i64.extend_i32_u (i32.add (i32.load offset=8 (local.get $last))
        (i32.load (local.get $offsets))))))
  (func (export "nacre_call_f") (param $b i32) (result i32) (local $result i32)
    (local.set $result (i32.add (i32.add (local.get $b) (i32.const 8))
      (i32.shl (i32.load offset=4 (local.get $b)) (i32.const 4))))
    (memory.copy (local.get $result) (i32.sub (local.get $result) (i32.const 16)) (i32.const 16))
    (global.set $batch (local.get $b))
    (global.set $status (i32.const 0))
    (call $run (call $script (local.get $b)))
    (global.get $status))
  (func (export "nacre_fold_f") (param $b i32) (result i32)
    (global.set $batch (local.get $b))
    (global.set $status (i32.const 0))
    (call $run (call $script (local.get $b)))
    (global.get $status))
  (func (export "nacre_set_state_f") (param $at i32) (param $size i32) (result i32)
    (global.set $state (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
      (i64.extend_i32_u (local.get $at))))
    (global.set $status (i32.const 0))
    (call $run (global.get $state))
    (global.get $status))
  (func (export "nacre_get_state_f") (result i64) (global.get $state))
)";

constexpr auto odd_numbers = std::to_array<std::uint32_t>({
    0,          1,          2,          4,          8,          64,     512,
    1024,       2048,       65536,      65528,      131072,     131064, 0x100000,
    0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffffe, 0xffffffff,
});

void append_number(bytes& out, input& in, std::uint8_t size) {
    std::uint64_t number = 0;
    switch (in.below(4)) {
        case 0:
            number = in.number<std::uint64_t>();
            break;
        case 1:
            number = in.byte();
            break;
        default:
            number = in.pick(odd_numbers) | static_cast<std::uint64_t>(in.pick(odd_numbers)) << 32;
    }
    out.append(reinterpret_cast<const char*>(&number), size);
}

}  // namespace

schema::function_ptr scripted_function(guest_abi abi, const types::type_ptr& type,
                                       schema::null_input on_null, bool is_state_function) {
    std::vector<types::type_ptr> arguments;
    if (is_state_function) arguments.push_back(type);
    arguments.push_back(types::type::native(types::type_kind::blob));
    auto declared = define_function("f", std::move(arguments), type, on_null, "");
    declared->body = "(module\n" + std::string(interpreter) + run_function();
    if (abi == guest_abi::three) {
        declared->body += std::string(batch_exports) + signature_section(*declared);
    } else {
        declared->body += plain_exports(abi, *declared);
    }
    declared->body += ")";
    return declared;
}

bytes draw_script(input& in) {
    if (in.once_in(8)) return in.take(in.below(64));
    bytes script;
    for (auto n = in.below(6); n > 0; --n) {
        auto which = in.below(step_count);
        // What never ends costs the most time, so it comes the least.
        if ((which == never_end || which == recurse) && !in.once_in(8)) which = answer;
        script += static_cast<char>(which);
        const auto size = operand_bytes[which];
        // One-byte operands come first, the 32 bits of a fill's byte last.
        std::uint8_t done = 0;
        if (size % 4 == 1) {
            script += static_cast<char>(which == store_in_batch ? in.below(16) : in.below(7));
            done = 1;
        }
        for (; done < size; done = static_cast<std::uint8_t>(done + 4))
            append_number(script, in, 4);
    }
    return script;
}

}  // namespace nacre::fuzz
