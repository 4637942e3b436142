#include "udf/wasm/adapter.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "data/column_vector.h"

namespace nacre::udf::wasm {

namespace {

using types::physical_type;
using types::type_kind;

// The adapter's memory: error texts, then the buffer of nacre_reserve, then the bytes of results.
constexpr std::uint32_t texts_at = 16;
constexpr std::uint32_t buffer_at = 2048;
constexpr std::uint32_t page_bytes = 65536;

enum class fault : std::uint8_t { no_memory, negative_size, outside, wrong_size, no_room };
constexpr std::array<std::string_view, 5> fault_texts = {
    "no memory left for the arguments",      "its result has a negative size",
    "its result lies outside of its memory", "its result has the wrong size for its type",
    "its result is too large for one batch",
};

std::uint32_t text_address(fault what) {
    auto at = texts_at;
    for (std::size_t i = 0; i < static_cast<std::size_t>(what); ++i) {
        at += static_cast<std::uint32_t>(fault_texts[i].size());
    }
    return at;
}

std::string fail(fault what) {
    const auto size = fault_texts[static_cast<std::size_t>(what)].size();
    return fmt::format("(global.set $error (i64.const {})) (return (i32.const 1))",
                       static_cast<std::uint64_t>(size) << 32 | text_address(what));
}

std::string swap32(std::string_view value) {
    return fmt::format(
        "(i32.or (i32.and (i32.rotl (local.tee $t32 {}) (i32.const 8)) (i32.const 0x00ff00ff)) "
        "(i32.and (i32.rotr (local.get $t32) (i32.const 8)) (i32.const 0xff00ff00)))",
        value);
}

std::string swap64(std::string_view value) {
    return fmt::format(
        "(i64.or (i64.shl (i64.extend_i32_u {}) (i64.const 32)) (i64.extend_i32_u {}))",
        swap32(fmt::format("(i32.wrap_i64 (local.tee $t64 {}))", value)),
        swap32("(i32.wrap_i64 (i64.shr_u (local.get $t64) (i64.const 32)))"));
}

std::uint32_t width_of(const types::type& type) {
    return data::column_vector::width_bytes(type.physical());
}

// `size` bytes copied between memories with their order reversed; addresses are expressions.
std::string copy_swapped(std::uint32_t width, std::string_view to_memory, std::string_view to,
                         std::string_view from_memory, std::string_view from) {
    switch (width) {
        case 1:
            return fmt::format("(i32.store8 {} {} (i32.load8_u {} {}))", to_memory, to, from_memory,
                               from);
        case 2:
            return fmt::format("(i32.store16 {} {} (i32.shr_u {} (i32.const 16)))", to_memory, to,
                               swap32(fmt::format("(i32.load16_u {} {})", from_memory, from)));
        case 4:
            return fmt::format("(i32.store {} {} {})", to_memory, to,
                               swap32(fmt::format("(i32.load {} {})", from_memory, from)));
        default:
            return fmt::format("(i64.store {} {} {})", to_memory, to,
                               swap64(fmt::format("(i64.load {} {})", from_memory, from)));
    }
}

// The address of element $i of an array of native values.
std::string element(std::string_view array, std::uint32_t width) {
    const auto shift = width == 8 ? 3 : width == 4 ? 2 : width == 2 ? 1 : 0;
    if (shift == 0) return fmt::format("(i32.add (local.get {}) (local.get $i))", array);
    return fmt::format("(i32.add (local.get {}) (i32.shl (local.get $i) (i32.const {})))", array,
                       shift);
}

std::string_view native_load(physical_type physical, type_kind kind) {
    switch (physical) {
        case physical_type::int8:
            return kind == type_kind::boolean ? "i32.load8_u" : "i32.load8_s";
        case physical_type::int16:
            return "i32.load16_s";
        case physical_type::int32:
            return "i32.load";
        case physical_type::float32:
            return "f32.load";
        case physical_type::float64:
            return "f64.load";
        default:
            return "i64.load";
    }
}

std::string_view native_store(physical_type physical) {
    switch (physical) {
        case physical_type::int8:
            return "i32.store8";
        case physical_type::int16:
            return "i32.store16";
        case physical_type::int32:
            return "i32.store";
        case physical_type::float32:
            return "f32.store";
        case physical_type::float64:
            return "f64.store";
        default:
            return "i64.store";
    }
}

constexpr std::string_view pack_pair =
    "(i64.or (i64.shl (i64.extend_i32_s (local.get {0})) (i64.const 32)) "
    "(i64.extend_i32_u (local.get {1})))";

// Generates one adapter. Naming: $i the row; per argument k, $v{k} $a{k} $d{k} from its descriptor
// (validity, values, data), $z{k} and $p{k} its size and address in the user's memory.
class generator {
  public:
    explicit generator(const adapter_signature& signature)
        : _signature(signature),
          _has_fold(!signature.argument_types.empty() &&
                    signature.argument_types[0]->same_values(*signature.return_type)) {
        for (const auto& type : signature.argument_types) {
            _forms.push_back(form_of(*type, signature.on_null));
        }
        _result_form = form_of(*signature.return_type, signature.on_null);
    }

