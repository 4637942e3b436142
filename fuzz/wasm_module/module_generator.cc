#include "wasm_module/module_generator.h"

#include <array>

#include "body.h"
#include "plain_shape.h"
#include "sandbox.h"
#include "values.h"
#include "wasm_code.h"

namespace nacre::fuzz {

namespace {

using schema::null_input;

constexpr std::uint32_t version_at = 1024;

constexpr auto value_types =
    std::to_array<wasm_type>({wasm_type::i32, wasm_type::i64, wasm_type::f32, wasm_type::f64});

function_type draw_shape(input& in) {
    function_type shape;
    for (auto n = in.below(4); n > 0; --n) shape.parameters.push_back(in.pick(value_types));
    for (auto n = in.below(3); n > 0; --n) shape.results.push_back(in.pick(value_types));
    return shape;
}

constexpr auto odd_names = std::to_array<std::string_view>({
    "",
    "f",
    "memory",
    "_scylla_abi",
    "_scylla_malloc",
    "_scylla_free",
    "_initialize",
    "_start",
    "nacre_call",
    "nacre_call_f",
    "nacre_fold_f",
    "nacre_set_state_f",
    "nacre_get_state_f",
    "nacre_reserve",
    "nacre_error",
    "nacre_row",
    "\xc3\xa9",
    "\n\x01",
});

struct wasi_function {
    std::string_view name;
    std::string_view parameters;  ///< i = i32, I = i64
};
constexpr auto wasi_functions = std::to_array<wasi_function>({
    {"fd_write", "iiii"},
    {"random_get", "ii"},
    {"clock_time_get", "iIi"},
    {"fd_read", "iiii"},
    {"args_sizes_get", "ii"},
    {"fd_fdstat_get", "ii"},
    {"environ_get", "ii"},
    {"fd_seek", "iIii"},
    {"poll_oneoff", "iiii"},
    {"clock_res_get", "ii"},
    {"sched_yield", ""},
    {"path_open", "iiiiiIIii"},
});

struct exported {
    std::string name;
    std::uint8_t kind = 0;  ///< 0 function, 1 table, 2 memory, 3 global
    std::uint32_t index = 0;
};

// Builds the module section by section; indices are given out as things are added.
class module_builder {
  public:
    module_builder(input& in, const schema::function_definition& declared)
        : _in(in), _declared(declared) {}

    bytes run() {
        imports();
        const auto abi = _in.below(4);  // 0 and 1: ABI 1; 2: ABI 2; 3: ABI 3
        if (abi == 3) {
            batch_functions();
        } else {
            add_function("f", _in.once_in(32) ? draw_shape(_in) : plain_shape(_declared));
        }
        if (abi == 2 || _in.once_in(8)) {
            add_function("_scylla_malloc", {{wasm_type::i32}, {wasm_type::i32}});
            add_function("_scylla_free", {{wasm_type::i32}, {}});
        }
        if (_in.once_in(8)) add_function("_initialize", {});
        for (auto n = _in.below(3); n > 0; --n) add_function("", draw_shape(_in));
        // A version that fits, as a rule.
        _version = _in.once_in(16) ? _in.number<std::uint32_t>() : abi == 2 ? 2 : 1;
        return assemble();
    }

  private:
    void add_function(std::string name, const function_type& shape) {
        if (!name.empty()) {
            _exports.push_back({.name = std::move(name),
                                .kind = 0,
                                .index = static_cast<std::uint32_t>(_functions.size())});
        }
        _functions.push_back(shape);
        ++_own_functions;
    }

    void batch_functions() {
        constexpr auto i32 = wasm_type::i32;
        constexpr auto i64 = wasm_type::i64;
        add_function("nacre_reserve", {{i32}, {i32}});
        add_function("nacre_error", {{}, {i64}});
        add_function("nacre_call_f", {{i32}, {i32}});
        if (!_in.once_in(3)) return;
        add_function("nacre_fold_f", {{i32}, {i32}});
        add_function("nacre_set_state_f", {{i32, i32}, {i32}});
        add_function("nacre_get_state_f", {{}, {i64}});
    }

