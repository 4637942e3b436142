#include "adapter/plain_module.h"

#include <array>

#include "plain_shape.h"
#include "sandbox.h"
#include "types/value.h"
#include "values.h"

namespace nacre::fuzz {

namespace {

using schema::null_input;
using types::type_kind;

constexpr std::uint32_t constants_at = 2048;

constexpr std::string_view allocator = R"(
  (global $top (mut i32) (i32.const 65536))
  (global $free_list (mut i32) (i32.const 0))
  (func $malloc (export "_scylla_malloc") (param $size i32) (result i32)
    (local $at i32) (local $before i32)
    (local.set $size (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))
    (local.set $at (global.get $free_list))
    (block $none (loop $next
      (br_if $none (i32.eqz (local.get $at)))
      (if (i32.ge_u (i32.load (local.get $at)) (local.get $size)) (then
        (if (local.get $before)
          (then (i32.store offset=4 (local.get $before) (i32.load offset=4 (local.get $at))))
          (else (global.set $free_list (i32.load offset=4 (local.get $at)))))
        (i32.store offset=4 (local.get $at) (i32.const 0x600d))
        (return (i32.add (local.get $at) (i32.const 8)))))
      (local.set $before (local.get $at))
      (local.set $at (i32.load offset=4 (local.get $at)))
      (br $next)))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (i32.add (local.get $at) (i32.const 8)) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16))) (then
      (if (i32.eq (i32.const -1) (memory.grow (i32.shr_u (i32.add (i32.const 65535) (i32.sub
            (global.get $top) (i32.shl (memory.size) (i32.const 16)))) (i32.const 16))))
        (then (global.set $top (local.get $at)) (return (i32.const 0))))))
    (i32.store (local.get $at) (local.get $size))
    (i32.store offset=4 (local.get $at) (i32.const 0x600d))
    (i32.add (local.get $at) (i32.const 8)))
  (func $free (export "_scylla_free") (param $at i32)
    (local.set $at (i32.sub (local.get $at) (i32.const 8)))
    (if (i32.ne (i32.load offset=4 (local.get $at)) (i32.const 0x600d)) (then unreachable))
    (memory.fill (i32.add (local.get $at) (i32.const 8)) (i32.const 0xdd)
      (i32.load (local.get $at)))
    (i32.store offset=4 (local.get $at) (global.get $free_list))
    (global.set $free_list (local.get $at)))
)";

constexpr std::string_view reading = R"(
  (global $calls (mut i32) (i32.const 0))
  (func $hash (param $pair i64) (result i32) (local $at i32) (local $end i32) (local $hash i32)
    (local.set $end (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))))
    (local.set $hash (i32.add (local.get $end) (i32.const 7)))
    (if (i32.lt_s (local.get $end) (i32.const 0)) (then (return (local.get $hash))))
    (local.set $at (i32.wrap_i64 (local.get $pair)))
    (local.set $end (i32.add (local.get $end) (local.get $at)))
    (block $done (loop $bytes
      (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 31))
        (i32.load8_u (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $bytes)))
    (local.get $hash))
)";

// The copying is left out of a function of ABI 1: it has no allocator, and results may lie
// anywhere.
constexpr std::string_view copying = R"(
  (func $copy (param $from i32) (param $size i32) (result i64) (local $to i32)
    (local.set $to (call $malloc (i32.or (local.get $size) (i32.eqz (local.get $size)))))
    (if (i32.eqz (local.get $to)) (then unreachable))
    (memory.copy (local.get $to) (local.get $from) (local.get $size))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
      (i64.extend_i32_u (local.get $to))))
)";