    std::string run() {
        module_head();
        memory_functions();
        call_function();
        if (_has_fold) {
            fold_function();
            if (_result_form == value_form::sized) {
                sized_state_functions();
            } else {
                plain_state_functions();
            }
        }
        line(")");
        return std::move(_text);
    }

  private:
    void line(std::string_view text) {
        _text += text;
        _text += '\n';
    }
    template <typename... Args>
    void emit(fmt::format_string<Args...> format, Args&&... arguments) {
        fmt::format_to(std::back_inserter(_text), format, std::forward<Args>(arguments)...);
        _text += '\n';
    }
    [[nodiscard]] bool owns_memory() const { return _signature.abi == abi_version::two; }

    void module_head() {
        line("(module");
        line("(import \"user\" \"memory\" (memory $user 0))");
        std::string parameters;
        for (const auto form : _forms) parameters += fmt::format(" {}", wasm_type(form));
        emit("(import \"user\" \"function\" (func $function (param{}) (result {})))", parameters,
             wasm_type(_result_form));
        if (owns_memory()) {
            line("(import \"user\" \"malloc\" (func $malloc (param i32) (result i32)))");
            line("(import \"user\" \"free\" (func $free (param i32)))");
        }
        emit("(memory $batch (export \"memory\") 1 {})",
             std::max(1U, _signature.memory_bytes_max / page_bytes));
        std::string texts;
        for (const auto text : fault_texts) texts += text;
        emit("(data (memory $batch) (i32.const {}) \"{}\")", texts_at, texts);
        line("(global $row (export \"nacre_row\") (mut i32) (i32.const 0))");
        line("(global $error (mut i64) (i64.const 0))");
        line("(global $buffer_end (mut i32) (i32.const 0))");
        // A result that found no room: it is the first row's of the next batch.
        line("(global $kept (mut i64) (i64.const 0))");
        line("(global $has_kept (mut i32) (i32.const 0))");
        line("(func (export \"nacre_error\") (result i64) (global.get $error))");
    }