    void imports() {
        for (auto n = _in.below(3); n > 0; --n) {
            const auto& chosen = _in.pick(wasi_functions);
            function_type shape{.parameters = {}, .results = {wasm_type::i32}};
            for (const char c : chosen.parameters) {
                shape.parameters.push_back(c == 'I' ? wasm_type::i64 : wasm_type::i32);
            }
            if (_in.once_in(16)) shape = draw_shape(_in);
            append_name(_imports, _in.once_in(32) ? "env" : "wasi_snapshot_preview1");
            append_name(_imports, _in.once_in(32) ? _in.pick(odd_names) : chosen.name);
            _imports.push_back('\0');
            append_leb(_imports, _functions.size());  // its type has the same index
            _functions.push_back(shape);
            ++_imported;
        }
    }

    bytes assemble() {
        bytes module("\0asm\1\0\0\0", 8);
        bytes types;
        append_leb(types, _functions.size());
        for (const auto& shape : _functions) append_type(types, shape);
        append_section(module, 1, types);
        if (_imported != 0) append_section(module, 2, counted(_imported, _imports));
        bytes declarations;
        for (auto i = _imported; i < _functions.size(); ++i) append_leb(declarations, i);
        append_section(module, 3, counted(_own_functions, declarations));
        if (_in.once_in(8)) tables(module);
        memories(module);
        globals(module);
        exports(module);
        if (_in.once_in(16)) {
            bytes start;
            append_leb(start, _in.below(static_cast<std::uint32_t>(_functions.size())));
            append_section(module, 8, start);
        }
        code(module);
        data(module);
        signature(module);
        return module;
    }

    static bytes counted(std::size_t count, bytes_view entries) {
        bytes out;
        append_leb(out, count);
        out += entries;
        return out;
    }

    void tables(bytes& module) {
        bytes entries;
        const auto count = _in.once_in(8) ? _in.below(20) + 1 : 1;
        for (std::uint32_t i = 0; i < count; ++i) {
            entries += _in.once_in(2) ? '\x70' : '\x6f';
            entries += '\0';
            append_leb(entries, _in.once_in(8) ? _in.number<std::uint32_t>() : _in.below(3000));
        }
        append_section(module, 4, counted(count, entries));
    }

    void memories(bytes& module) {
        const auto odd = _in.below(32);
        if (odd == 31) return;
        bytes entries;
        const std::uint32_t count = odd == 30 ? 2 : 1;
        for (std::uint32_t i = 0; i < count; ++i) {
            // Flags: 1 a maximum, 2 shared, 4 64-bit, 8 a page size of its own.
            const auto flags = odd == 29 ? _in.below(16) : 0;
            entries += static_cast<char>(flags);
            append_leb(entries, odd == 28 ? _in.number<std::uint32_t>() : _in.below(4) + 1);
            if ((flags & 1) != 0) append_leb(entries, _in.below(100));
            if ((flags & 8) != 0) append_leb(entries, _in.once_in(2) ? 0 : 16);
        }
        append_section(module, 5, counted(count, entries));
        _exports.push_back({.name = "memory", .kind = 2, .index = count - 1});
        _has_memory = true;
    }

    void globals(bytes& module) {
        bytes entries("\x7f\0", 2);
        append_offset(entries, _in.once_in(32) ? _in.number<std::uint32_t>() : version_at);
        _exports.push_back({.name = "_scylla_abi", .kind = 3, .index = 0});
        for (auto n = _in.below(4); n > 0; --n) {
            const auto type = _in.pick(value_types);
            entries += static_cast<char>(type);
            entries += '\1';
            append_random_constant(entries, _in, type);
            entries += '\x0b';
            _globals.push_back(type);
        }
        if (_in.once_in(4)) {
            _exports.push_back({.name = "nacre_row",
                                .kind = 3,
                                .index = static_cast<std::uint32_t>(_globals.size())});
        }
        append_section(module, 6, counted(1 + _globals.size(), entries));
    }