struct operation {
    std::string_view name;
    char result;  ///< i, I, f, F: i32, i64, f32, f64
    std::string_view operands;
};
constexpr auto operations = std::to_array<operation>({
    {"i32.add", 'i', "ii"},
    {"i32.sub", 'i', "ii"},
    {"i32.mul", 'i', "ii"},
    {"i32.xor", 'i', "ii"},
    {"i32.rotl", 'i', "ii"},
    {"i32.rem_u", 'i', "ii"},
    {"i32.div_s", 'i', "ii"},
    {"i32.lt_s", 'i', "ii"},
    {"i64.add", 'I', "II"},
    {"i64.sub", 'I', "II"},
    {"i64.mul", 'I', "II"},
    {"i64.xor", 'I', "II"},
    {"i64.rotl", 'I', "II"},
    {"i64.rem_s", 'I', "II"},
    {"i32.wrap_i64", 'i', "I"},
    {"i64.extend_i32_s", 'I', "i"},
    {"f32.add", 'f', "ff"},
    {"f32.mul", 'f', "ff"},
    {"f64.add", 'F', "FF"},
    {"f64.div", 'F', "FF"},
    {"f64.neg", 'F', "F"},
    {"f32.neg", 'f', "f"},
    {"f64.promote_f32", 'F', "f"},
    {"f32.demote_f64", 'f', "F"},
    {"f64.convert_i64_s", 'F', "I"},
    {"f32.convert_i32_s", 'f', "i"},
    {"i64.trunc_f64_s", 'I', "F"},
    {"i32.trunc_sat_f32_s", 'i', "f"},
    {"i64.reinterpret_f64", 'I', "F"},
    {"i32.reinterpret_f32", 'i', "f"},
    {"f64.reinterpret_i64", 'F', "I"},
});

char letter_of(wasm_type type) {
    switch (type) {
        case wasm_type::i32:
            return 'i';
        case wasm_type::i64:
            return 'I';
        case wasm_type::f32:
            return 'f';
        case wasm_type::f64:
            return 'F';
    }
    return 'i';
}

std::string_view name_of(char letter) {
    switch (letter) {
        case 'i':
            return "i32";
        case 'I':
            return "i64";
        case 'f':
            return "f32";
        default:
            return "f64";
    }
}

class module_writer {
  public:
    module_writer(input& in, const plain_function& made)
        : _in(in),
          _declared(*made.declared),
          _owns_memory(made.owns_memory),
          _batches(made.batches),
          _is_state_function(made.is_state_function),
          _shape(plain_shape(_declared)) {}

    std::string run() {
        const auto function = exported_function();
        return fmt::format(
            "(module (memory (export \"memory\") 2)\n"
            "(global $abi i32 (i32.const 1024)) (export \"_scylla_abi\" (global $abi))\n"
            "(data (i32.const 1024) \"\\{:02x}\\00\\00\\00\")\n{}{}{}{}{}{})",
            _owns_memory ? 2 : 1, _constants, reading, _owns_memory ? allocator : "",
            _owns_memory ? copying : "", function,
            _batches ? batch_exports(_declared, *_batches) : "");
    }

  private:
    [[nodiscard]] bool is_sized_argument(std::size_t k) const {
        return is_sized(*_declared.argument_types[k], _declared.on_null);
    }

    std::string exported_function() {
        std::string text = fmt::format("(func $f (export \"{}\")", _declared.name);
        for (std::size_t k = 0; k < _shape.parameters.size(); ++k) {
            const auto letter = letter_of(_shape.parameters[k]);
            text += fmt::format(" (param $p{} {})", k, name_of(letter));
            if (!is_sized_argument(k)) _visible.push_back({letter, fmt::format("$p{}", k)});
        }
        const auto result = letter_of(_shape.results[0]);
        text += fmt::format(" (result {})\n", name_of(result));
        for (std::size_t k = 0; k < _shape.parameters.size(); ++k) {
            if (!is_sized_argument(k)) continue;
            text += fmt::format("(local $h{} i32)", k);
            _visible.push_back({'i', fmt::format("$h{}", k)});
        }
        text += "(local $calls i32) (local $r i64) (local $choice i32)\n";
        _visible.push_back({'i', "$calls"});
        for (std::size_t k = 0; k < _shape.parameters.size(); ++k) {
            if (is_sized_argument(k)) {
                text += fmt::format("(local.set $h{0} (call $hash (local.get $p{0})))\n", k);
            }
        }
        text +=
            "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))\n"
            "(local.set $calls (global.get $calls))\n";
        if (is_sized(*_declared.return_type, _declared.on_null)) {
            text += sized_result();
        } else {
            text += fmt::format("{}\n", expression(result, 4));
            text += free_arguments(SIZE_MAX);
        }
        return text + ")";
    }