    void memory_functions() {
        // Whether the adapter's memory reaches up to $end, after growing if need be.
        line(R"((func $ensure (param $end i64) (result i32) (local $short i64)
  (local.set $short (i64.sub (local.get $end)
    (i64.shl (i64.extend_i32_u (memory.size $batch)) (i64.const 16))))
  (if (i64.le_s (local.get $short) (i64.const 0)) (then (return (i32.const 1))))
  (i32.ne (i32.const -1) (memory.grow $batch (i32.wrap_i64
    (i64.shr_u (i64.add (local.get $short) (i64.const 65535)) (i64.const 16)))))))");
        emit(R"((func (export "nacre_reserve") (param $size i32) (result i32) (local $end i64)
  (local.set $end (i64.and (i64.const -8)
    (i64.add (i64.extend_i32_u (local.get $size)) (i64.const {0}))))
  (if (i32.eqz (call $ensure (local.get $end))) (then (return (i32.const 0))))
  (global.set $buffer_end (i32.wrap_i64 (local.get $end)))
  (i32.const {1})))",
             buffer_at + 7, buffer_at);
        copy_function("copy_in", "$user", "$batch");
        copy_function("copy_out", "$batch", "$user");
        if (!owns_memory()) {
            // Version 1 has no allocator: the arguments of a row go to one region, grown at the
            // end of the user's memory and used again for every row. Returns -1 without memory.
            line(R"((global $region (mut i32) (i32.const 0))
(global $region_size (mut i32) (i32.const 0))
(func $arguments (param $size i32) (result i32) (local $end i32) (local $have i32)
  (if (i32.le_u (local.get $size) (global.get $region_size)) (then (return (global.get $region))))
  (local.set $end (i32.shl (memory.size $user) (i32.const 16)))
  (local.set $have (global.get $region_size))
  (if (i32.ne (local.get $end) (i32.add (global.get $region) (global.get $region_size)))
    (then (local.set $have (i32.const 0))))
  (if (i32.eq (i32.const -1) (memory.grow $user (i32.shr_u
      (i32.add (i32.sub (local.get $size) (local.get $have)) (i32.const 65535)) (i32.const 16))))
    (then (return (i32.const -1))))
  (if (i32.eqz (local.get $have)) (then (global.set $region (local.get $end))))
  (global.set $region_size
    (i32.sub (i32.shl (memory.size $user) (i32.const 16)) (global.get $region)))
  (global.get $region)))");
        }
    }

    // memory.copy is a call into the host, which costs more than everything else that is done for a
    // short value: up to 64 bytes are copied by a few wide loads and stores, which overlap in the
    // middle and stay within the value. The memories differ, so the order does not matter.
    void copy_function(std::string_view name, std::string_view to, std::string_view from) {
        const auto from_end = [&](std::string_view load, std::string_view store, int back) {
            const auto at = [back](std::string_view base) {
                return fmt::format(
                    "(i32.sub (i32.add (local.get {}) (local.get $n)) (i32.const {}))", base, back);
            };
            return fmt::format("({} {} {} ({} {} {}))", store, to, at("$to"), load, from,
                               at("$from"));
        };
        const auto from_start = [&](std::string_view load, std::string_view store, int offset) {
            return fmt::format(
                "({} {} offset={} (local.get $to) ({} {} offset={} (local.get $from)))", store, to,
                offset, load, from, offset);
        };
        // `chunks` of `width` bytes from each end.
        const auto both_ends = [&](std::string_view load, std::string_view store, int width,
                                   int chunks) {
            std::string text;
            for (int i = 0; i < chunks; ++i) {
                text += from_start(load, store, width * i) + " " +
                        from_end(load, store, width * (i + 1)) + " ";
            }
            return text;
        };
        const auto if_at_least = [&](int size, const std::string& work) {
            emit("(if (i32.ge_u (local.get $n) (i32.const {})) (then {} (return)))", size, work);
        };
        emit("(func ${} (param $to i32) (param $from i32) (param $n i32)", name);
        emit(
            "(if (i32.gt_u (local.get $n) (i32.const 64)) (then (memory.copy {} {} (local.get $to) "
            "(local.get $from) (local.get $n)) (return)))",
            to, from);
        if_at_least(32, both_ends("v128.load", "v128.store", 16, 2));
        if_at_least(16, both_ends("v128.load", "v128.store", 16, 1));
        if_at_least(8, both_ends("i64.load", "i64.store", 8, 1));
        if_at_least(4, both_ends("i32.load", "i32.store", 4, 1));
        if_at_least(2, both_ends("i32.load16_u", "i32.store16", 2, 1));
        if_at_least(1, from_start("i32.load8_u", "i32.store8", 0));
        line(")");
    }

    // ---- Arguments of a row ----------------------------------------------------------------

    void locals(std::size_t first) {
        line("(local $i i32) (local $n i32) (local $t32 i32) (local $t64 i64) (local $r i64)");
        line("(local $size i32) (local $address i32) (local $next i32) (local $from i32)");
        for (auto k = first; k < _forms.size(); ++k) {
            emit(
                "(local $v{0} i32) (local $a{0} i32) (local $d{0} i32) (local $z{0} i32) "
                "(local $p{0} i32)",
                k);
        }
    }

    // Reads the descriptors of arguments `first`…, which the batch numbers from 0.
    void load_descriptors(std::size_t first) {
        line("(local.set $n (i32.load $batch (local.get $b)))");
        for (auto k = first; k < _forms.size(); ++k) {
            const auto at = 8 + 16 * (k - first);
            emit("(local.set $v{} (i32.load $batch offset={} (local.get $b)))", k, at);
            emit("(local.set $a{} (i32.load $batch offset={} (local.get $b)))", k, at + 4);
            emit("(local.set $d{} (i32.load $batch offset={} (local.get $b)))", k, at + 8);
        }
    }

    // $z{k} = the size of the row's value, -1 if null; for serialised columns $t{k}… start in $d.
    void set_size(std::size_t k) {
        const auto& type = *_signature.argument_types[k];
        const auto width = width_of(type);
        if (width != 0) {
            emit("(local.set $z{} (i32.const {}))", k, width);
        } else {
            const auto at = element(fmt::format("$a{}", k), 4);
            emit("(local.set $z{} (i32.sub (i32.load $batch offset=4 {}) (i32.load $batch {})))", k,
                 at, at);
        }
        emit(
            "(if (local.get $v{0}) (then (if (i32.eqz (i32.and (i32.const 1) (i32.shr_u "
            "(i32.load8_u $batch (i32.add (local.get $v{0}) (i32.shr_u (local.get $i) "
            "(i32.const 3)))) (i32.and (local.get $i) (i32.const 7))))) "
            "(then (local.set $z{0} (i32.const -1))))))",
            k);
    }

    // Copies the row's value to $p{k}, unless null.
    void copy_argument(std::size_t k) {
        const auto width = width_of(*_signature.argument_types[k]);
        const auto to = fmt::format("(local.get $p{})", k);
        std::string copy;
        if (width != 0) {
            copy =
                copy_swapped(width, "$user", to, "$batch", element(fmt::format("$a{}", k), width));
        } else {
            copy =
                fmt::format("(local.set $from (i32.add (local.get $d{}) (i32.load $batch {}))) {}",
                            k, element(fmt::format("$a{}", k), 4),
                            copy_between("$copy_in", "$user", fmt::format("$p{}", k), "$batch",
                                         "$from", fmt::format("$z{}", k)));
        }
        emit("(if (i32.ge_s (local.get $z{}) (i32.const 0)) (then {}))", k, copy);
    }

    // Puts the sized arguments from `first` on into the user's memory. In version 1 a fold's state
    // of $ss bytes comes first and is moved there from $sp.
    void place_arguments(std::size_t first, bool with_state) {
        for (auto k = first; k < _forms.size(); ++k) {
            if (_forms[k] == value_form::sized) set_size(k);
        }
        if (owns_memory()) {
            for (auto k = first; k < _forms.size(); ++k) {
                if (_forms[k] != value_form::sized) continue;
                // At least one byte, so that every argument has an address that can be freed.
                emit(
                    "(local.set $p{0} (i32.const 0)) (if (i32.ge_s (local.get $z{0}) "
                    "(i32.const 0)) (then (if (i32.eqz (local.tee $p{0} (call $malloc (i32.or "
                    "(local.get $z{0}) (i32.eqz (local.get $z{0})))))) (then {1}))))",
                    k, fail(fault::no_memory));
                copy_argument(k);
            }
            return;
        }
        bool any = with_state;
        for (auto k = first; k < _forms.size(); ++k) any |= _forms[k] == value_form::sized;
        if (!any) return;
        line("(local.set $size (i32.const 0))");
        if (with_state) add_aligned("$ss");
        for (auto k = first; k < _forms.size(); ++k) {
            if (_forms[k] == value_form::sized) add_aligned(fmt::format("$z{}", k));
        }
        emit(
            "(if (i32.eq (i32.const -1) (local.tee $next (call $arguments (local.get $size)))) "
            "(then {}))",
            fail(fault::no_memory));
        if (with_state) {
            // It may lie where the other arguments go; memory.copy minds the overlap.
            line(
                "(if (i32.gt_s (local.get $ss) (i32.const 0)) (then (if (i32.ne (local.get $sp) "
                "(local.get $next)) (then (memory.copy $user $user (local.get $next) (local.get "
                "$sp) (local.get $ss))))))");
            line("(local.set $sp (local.get $next))");
            advance("$ss");
        }
        for (auto k = first; k < _forms.size(); ++k) {
            if (_forms[k] != value_form::sized) continue;
            emit("(local.set $p{} (local.get $next))", k);
            advance(fmt::format("$z{}", k));
            copy_argument(k);
            emit(
                "(if (i32.lt_s (local.get $z{0}) (i32.const 0)) (then (local.set $p{0} "
                "(i32.const 0))))",
                k);
        }
    }

    static std::string aligned(std::string_view size) {
        // A null's size of -1 takes no room: (-1 + 7) & -8 is 0 too.
        return fmt::format("(i32.and (i32.add (local.get {}) (i32.const 7)) (i32.const -8))", size);
    }
    void add_aligned(std::string_view size) {
        emit("(local.set $size (i32.add (local.get $size) {}))", aligned(size));
    }
    void advance(std::string_view size) {
        emit("(local.set $next (i32.add (local.get $next) {}))", aligned(size));
    }

    std::string call_expression(std::size_t first, std::string_view state) {
        auto text = fmt::format("(call $function {}", state);
        for (auto k = first; k < _forms.size(); ++k) {
            const auto& type = *_signature.argument_types[k];
            if (_forms[k] == value_form::sized) {
                text += fmt::format(fmt::runtime(pack_pair), fmt::format("$z{}", k),
                                    fmt::format("$p{}", k));
            } else {
                text += fmt::format("({} $batch {})", native_load(type.physical(), type.kind()),
                                    element(fmt::format("$a{}", k), width_of(type)));
            }
        }
        return text + ")";
    }

    // Whether a value is not inside of the user's memory.
    static std::string outside(std::string_view size, std::string_view address) {
        return fmt::format(
            "(i64.gt_u (i64.add (i64.extend_i32_u {}) (i64.extend_i32_u {})) "
            "(i64.shl (i64.extend_i32_u (memory.size $user)) (i64.const 16)))",
            size, address);
    }

    // A copy between the memories, without a call for the sizes that words and numbers have.
    static std::string copy_between(std::string_view function, std::string_view to_memory,
                                    std::string_view to, std::string_view from_memory,
                                    std::string_view from, std::string_view size) {
        const auto last = [size](std::string_view base) {
            return fmt::format("(i32.sub (i32.add (local.get {}) (local.get {})) (i32.const 8))",
                               base, size);
        };
        return fmt::format(
            "(if (i32.le_u (i32.sub (local.get {0}) (i32.const 8)) (i32.const 8)) (then "
            "(i64.store {1} (local.get {2}) (i64.load {3} (local.get {4}))) "
            "(i64.store {1} {5} (i64.load {3} {6}))) "
            "(else (call {7} (local.get {2}) (local.get {4}) (local.get {0}))))",
            size, to_memory, to, from_memory, from, last(to), last(from), function);
    }

    void unpack(std::string_view pair, std::string_view size, std::string_view address) {
        emit("(local.set {} (i32.wrap_i64 (i64.shr_u (local.get {}) (i64.const 32))))", size, pair);
        emit("(local.set {} (i32.wrap_i64 (local.get {})))", address, pair);
    }

    // ---- Calls -----------------------------------------------------------------------------

    void call_function() {
        line("(func (export \"nacre_call\") (param $b i32) (result i32)");
        locals(0);
        line(
            "(local $rv i32) (local $ra i32) (local $out i32) (local $nulls i32) (local $end i64)");
        load_descriptors(0);
        const auto result_at = 8 + 16 * _forms.size();
        emit("(local.set $rv (i32.load $batch offset={} (local.get $b)))", result_at);
        emit("(local.set $ra (i32.load $batch offset={} (local.get $b)))", result_at + 4);
        const auto& type = *_signature.return_type;
        const auto width = width_of(type);
        line("(local.set $out (global.get $buffer_end))");
        if (width == 0) line("(i32.store $batch (local.get $ra) (i32.const 0))");
        line("(block $done (loop $rows");
        line("(br_if $done (i32.ge_u (local.get $i) (local.get $n)))");
        line("(global.set $row (local.get $i))");
        if (_result_form == value_form::sized) {
            line(
                "(if (global.get $has_kept) (then (local.set $r (global.get $kept)) "
                "(global.set $has_kept (i32.const 0))) (else");
            place_arguments(0, false);
            emit("(local.set $r {})", call_expression(0, ""));
            line("))");
            sized_result(width);
        } else {
            place_arguments(0, false);
            auto value = call_expression(0, "");
            if (type.kind() == type_kind::boolean) {
                value = fmt::format("(i32.ne {} (i32.const 0))", value);
            }
            emit("({} $batch {} {})", native_store(type.physical()), element("$ra", width), value);
        }
        line("(local.set $i (i32.add (local.get $i) (i32.const 1)))");
        line("(br $rows)))");
        line("(i32.store $batch (local.get $b) (local.get $i))");
        if (width == 0) {
            emit("(i32.store $batch offset={} (local.get $b) (global.get $buffer_end))",
                 result_at + 8);
            emit(
                "(i32.store $batch offset={} (local.get $b) (i32.sub (local.get $out) (global.get "
                "$buffer_end)))",
                result_at + 12);
        }
        emit(
            "(if (i32.eqz (local.get $nulls)) (then (i32.store $batch offset={} (local.get $b) "
            "(i32.const 0))))",
            result_at);
        line("(i32.const 0))");
    }

    // Moves the value at the pair $r to the result column; sizes below -1 are faults.
    void sized_result(std::uint32_t width) {
        unpack("$r", "$size", "$address");
        const auto as_null = mark_null();
        line("(if (i32.lt_s (local.get $size) (i32.const 0)) (then");
        emit("(if (i32.ne (local.get $size) (i32.const -1)) (then {}))",
             fail(fault::negative_size));
        line(as_null);
        if (width != 0) line(zero_result(width));
        line(") (else");
        emit("(if {} (then {}))", outside("(local.get $size)", "(local.get $address)"),
             fail(fault::outside));
        if (width != 0) {
            // An empty value of a fixed-width type is as good as null to functions.
            emit("(if (i32.eqz (local.get $size)) (then {} {}) (else", as_null, zero_result(width));
            emit("(if (i32.ne (local.get $size) (i32.const {})) (then {}))", width,
                 fail(fault::wrong_size));
            line(copy_swapped(width, "$batch", element("$ra", width), "$user",
                              "(local.get $address)"));
            line("))");
        } else {
            line(
                "(local.set $end (i64.add (i64.extend_i32_u (local.get $out)) (i64.extend_i32_u "
                "(local.get $size)))) (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u "
                "(memory.size $batch)) (i64.const 16))) (then (if (i32.eqz (call $ensure "
                "(local.get $end))) (then");
            emit("(if (i32.eqz (local.get $i)) (then {}))", fail(fault::no_room));
            line(
                "(global.set $kept (local.get $r)) (global.set $has_kept (i32.const 1)) "
                "(br $done)))))");
            line(copy_between("$copy_out", "$batch", "$out", "$user", "$address", "$size"));
            line("(local.set $out (i32.add (local.get $out) (local.get $size)))");
        }
        if (owns_memory()) {
            line("(if (local.get $address) (then (call $free (local.get $address))))");
        }
        line("))");
        if (width == 0) {
            emit(
                "(i32.store $batch offset=4 {} (i32.sub (local.get $out) (global.get "
                "$buffer_end)))",
                element("$ra", 4));
        }
    }

    static std::string zero_result(std::uint32_t width) {
        const auto* zero = width == 8 ? "(i64.const 0)" : "(i32.const 0)";
        const auto* store = width == 8   ? "i64.store"
                            : width == 4 ? "i32.store"
                            : width == 2 ? "i32.store16"
                                         : "i32.store8";
        return fmt::format("({} $batch {} {})", store, element("$ra", width), zero);
    }

    // The first null of a batch makes every other row valid.
    static std::string_view mark_null() {
        return "(if (i32.eqz (local.get $nulls)) (then (local.set $nulls (i32.const 1)) "
               "(memory.fill $batch (local.get $rv) (i32.const 255) (i32.shr_u (i32.add "
               "(local.get $n) (i32.const 7)) (i32.const 3))))) "
               "(i32.store8 $batch (local.tee $t32 (i32.add (local.get $rv) (i32.shr_u "
               "(local.get $i) (i32.const 3)))) (i32.and (i32.load8_u $batch (local.get $t32)) "
               "(i32.xor (i32.const -1) (i32.shl (i32.const 1) (i32.and (local.get $i) "
               "(i32.const 7))))))";
    }

    // ---- Folds -----------------------------------------------------------------------------

    void fold_function() {
        const bool sized = _result_form == value_form::sized;
        const auto type = wasm_type(_result_form);
        if (sized) {
            line("(global $state_size (mut i32) (i32.const -1))");
            line("(global $state_address (mut i32) (i32.const 0))");
        } else {
            emit("(global $state (mut {0}) ({0}.const 0))", type);
            line("(global $state_null (mut i32) (i32.const 1))");
        }
        line("(func (export \"nacre_fold\") (param $b i32) (result i32)");
        locals(1);
        if (sized) {
            line("(local $ss i32) (local $sp i32)");
        } else {
            emit("(local $s {})", type);
        }
        load_descriptors(1);
        if (sized) {
            line("(local.set $ss (global.get $state_size))");
            line("(local.set $sp (global.get $state_address))");
        } else {
            // A number is the state of functions that return null on null input only.
            line("(if (global.get $state_null) (then (return (i32.const 0))))");
            line("(local.set $s (global.get $state))");
        }
        line("(block $done (loop $rows");
        line("(br_if $done (i32.ge_u (local.get $i) (local.get $n)))");
        if (sized && _signature.on_null == schema::null_input::returns_null) {
            line("(br_if $done (i32.eq (local.get $ss) (i32.const -1)))");
        }
        line("(global.set $row (local.get $i))");
        place_arguments(1, sized);
        if (sized) {
            if (!owns_memory()) {
                line(
                    "(if (i32.lt_s (local.get $ss) (i32.const 0)) (then (local.set $sp "
                    "(i32.const 0))))");
            }
            const auto state = fmt::format(fmt::runtime(pack_pair), "$ss", "$sp");
            emit("(local.set $r {})", call_expression(1, state));
            unpack("$r", "$ss", "$sp");
            emit("(if (i32.lt_s (local.get $ss) (i32.const -1)) (then {}))",
                 fail(fault::negative_size));
            emit("(if (i32.gt_s (local.get $ss) (i32.const 0)) (then (if {} (then {}))))",
                 outside("(local.get $ss)", "(local.get $sp)"), fail(fault::outside));
        } else {
            emit("(local.set $s {})", in_range(call_expression(1, "(local.get $s)")));
        }
        line("(local.set $i (i32.add (local.get $i) (i32.const 1)))");
        line("(br $rows)))");
        if (sized) {
            line("(global.set $state_size (local.get $ss))");
            line("(global.set $state_address (local.get $sp))");
        } else {
            line("(global.set $state (local.get $s))");
        }
        line("(i32.const 0))");
    }

    // A state narrower than i32 becomes what its column would hold, as if it were stored each time.
    [[nodiscard]] std::string in_range(const std::string& value) const {
        switch (_signature.return_type->kind()) {
            case type_kind::boolean:
                return fmt::format("(i32.ne {} (i32.const 0))", value);
            case type_kind::tinyint:
                return fmt::format("(i32.extend8_s {})", value);
            case type_kind::smallint:
                return fmt::format("(i32.extend16_s {})", value);
            default:
                return value;
        }
    }

    void sized_state_functions() {
        line("(func (export \"nacre_set_state\") (param $from i32) (param $size i32) (result i32)");
        line("(local $to i32)");
        if (owns_memory()) {
            line(
                "(if (i32.ge_s (global.get $state_size) (i32.const 0)) (then (if (global.get "
                "$state_address) (then (call $free (global.get $state_address))))))");
        }
        line("(global.set $state_size (i32.const -1)) (global.set $state_address (i32.const 0))");
        line("(if (i32.lt_s (local.get $size) (i32.const 0)) (then (return (i32.const 0))))");
        if (owns_memory()) {
            emit(
                "(if (i32.eqz (local.tee $to (call $malloc (i32.or (local.get $size) (i32.eqz "
                "(local.get $size)))))) (then {}))",
                fail(fault::no_memory));
        } else {
            emit(
                "(if (i32.eq (i32.const -1) (local.tee $to (call $arguments (local.get $size)))) "
                "(then {}))",
                fail(fault::no_memory));
        }
        line("(memory.copy $user $batch (local.get $to) (local.get $from) (local.get $size))");
        line(
            "(global.set $state_size (local.get $size)) (global.set $state_address (local.get "
            "$to)) (i32.const 0))");

        // Size -2 tells an error.
        line("(func (export \"nacre_get_state\") (result i64)");
        line(
            "(if (i32.eq (global.get $state_size) (i32.const -1)) (then (return (i64.const "
            "0xffffffff00000000))))");
        emit(
            "(if {} (then (global.set $error (i64.const {})) (return (i64.const "
            "0xfffffffe00000000))))",
            outside("(global.get $state_size)", "(global.get $state_address)"),
            error_pair(fault::outside));
        emit(
            "(if (i32.eqz (call $ensure (i64.add (i64.extend_i32_u (global.get $buffer_end)) "
            "(i64.extend_i32_u (global.get $state_size))))) (then (global.set $error (i64.const "
            "{})) (return (i64.const 0xfffffffe00000000))))",
            error_pair(fault::no_room));
        line(
            "(memory.copy $batch $user (global.get $buffer_end) (global.get $state_address) "
            "(global.get $state_size))");
        line(
            "(i64.or (i64.shl (i64.extend_i32_u (global.get $state_size)) (i64.const 32)) "
            "(i64.extend_i32_u (global.get $buffer_end))))");
    }

    static std::uint64_t error_pair(fault what) {
        return static_cast<std::uint64_t>(fault_texts[static_cast<std::size_t>(what)].size())
                   << 32 |
               text_address(what);
    }

    void plain_state_functions() {
        const auto& type = *_signature.return_type;
        const auto width = width_of(type);
        line("(func (export \"nacre_set_state\") (param $from i32) (param $size i32) (result i32)");
        line("(local $t32 i32) (local $t64 i64)");
        line("(global.set $state_null (i32.const 1))");
        emit("(if (i32.ne (local.get $size) (i32.const {})) (then (return (i32.const 0))))", width);
        line("(global.set $state_null (i32.const 0))");
        // Turned into host order in place, then loaded as the arguments of a call are.
        line(copy_swapped(width, "$batch", "(local.get $from)", "$batch", "(local.get $from)"));
        emit("(global.set $state ({} $batch (local.get $from)))",
             native_load(type.physical(), type.kind()));
        line("(i32.const 0))");

        line("(func (export \"nacre_get_state\") (result i64)");
        line("(local $t32 i32) (local $t64 i64)");
        line("(if (global.get $state_null) (then (return (i64.const 0xffffffff00000000))))");
        emit(
            "(if (i32.eqz (call $ensure (i64.add (i64.extend_i32_u (global.get $buffer_end)) "
            "(i64.const 8)))) (then (global.set $error (i64.const {})) (return (i64.const "
            "0xfffffffe00000000))))",
            error_pair(fault::no_room));
        emit("({} $batch (global.get $buffer_end) (global.get $state))",
             native_store(type.physical()));
        line(copy_swapped(width, "$batch", "(global.get $buffer_end)", "$batch",
                          "(global.get $buffer_end)"));
        emit("(i64.or (i64.const {}) (i64.extend_i32_u (global.get $buffer_end))))",
             static_cast<std::uint64_t>(width) << 32);
    }

    const adapter_signature& _signature;
    bool _has_fold;
    std::vector<value_form> _forms;
    value_form _result_form = value_form::sized;
    std::string _text;
};

}  // namespace

value_form form_of(const types::type& type, schema::null_input on_null) {
    if (on_null == schema::null_input::called) return value_form::sized;
    switch (type.kind()) {
        case type_kind::bigint:
            return value_form::i64;
        case type_kind::boolean:
        case type_kind::int_:
        case type_kind::smallint:
        case type_kind::tinyint:
            return value_form::i32;
        case type_kind::double_:
            return value_form::f64;
        case type_kind::float_:
            return value_form::f32;
        default:
            return value_form::sized;
    }
}

std::string_view wasm_type(value_form form) {
    switch (form) {
        case value_form::i32:
            return "i32";
        case value_form::f32:
            return "f32";
        case value_form::f64:
            return "f64";
        case value_form::i64:
        case value_form::sized:
            break;
    }
    return "i64";
}

std::string generate_adapter(const adapter_signature& signature) {
    return generator(signature).run();
}

}  // namespace nacre::udf::wasm
