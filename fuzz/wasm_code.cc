#include "wasm_code.h"

#include <array>

namespace nacre::fuzz {

void append_leb(bytes& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void append_signed_leb(bytes& out, std::int64_t value) {
    while (value < -64 || value > 63) {
        out.push_back(static_cast<char>((value & 0x7f) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value & 0x7f));
}

void append_name(bytes& out, bytes_view name) {
    append_leb(out, name.size());
    out += name;
}

void append_section(bytes& module, std::uint8_t id, bytes_view contents) {
    module.push_back(static_cast<char>(id));
    append_name(module, contents);
}

void append_type(bytes& out, const function_type& type) {
    out.push_back('\x60');
    for (const auto* list : {&type.parameters, &type.results}) {
        append_leb(out, list->size());
        for (const auto one : *list) out.push_back(static_cast<char>(one));
    }
}

void append_random_constant(bytes& out, input& in, wasm_type type) {
    switch (type) {
        case wasm_type::i32:
            out.push_back('\x41');
            // Small numbers are addresses, sizes and counts.
            append_signed_leb(out, in.once_in(3) ? in.number<std::int32_t>()
                                                 : static_cast<std::int32_t>(in.byte()));
            break;
        case wasm_type::i64:
            out.push_back('\x42');
            append_signed_leb(out, in.once_in(2) ? in.number<std::int64_t>()
                                                 : static_cast<std::int64_t>(in.byte()) << 32);
            break;
        case wasm_type::f32: {
            out.push_back('\x43');
            auto value = in.take(4);
            value.resize(4, '\0');
            out += value;
            break;
        }
        case wasm_type::f64: {
            out.push_back('\x44');
            auto value = in.take(8);
            value.resize(8, '\0');
            out += value;
            break;
        }
    }
}

void append_offset(bytes& out, std::uint32_t value) {
    out.push_back('\x41');
    append_signed_leb(out, static_cast<std::int32_t>(value));
    out.push_back('\x0b');
}

namespace {

constexpr auto i32 = wasm_type::i32;
constexpr auto i64 = wasm_type::i64;
constexpr auto f32 = wasm_type::f32;
constexpr auto f64 = wasm_type::f64;

// A run of opcodes that take the same and give the same.
struct operations {
    std::uint8_t first;
    std::uint8_t last;
    wasm_type result;
    wasm_type operand;
    bool takes_two;
};
constexpr auto all_operations = std::to_array<operations>({
    {0x6a, 0x78, i32, i32, true},  {0x7c, 0x8a, i64, i64, true},  {0x92, 0x98, f32, f32, true},
    {0xa0, 0xa6, f64, f64, true},  {0x45, 0x45, i32, i32, false}, {0x46, 0x4f, i32, i32, true},
    {0x50, 0x50, i32, i64, false}, {0x51, 0x5a, i32, i64, true},  {0x5b, 0x60, i32, f32, true},
    {0x61, 0x66, i32, f64, true},  {0x67, 0x69, i32, i32, false}, {0x79, 0x7b, i64, i64, false},
    {0x8b, 0x91, f32, f32, false}, {0x99, 0x9f, f64, f64, false}, {0xa7, 0xa7, i32, i64, false},
    {0xa8, 0xa9, i32, f32, false}, {0xaa, 0xab, i32, f64, false}, {0xac, 0xad, i64, i32, false},
    {0xae, 0xaf, i64, f32, false}, {0xb0, 0xb1, i64, f64, false}, {0xb2, 0xb3, f32, i32, false},
    {0xb4, 0xb5, f32, i64, false}, {0xb6, 0xb6, f32, f64, false}, {0xb7, 0xb8, f64, i32, false},
    {0xb9, 0xba, f64, i64, false}, {0xbb, 0xbb, f64, f32, false}, {0xbc, 0xbc, i32, f32, false},
    {0xbd, 0xbd, i64, f64, false}, {0xbe, 0xbe, f32, i32, false}, {0xbf, 0xbf, f64, i64, false},
    {0xc0, 0xc1, i32, i32, false}, {0xc2, 0xc4, i64, i64, false},
});

constexpr auto value_types = std::to_array<wasm_type>({i32, i64, f32, f64});

class code_generator {
  public:
    code_generator(bytes& out, input& in, const surroundings& around, std::vector<wasm_type> locals)
        : _out(out), _in(in), _around(around), _locals(std::move(locals)) {}

    void expression(wasm_type type, unsigned depth) {
        if (depth == 0 || _in.at_end() || _out.size() > bytes_max) return leaf(type);
        switch (_in.below(_around.pure ? 7 : 12)) {
            case 0:
                return leaf(type);
            case 1:
            case 2:
            case 3:
                return operation(type, depth - 1);
            case 4:
            case 5:
                return choice(type, depth - 1);
            case 6:  // select
                expression(type, depth - 1);
                expression(type, depth - 1);
                expression(i32, depth - 1);
                return opcode(0x1b);
            case 7:
                return load(type, depth - 1);
            case 8:
                return call(type, depth - 1);
            case 9:
                return memory(type, depth - 1);
            case 10:
                statement(depth - 1);
                return expression(type, depth - 1);
            default:
                return loop(type, depth - 1);
        }
    }

    void statement(unsigned depth) {
        if (depth == 0 || _out.size() > bytes_max) return;
        switch (_in.below(6)) {
            case 0:
                return store(depth - 1);
            case 1: {
                if (_locals.empty()) return;
                const auto which = _in.below(static_cast<std::uint32_t>(_locals.size()));
                expression(_locals[which], depth - 1);
                opcode(0x21);
                return append_leb(_out, which);
            }
            case 2: {
                if (_around.globals.empty()) return;
                const auto which = _in.below(static_cast<std::uint32_t>(_around.globals.size()));
                expression(_around.globals[which], depth - 1);
                opcode(0x24);
                return append_leb(_out, _around.first_global + which);
            }
            case 3: {  // memory.fill or memory.copy
                if (!_around.has_memory) return;
                for (int i = 0; i < 3; ++i) expression(i32, depth - 1);
                const bool fills = _in.once_in(2);
                _out += fills ? bytes_view("\xfc\x0b\x00", 3) : bytes_view("\xfc\x0a\x00\x00", 4);
                return;
            }
            case 4: {
                const auto type = _in.pick(value_types);
                expression(type, depth - 1);
                return opcode(0x1a);
            }
            default:
                if (_in.once_in(16)) opcode(0x00);  // unreachable
        }
    }

  private:
    static constexpr std::size_t bytes_max = 4096;

    void opcode(std::uint8_t code) { _out.push_back(static_cast<char>(code)); }
    void aligned_by(std::uint32_t width_log) {
        append_leb(_out, _in.below(width_log + 1));
        append_leb(_out, _in.once_in(4) ? _in.number<std::uint32_t>() : 0);
    }

    void leaf(wasm_type type) {
        std::vector<std::uint32_t> fitting;
        for (std::uint32_t i = 0; i < _locals.size(); ++i) {
            if (_locals[i] == type) fitting.push_back(i);
        }
        if (fitting.empty() || _in.once_in(3)) return append_random_constant(_out, _in, type);
        opcode(0x20);
        append_leb(_out, _in.pick(fitting));
    }

    void operation(wasm_type type, unsigned depth) {
        std::vector<operations> fitting;
        for (const auto& some : all_operations) {
            if (some.result == type) fitting.push_back(some);
        }
        const auto chosen = _in.pick(fitting);
        expression(chosen.operand, depth);
        if (chosen.takes_two) expression(chosen.operand, depth);
        opcode(
            static_cast<std::uint8_t>(chosen.first + _in.below(chosen.last - chosen.first + 1U)));
    }

    void choice(wasm_type type, unsigned depth) {
        expression(i32, depth);
        opcode(0x04);
        opcode(static_cast<std::uint8_t>(type));
        expression(type, depth);
        opcode(0x05);
        expression(type, depth);
        opcode(0x0b);
    }

    void loop(wasm_type type, unsigned depth) {
        opcode(0x03);
        opcode(static_cast<std::uint8_t>(type));
        statement(depth);
        expression(type, depth);
        expression(i32, depth);
        // Back to the start with nothing on the stack: the value stays in the branch not taken.
        opcode(0x04);
        opcode(0x40);
        opcode(0x0c);
        append_leb(_out, 1);
        opcode(0x0b);
        opcode(0x0b);
    }

    void load(wasm_type type, unsigned depth) {
        if (!_around.has_memory) return leaf(type);
        expression(i32, depth);
        switch (type) {
            case i32:
                opcode(0x28);
                return aligned_by(2);
            case i64:
                opcode(0x29);
                return aligned_by(3);
            case f32:
                opcode(0x2a);
                return aligned_by(2);
            case f64:
                opcode(0x2b);
                return aligned_by(3);
        }
    }

    void store(unsigned depth) {
        if (!_around.has_memory) return;
        expression(i32, depth);
        const auto which = _in.below(4);
        expression(value_types[which], depth);
        opcode(static_cast<std::uint8_t>(0x36 + which));
        aligned_by(which % 2 == 0 ? 2 : 3);
    }

    void call(wasm_type type, unsigned depth) {
        std::vector<std::uint32_t> fitting;
        for (std::uint32_t i = 0; i < _around.functions.size(); ++i) {
            const auto& results = _around.functions[i].results;
            if (results.size() == 1 && results[0] == type) fitting.push_back(i);
        }
        if (fitting.empty()) return leaf(type);
        const auto which = _in.pick(fitting);
        for (const auto parameter : _around.functions[which].parameters) {
            expression(parameter, depth);
        }
        opcode(0x10);
        append_leb(_out, which);
    }

    void memory(wasm_type type, unsigned depth) {
        if (type != i32 || !_around.has_memory) return leaf(type);
        if (_in.once_in(2)) {
            expression(i32, depth);
            opcode(0x40);
        } else {
            opcode(0x3f);
        }
        opcode(0x00);
    }

    bytes& _out;
    input& _in;
    const surroundings& _around;
    std::vector<wasm_type> _locals;
};

}  // namespace

bytes draw_code(input& in, const surroundings& around, const function_type& type) {
    bytes code;
    auto locals = type.parameters;
    const auto extra = in.below(5);
    append_leb(code, extra);
    for (std::uint32_t i = 0; i < extra; ++i) {
        // Rarely as many as an engine takes.
        const auto count = in.once_in(64) ? in.below(50'001) : 1;
        const auto local = in.pick(value_types);
        append_leb(code, count);
        code.push_back(static_cast<char>(local));
        if (count == 1) {
            locals.push_back(local);
        } else {
            locals.insert(locals.end(), count, local);
        }
    }
    code_generator generator(code, in, around, std::move(locals));
    for (auto n = in.below(3); n > 0; --n) generator.statement(4);
    for (const auto result : type.results) generator.expression(result, 5);
    code.push_back('\x0b');
    return code;
}

void append_random_expression(bytes& out, input& in, const surroundings& around,
                              const function_type& type, wasm_type result) {
    code_generator(out, in, around, type.parameters).expression(result, 5);
}

}  // namespace nacre::fuzz