    // ABI 2: the guest frees what it got, unless it gives it back.
    std::string free_arguments(std::size_t but) {
        std::string text;
        if (!_owns_memory) return text;
        for (std::size_t k = 0; k < _shape.parameters.size(); ++k) {
            if (!is_sized_argument(k) || k == but) continue;
            text += fmt::format(
                "(if (i64.ge_s (local.get $p{0}) (i64.const 0)) (then (call $free (i32.wrap_i64 "
                "(local.get $p{0})))))\n",
                k);
        }
        return text;
    }

    // One of some answers, chosen by what the arguments are.
    std::string sized_result() {
        const auto answers = _in.below(4) + 1;
        std::string text = fmt::format("(local.set $choice (i32.rem_u {} (i32.const {})))\n",
                                       expression('i', 3), answers);
        for (std::uint32_t i = 0; i < answers; ++i) {
            text += fmt::format("(if (i32.eq (local.get $choice) (i32.const {})) (then\n{}", i,
                                answer());
            text += "(return (local.get $r))))\n";
        }
        return text + "unreachable";
    }

    std::string answer() {
        const auto& type = *_declared.return_type;
        switch (_in.below(6)) {
            case 0:
                return "(local.set $r (i64.const 0xffffffff00000000))\n" + free_arguments(SIZE_MAX);
            case 1:
                return number(type);
            case 2:
            case 3: {
                std::vector<std::size_t> fitting;
                for (std::size_t k = 0; k < _declared.argument_types.size(); ++k) {
                    if (is_sized_argument(k) && *_declared.argument_types[k] == type) {
                        fitting.push_back(k);
                    }
                }
                if (fitting.empty()) return constant(draw_value(_in, type));
                return same_as(_in.pick(fitting));
            }
            case 4:
                // As a state the empty value of a native type would not be null to the next row.
                if (may_be_empty(type) && (!_is_state_function || !is_native(type))) {
                    return constant({});
                }
                [[fallthrough]];
            default:
                return constant(draw_value(_in, type));
        }
    }

    static bool is_native(const types::type& type) {
        return type.physical() != types::physical_type::serialised;
    }

    std::string same_as(std::size_t k) {
        if (!_owns_memory || _in.once_in(2)) {
            return fmt::format("(local.set $r (local.get $p{}))\n", k) + free_arguments(k);
        }
        return fmt::format(
                   "(local.set $r (local.get $p{0})) (if (i64.ge_s (local.get $r) (i64.const 0)) "
                   "(then (local.set $r (call $copy (i32.wrap_i64 (local.get $r)) (i32.wrap_i64 "
                   "(i64.shr_u (local.get $r) (i64.const 32)))))))\n",
                   k) +
               free_arguments(SIZE_MAX);
    }

    std::string constant(const bytes& value) {
        const auto address = add_constant(value);
        const auto pair = static_cast<std::uint64_t>(value.size()) << 32 | address;
        auto text = free_arguments(SIZE_MAX);
        if (_owns_memory) {
            return text + fmt::format("(local.set $r (call $copy (i32.const {}) (i32.const {})))\n",
                                      address, value.size());
        }
        return text + fmt::format("(local.set $r (i64.const {}))\n", pair);
    }

    // Eight computed bytes, for types that take any of the right number.
    std::string number(const types::type& type) {
        std::uint32_t width = 0;
        switch (type.kind()) {
            case type_kind::bigint:
            case type_kind::timestamp:
            case type_kind::double_:
            case type_kind::blob:
            case type_kind::varint:
                width = 8;
                break;
            case type_kind::int_:
            case type_kind::float_:
            case type_kind::date:
                width = 4;
                break;
            case type_kind::smallint:
                width = 2;
                break;
            case type_kind::tinyint:
                width = 1;
                break;
            default:
                return constant(draw_value(_in, type));
        }
        const auto address = add_constant(bytes(8, '\0'));
        auto text = fmt::format("(i64.store (i32.const {}) {})\n", address, expression('I', 3));
        text += free_arguments(SIZE_MAX);
        if (_owns_memory) {
            return text + fmt::format("(local.set $r (call $copy (i32.const {}) (i32.const {})))\n",
                                      address, width);
        }
        return text + fmt::format("(local.set $r (i64.const {}))\n",
                                  static_cast<std::uint64_t>(width) << 32 | address);
    }