    void exports(bytes& module) {
        if (_in.once_in(16)) {  // one more, or one in another's place
            _exports.push_back({.name = std::string(_in.pick(odd_names)),
                                .kind = static_cast<std::uint8_t>(_in.below(5)),
                                .index = _in.below(4)});
        }
        if (_in.once_in(16)) {
            _exports.erase(_exports.begin() +
                           _in.below(static_cast<std::uint32_t>(_exports.size())));
        }
        bytes entries;
        for (const auto& [name, kind, index] : _exports) {
            append_name(entries, name);
            entries += static_cast<char>(kind);
            append_leb(entries, index);
        }
        append_section(module, 7, counted(_exports.size(), entries));
    }

    void code(bytes& module) {
        const surroundings around{.functions = _functions,
                                  .globals = _globals,
                                  .first_global = 1,
                                  .has_memory = _has_memory};
        bytes entries;
        for (auto i = _imported; i < _functions.size(); ++i) {
            append_name(entries, draw_code(_in, around, _functions[i]));
        }
        append_section(module, 10, counted(_own_functions, entries));
    }

    void data(bytes& module) {
        if (!_has_memory) return;
        bytes entries("\0", 1);
        append_offset(entries, version_at);
        bytes version(4, '\0');
        std::memcpy(version.data(), &_version, 4);
        append_name(entries, version);
        std::size_t count = 1;
        if (_in.once_in(4)) {
            entries += '\0';
            append_offset(entries, _in.below(140'000));
            append_name(entries, _in.take(_in.below(64)));
            ++count;
        }
        append_section(module, 11, counted(count, entries));
    }

    void signature(bytes& module) {
        if (_in.once_in(8)) return;
        bytes section;
        append_name(section, "nacre.functions");
        if (_in.once_in(8)) {
            section += _in.take(_in.below(100));
        } else {
            section += "f(";
            for (std::size_t i = 0; i < _declared.argument_types.size(); ++i) {
                if (i != 0) section += ", ";
                section += "a" + std::to_string(i) + " " + _declared.argument_types[i]->to_cql();
            }
            section += _declared.on_null == null_input::called ? ") CALLED" : ") RETURNS NULL";
            section += " ON NULL INPUT RETURNS " + _declared.return_type->to_cql() + "\n";
        }
        append_section(module, 0, section);
    }

    input& _in;
    const schema::function_definition& _declared;
    std::vector<function_type> _functions;  ///< imports first; also the type section
    std::uint32_t _imported = 0;
    std::uint32_t _own_functions = 0;
    bytes _imports;
    std::vector<wasm_type> _globals;
    std::vector<exported> _exports;
    std::uint32_t _version = 1;
    bool _has_memory = false;
};

}  // namespace

std::shared_ptr<schema::function_definition> draw_function(input& in) {
    std::vector<types::type_ptr> arguments;
    for (auto n = in.below(4); n > 0; --n) arguments.push_back(draw_type(in, 1));
    auto returns = !arguments.empty() && in.once_in(2) ? arguments.front() : draw_type(in, 1);
    const auto on_null = in.once_in(2) ? null_input::called : null_input::returns_null;
    auto declared = define_function("f", std::move(arguments), std::move(returns), on_null, "");
    if (in.once_in(16)) {
        declared->body = to_base64(std::string("\0asm\1\0\0\0", 8) + in.rest());
        return declared;
    }
    const auto breaks = in.once_in(8) ? in.below(4) + 1 : 0;
    std::array<std::uint32_t, 4> places{};
    std::array<std::uint8_t, 4> changes{};
    for (std::uint32_t i = 0; i < breaks; ++i) {
        places[i] = in.number<std::uint16_t>();
        changes[i] = in.byte();
    }
    auto module = module_builder(in, *declared).run();
    for (std::uint32_t i = 0; i < breaks; ++i) {
        module[places[i] % module.size()] = static_cast<char>(changes[i]);
    }
    declared->body = to_base64(module);
    return declared;
}

}  // namespace nacre::fuzz
