#include "adapter/batch_loop.h"

#include <fmt/format.h>

#include "body.h"
#include "data/column_vector.h"
#include "plain_shape.h"
#include "types/type.h"

namespace nacre::fuzz {

namespace {

using schema::null_input;
using types::physical_type;

constexpr std::string_view null_pair = "(i64.const 0xffffffff00000000)";

// $r is a pair of size and address, $b the batch, $d a descriptor, $i the row.
//
// Out of memory is a trap whose text says so: reading behind the end.
constexpr std::string_view helpers = R"(
  (global $row (mut i32) (i32.const 0))
  (global $buffer (mut i32) (i32.const 0))
  (global $buffer_size (mut i32) (i32.const 0))
  (global $nulls (mut i32) (i32.const 0))
  (global $room_values (mut i32) (i32.const 0))
  (global $room_bitmap (mut i32) (i32.const 0))
  (global $out (mut i32) (i32.const 0))
  (global $out_size (mut i32) (i32.const 0))
  (global $out_room (mut i32) (i32.const 0))
  (global $has_pending (mut i32) (i32.const 0))
  (global $pending (mut i64) (i64.const 0))
  (global $state (mut i64) (i64.const 0xffffffff00000000))
  (data (i32.const 1040) "no answer")
  (func (export "nacre_error") (result i64) (i64.const 0x900000410))
  (func $address (param $pair i64) (result i32) (i32.wrap_i64 (local.get $pair)))
  (func $size (param $pair i64) (result i32)
    (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
  (func $pair (param $size i32) (param $address i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
      (i64.extend_i32_u (local.get $address))))
  (func $block (param $size i32) (result i32) (local $at i32)
    (local.set $at (call $malloc (i32.or (local.get $size) (i32.eqz (local.get $size)))))
    (if (i32.eqz (local.get $at)) (then (drop (i32.load (i32.const -4)))))
    (local.get $at))
  (func $release (param $pair i64)
    (if (call $address (local.get $pair)) (then (call $free (call $address (local.get $pair))))))
  (func (export "nacre_reserve") (param $size i32) (result i32)
    (if (i32.le_u (local.get $size) (global.get $buffer_size))
      (then (return (global.get $buffer))))
    (if (global.get $buffer) (then (call $free (global.get $buffer))))
    (global.set $buffer (call $malloc (local.get $size)))
    (global.set $buffer_size
      (select (local.get $size) (i32.const 0) (global.get $buffer)))
    (global.get $buffer))
  (func $is_null (param $d i32) (param $i i32) (result i32) (local $bitmap i32)
    (local.set $bitmap (i32.load (local.get $d)))
    (if (result i32) (local.get $bitmap)
      (then (i32.eqz (i32.and (i32.const 1) (i32.shr_u
        (i32.load8_u (i32.add (local.get $bitmap) (i32.shr_u (local.get $i) (i32.const 3))))
        (i32.and (local.get $i) (i32.const 7))))))
      (else (i32.const 0))))
  (func $mark (param $d i32) (param $i i32) (local $at i32)
    (local.set $at (i32.add (i32.load (local.get $d)) (i32.shr_u (local.get $i) (i32.const 3))))
    (i32.store8 (local.get $at) (i32.or (i32.load8_u (local.get $at))
      (i32.shl (i32.const 1) (i32.and (local.get $i) (i32.const 7))))))
  (func $reverse (param $to i32) (param $from i32) (param $width i32) (local $i i32)
    (loop $next
      (i32.store8 (i32.add (local.get $to) (local.get $i))
        (i32.load8_u (i32.add (local.get $from)
          (i32.sub (i32.sub (local.get $width) (i32.const 1)) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $width)))))
  (func $native_pair (param $from i32) (param $width i32) (result i64) (local $to i32)
    (local.set $to (call $block (local.get $width)))
    (call $reverse (local.get $to) (local.get $from) (local.get $width))
    (call $pair (local.get $width) (local.get $to)))
  (func $copied (param $from i32) (param $size i32) (result i64) (local $to i32)
    (local.set $to (call $block (local.get $size)))
    (memory.copy (local.get $to) (local.get $from) (local.get $size))
    (call $pair (local.get $size) (local.get $to)))
  (func $sized_pair (param $d i32) (param $i i32) (result i64) (local $at i32) (local $begin i32)
    (local.set $at (i32.add (i32.load offset=4 (local.get $d))
      (i32.shl (local.get $i) (i32.const 2))))
    (local.set $begin (i32.load (local.get $at)))
    (call $copied (i32.add (i32.load offset=8 (local.get $d)) (local.get $begin))
      (i32.sub (i32.load offset=4 (local.get $at)) (local.get $begin))))
  (func $state_pair (result i64)
    (if (i64.lt_s (global.get $state) (i64.const 0)) (then (return (global.get $state))))
    (call $copied (call $address (global.get $state)) (call $size (global.get $state))))
)";

std::uint32_t width_of(const types::type& type) {
    return data::column_vector::width_bytes(type.physical());
}

bool is_native(const types::type& type) {
    return type.physical() != physical_type::serialised;
}

struct native_access {
    std::string_view load;
    std::string_view store;
    std::string_view type;
};

native_access access_to(const types::type& type) {
    switch (type.physical()) {
        case physical_type::int8:
            return {"i32.load8_s", "i32.store8", "i32"};
        case physical_type::int16:
            return {"i32.load16_s", "i32.store16", "i32"};
        case physical_type::int32:
            return {"i32.load", "i32.store", "i32"};
        case physical_type::float32:
            return {"f32.load", "f32.store", "f32"};
        case physical_type::float64:
            return {"f64.load", "f64.store", "f64"};
        default:
            return {"i64.load", "i64.store", "i64"};
    }
}

class loop_writer {
  public:
    loop_writer(const schema::function_definition& declared, const batch_style& style)
        : _declared(declared),
          _style(style),
          _returns(*declared.return_type),
          _sized_result(is_sized(_returns, declared.on_null)) {}

    std::string run() {
        std::string text(helpers);
        text += signature_section(_declared);
        text += row_export();
        text += row_call("$call_row", 0);
        text += begin_results() + take_result() + end_results() + call_export();
        if (_style.has_fold) text += row_call("$fold_row", 1) + fold_exports();
        return text;
    }

  private:
    std::string row_export() const {
        switch (_style.tells_row) {
            case batch_style::row_export::value:
                return "(export \"nacre_row\" (global $row))\n";
            case batch_style::row_export::address:
                return "(global (export \"nacre_row\") i32 (i32.const 1032))\n";
            default:
                return "";
        }
    }

    // A function (batch, row) → what $f returns; its first arguments are not in the batch but the
    // state.
    std::string row_call(std::string_view name, std::size_t first) const {
        const auto result =
            is_sized(_returns, _declared.on_null) ? "i64" : access_to(_returns).type;
        std::string text =
            fmt::format("(func {} (param $b i32) (param $i i32) (result {})\n", name, result);
        text +=
            "(global.set $row (local.get $i)) (i32.store (i32.const 1032) (local.get $i))\n"
            "(call $f\n";
        if (first == 1) text += state_argument();
        for (std::size_t k = first; k < _declared.argument_types.size(); ++k) {
            text += argument(*_declared.argument_types[k], 8 + 16 * (k - first)) + "\n";
        }
        return text + "))\n";
    }

    std::string argument(const types::type& type, std::size_t at) const {
        const auto descriptor = fmt::format("(i32.add (local.get $b) (i32.const {}))", at);
        const auto value =
            is_native(type)
                ? fmt::format(
                      "(i32.add (i32.load offset={} (local.get $b)) (i32.mul (local.get $i) "
                      "(i32.const {})))",
                      at + 4, width_of(type))
                : std::string();
        if (!is_sized(type, _declared.on_null)) {
            return fmt::format("({} {})", access_to(type).load, value);
        }
        const auto present =
            is_native(type)
                ? fmt::format("(call $native_pair {} (i32.const {}))", value, width_of(type))
                : fmt::format("(call $sized_pair {} (local.get $i))", descriptor);
        return fmt::format(
            "(if (result i64) (call $is_null {} (local.get $i)) (then {}) (else {}))", descriptor,
            null_pair, present);
    }

    // A state that is passed as a number is not null.
    std::string state_argument() const {
        if (_sized_result) return "(call $state_pair)\n";
        return fmt::format(
            "(block (result {}) (call $reverse (i32.const 1056) (call $address (global.get "
            "$state)) "
            "(i32.const {})) ({} (i32.const 1056)))\n",
            access_to(_returns).type, width_of(_returns), access_to(_returns).load);
    }

    std::string begin_results() const {
        std::string text =
            "(func $begin_results (param $d i32) (param $rows i32) (local $size i32)\n"
            "(global.set $nulls (i32.const 0)) (global.set $out_size (i32.const 0))\n"
            "(call $release (i64.extend_i32_u (global.get $out))) (global.set $out (i32.const 0))\n"
            "(global.set $out_room (i32.const 0))\n";
        if (_style.own_room) {
            const auto width = is_native(_returns) ? width_of(_returns) : 4;
            text += fmt::format(
                "(call $release (i64.extend_i32_u (global.get $room_values)))\n"
                "(call $release (i64.extend_i32_u (global.get $room_bitmap)))\n"
                "(global.set $room_values (i32.const 0)) (global.set $room_bitmap (i32.const 0))\n"
                "(global.set $room_values (call $block (i32.mul (i32.const {}) (i32.add (i32.const "
                "1) (local.get $rows)))))\n"
                "(local.set $size (i32.shr_u (i32.add (local.get $rows) (i32.const 7)) (i32.const "
                "3)))\n"
                "(global.set $room_bitmap (call $block (local.get $size)))\n"
                "(memory.fill (global.get $room_bitmap) (i32.const 0) (local.get $size))\n"
                "(i32.store (local.get $d) (global.get $room_bitmap))\n"
                "(i32.store offset=4 (local.get $d) (global.get $room_values))\n",
                width);
        }
        if (!is_native(_returns)) {
            text += "(i32.store (i32.load offset=4 (local.get $d)) (i32.const 0))\n";
        }
        return text + ")\n";
    }

    // (descriptor, row, result) → 0 if there is no room for it.
    std::string take_result() const {
        const auto result = _sized_result ? "i64" : access_to(_returns).type;
        std::string text = fmt::format(
            "(func $take_result (param $d i32) (param $i i32) (param $r {}) (result i32)\n"
            "(local $to i32) (local $size i32) (local $grown i32)\n",
            result);
        text += fmt::format(
            "(local.set $to (i32.add (i32.load offset=4 (local.get $d)) (i32.mul (local.get $i) "
            "(i32.const {}))))\n",
            is_native(_returns) ? width_of(_returns) : 4);
        if (!_sized_result) {
            return text + number_result() + "(i32.const 1))\n";
        }
        text += null_result();
        text += is_native(_returns) ? native_result() : serialised_result();
        return text +
               "(call $mark (local.get $d) (local.get $i)) (call $release (local.get $r))\n"
               "(i32.const 1))\n";
    }

    std::string number_result() const {
        const bool is_boolean = _returns.kind() == types::type_kind::boolean;
        return fmt::format("({} (local.get $to) {}) (call $mark (local.get $d) (local.get $i))\n",
                           access_to(_returns).store,
                           is_boolean ? "(i32.ne (local.get $r) (i32.const 0))" : "(local.get $r)");
    }

    // The empty value of a native type is null. What stands at a null is nobody's business.
    std::string null_result() const {
        const auto none = is_native(_returns)
                              ? "(i32.le_s (call $size (local.get $r)) (i32.const 0))"
                              : "(i64.lt_s (local.get $r) (i64.const 0))";
        const auto value =
            is_native(_returns)
                ? fmt::format("(memory.fill (local.get $to) (i32.const 0xdd) (i32.const {}))\n",
                              width_of(_returns))
                : std::string("(i32.store offset=4 (local.get $to) (global.get $out_size))\n");
        return fmt::format(
            "(if {} (then (global.set $nulls (i32.const 1))\n{}"
            "(if (i64.ge_s (local.get $r) (i64.const 0)) (then (call $release (local.get $r))))\n"
            "(return (i32.const 1))))\n",
            none, value);
    }

    std::string native_result() const {
        auto text = fmt::format(
            "(if (i32.ne (call $size (local.get $r)) (i32.const {0})) (then unreachable))\n"
            "(call $reverse (local.get $to) (call $address (local.get $r)) (i32.const {0}))\n",
            width_of(_returns));
        return text;
    }

    static std::string serialised_result() {
        return R"((local.set $size (i32.add (global.get $out_size) (call $size (local.get $r))))
(if (i32.gt_u (local.get $size) (global.get $out_room)) (then
  (local.set $grown
    (call $malloc (i32.add (i32.const 64) (i32.shl (local.get $size) (i32.const 1)))))
  (if (i32.eqz (local.get $grown)) (then (return (i32.const 0))))
  (memory.copy (local.get $grown) (global.get $out) (global.get $out_size))
  (call $release (i64.extend_i32_u (global.get $out)))
  (global.set $out (local.get $grown))
  (global.set $out_room (i32.add (i32.const 64) (i32.shl (local.get $size) (i32.const 1))))))
(memory.copy (i32.add (global.get $out) (global.get $out_size)) (call $address (local.get $r))
  (call $size (local.get $r)))
(global.set $out_size (local.get $size))
(i32.store offset=4 (local.get $to) (local.get $size))
)";
    }

    std::string end_results() const {
        std::string text = "(func $end_results (param $d i32)\n";
        if (!is_native(_returns)) {
            text +=
                "(i32.store offset=8 (local.get $d) (global.get $out))\n"
                "(i32.store offset=12 (local.get $d) (global.get $out_size))\n";
        }
        if (_style.no_bitmap) {
            text +=
                "(if (i32.eqz (global.get $nulls)) (then (i32.store (local.get $d) (i32.const "
                "0))))\n";
        }
        return text + ")\n";
    }

    // A result for which there was no room waits for the next batch, whose first row it is.
    std::string call_export() const {
        const auto result = _sized_result ? "i64" : access_to(_returns).type;
        const auto pending = _sized_result ? std::string("(global.get $pending)") : std::string();
        std::string text = fmt::format(
            "(func (export \"nacre_call_{}\") (param $b i32) (result i32)\n"
            "(local $d i32) (local $i i32) (local $rows i32) (local $r {})\n"
            "(local.set $d (i32.add (local.get $b) (i32.const {})))\n"
            "(local.set $rows (i32.load (local.get $b)))\n"
            "(call $begin_results (local.get $d) (local.get $rows))\n"
            "(block $full (loop $next\n",
            _declared.name, result, 8 + 16 * _declared.argument_types.size());
        if (_style.rows_at_once != 0) {
            text += fmt::format("(br_if $full (i32.eq (local.get $i) (i32.const {})))\n",
                                _style.rows_at_once);
        }
        const std::string call = "(call $call_row (local.get $b) (local.get $i))";
        if (_sized_result) {
            text += fmt::format(
                "(if (global.get $has_pending)\n"
                "(then (local.set $r {}) (global.set $has_pending (i32.const 0)))\n"
                "(else (local.set $r {})))\n",
                pending, call);
        } else {
            text += fmt::format("(local.set $r {})\n", call);
        }
        text +=
            "(if (i32.eqz (call $take_result (local.get $d) (local.get $i) (local.get $r))) (then\n"
            "(if (i32.eqz (local.get $i)) (then (drop (i32.load (i32.const -4)))))\n";
        if (_sized_result) {
            text +=
                "(global.set $pending (local.get $r)) (global.set $has_pending (i32.const 1))\n";
        }
        return text +
               "(br $full)))\n"
               "(local.set $i (i32.add (local.get $i) (i32.const 1)))\n"
               "(br_if $next (i32.lt_u (local.get $i) (local.get $rows)))))\n"
               "(if (i32.ne (local.get $i) (local.get $rows)) (then (i32.store (local.get $b) "
               "(local.get $i))))\n"
               "(call $end_results (local.get $d)) (i32.const 0))\n";
    }

    std::string fold_exports() const {
        const auto& name = _declared.name;
        const bool skips = _declared.on_null == null_input::returns_null;
        auto text = fmt::format(
            "(func $put_state (param $pair i64)\n"
            "(if (i64.ge_s (global.get $state) (i64.const 0)) (then (call $release (global.get "
            "$state))))\n"
            "(global.set $state (local.get $pair)))\n"
            "(func (export \"nacre_set_state_{0}\") (param $at i32) (param $size i32) (result "
            "i32)\n"
            "(call $put_state (if (result i64) (i32.lt_s (local.get $size) (i32.const 0))\n"
            "(then {1}) (else (call $copied (local.get $at) (local.get $size)))))\n"
            "(i32.const 0))\n"
            "(func (export \"nacre_get_state_{0}\") (result i64) (global.get $state))\n"
            "(func (export \"nacre_fold_{0}\") (param $b i32) (result i32) (local $i i32)\n"
            "(local $r {2})\n"
            "(loop $next\n",
            name, null_pair, _sized_result ? "i64" : access_to(_returns).type);
        if (skips) {
            text +=
                "(if (i64.lt_s (global.get $state) (i64.const 0)) (then (return (i32.const 0))))\n";
        }
        text += "(local.set $r (call $fold_row (local.get $b) (local.get $i)))\n";
        if (_sized_result) {
            text += "(call $put_state (local.get $r))\n";
        } else {
            const bool is_boolean = _returns.kind() == types::type_kind::boolean;
            text += fmt::format(
                "({} (i32.const 1056) {})\n"
                "(call $put_state (call $native_pair (i32.const 1056) (i32.const {})))\n",
                access_to(_returns).store,
                is_boolean ? "(i32.ne (local.get $r) (i32.const 0))" : "(local.get $r)",
                width_of(_returns));
        }
        return text +
               "(local.set $i (i32.add (local.get $i) (i32.const 1)))\n"
               "(br_if $next (i32.lt_u (local.get $i) (i32.load (local.get $b)))))\n"
               "(i32.const 0))\n";
    }

    const schema::function_definition& _declared;
    const batch_style& _style;
    const types::type& _returns;
    bool _sized_result;
};

}  // namespace

batch_style draw_batch_style(input& in, bool is_state_function) {
    using row_export = batch_style::row_export;
    batch_style style;
    style.tells_row = static_cast<row_export>(in.below(3));
    style.own_room = in.once_in(2);
    style.no_bitmap = in.once_in(2);
    if (in.once_in(3)) style.rows_at_once = in.below(9) + 1;
    style.has_fold = is_state_function && in.once_in(2);
    return style;
}

std::string batch_exports(const schema::function_definition& declared, const batch_style& style) {
    return loop_writer(declared, style).run();
}

}  // namespace nacre::fuzz