    std::uint32_t add_constant(bytes_view value) {
        constexpr std::uint32_t end = 65536;
        if (_next + value.size() > end) value = value.substr(0, end - _next);
        const auto address = _next;
        if (!value.empty()) {
            _constants += fmt::format("(data (i32.const {}) \"", address);
            for (const char c : value) {
                _constants += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
            }
            _constants += "\")\n";
        }
        _next += static_cast<std::uint32_t>((value.size() + 7) / 8 * 8);
        return address;
    }

    std::string expression(char type, unsigned depth) {
        if (depth == 0 || _in.once_in(4)) return leaf(type);
        std::vector<operation> fitting;
        for (const auto& one : operations) {
            if (one.result == type) fitting.push_back(one);
        }
        const auto& chosen = _in.pick(fitting);
        auto text = fmt::format("({}", chosen.name);
        for (const char operand : chosen.operands) text += " " + expression(operand, depth - 1);
        return text + ")";
    }

    std::string leaf(char type) {
        std::vector<std::string_view> fitting;
        for (const auto& [letter, name] : _visible) {
            if (letter == type) fitting.emplace_back(name);
        }
        if (!fitting.empty() && !_in.once_in(4)) {
            return fmt::format("(local.get {})", _in.pick(fitting));
        }
        const auto number = _in.once_in(2) ? _in.number<std::int32_t>() : _in.below(100);
        return fmt::format("({}.const {})", name_of(type), static_cast<std::int32_t>(number));
    }

    struct visible_local {
        char letter;
        std::string name;
    };

    input& _in;
    const schema::function_definition& _declared;
    bool _owns_memory;
    const std::optional<batch_style>& _batches;
    bool _is_state_function;
    function_type _shape;
    std::vector<visible_local> _visible;
    std::string _constants;
    std::uint32_t _next = constants_at;
};

// Limits at which batches are cut in odd places.
void draw_limits(input& in, schema::function_definition& declared) {
    declared.options["cpu_per_call_ms_max"] = "2000";
    declared.options["cpu_per_statement_ms_max"] = "2000";
    constexpr auto rows = std::to_array<std::string_view>({"4096", "1", "2", "7", "8", "9", "64"});
    declared.options["batch_rows_max"] = in.pick(rows);
    constexpr auto sizes = std::to_array<std::string_view>({"65536", "1024", "1500", "4096"});
    declared.options["batch_argument_bytes_max"] = in.pick(sizes);
    constexpr auto memories = std::to_array<std::string_view>({"1048576", "262144"});
    declared.options["memory_bytes_max"] = in.pick(memories);
}

}  // namespace

plain_function draw_plain_function(input& in) {
    plain_function made;
    std::vector<types::type_ptr> arguments;
    for (auto n = in.below(4); n > 0; --n) arguments.push_back(draw_type(in, 1));
    // Often of an argument's type: then the function may give it back, or be a state function.
    auto returns = !arguments.empty() && !in.once_in(3) ? arguments.front() : draw_type(in, 1);
    made.is_state_function = !arguments.empty() && arguments.front()->same_values(*returns);
    const auto on_null = in.once_in(2) ? null_input::called : null_input::returns_null;
    const auto interface = in.below(4);  // ABI 1, 2, 3 and 3
    made.owns_memory = interface != 0;
    if (interface >= 2) made.batches = draw_batch_style(in, made.is_state_function);
    made.declared = define_function("f", std::move(arguments), std::move(returns), on_null, "");
    draw_limits(in, *made.declared);
    made.declared->body = module_writer(in, made).run();
    return made;
}

}  // namespace nacre::fuzz
