#include "udf/wasm/module_check.h"

#include <map>
#include <string>

#include <fmt/ranges.h>

#include "udf/wasm/wasi.h"

namespace nacre::udf::wasm {

namespace {

// A module's exports by name. Owns the vector that it reads.
class export_table {
  public:
    explicit export_table(const compiled_module& module) {
        wasmtime_module_exports(module.module.get(), &_exports);
        for (std::size_t i = 0; i < _exports.size; ++i) {
            _by_name[view_of(wasm_exporttype_name(_exports.data[i]))] =
                wasm_exporttype_type(_exports.data[i]);
        }
    }
    ~export_table() { wasm_exporttype_vec_delete(&_exports); }
    export_table(const export_table&) = delete;

    [[nodiscard]] const wasm_externtype_t* find(std::string_view name) const {
        const auto found = _by_name.find(name);
        return found == _by_name.end() ? nullptr : found->second;
    }

  private:
    wasm_exporttype_vec_t _exports{};
    std::map<std::string_view, const wasm_externtype_t*> _by_name;
};

std::string_view kind_name(wasm_valkind_t kind) {
    switch (kind) {
        case WASM_I32:
            return "i32";
        case WASM_I64:
            return "i64";
        case WASM_F32:
            return "f32";
        case WASM_F64:
            return "f64";
        default:
            return "a reference";
    }
}

using kinds = std::vector<std::string_view>;

kinds kinds_of(const wasm_valtype_vec_t& types) {
    kinds all;
    for (std::size_t i = 0; i < types.size; ++i) {
        all.push_back(kind_name(wasm_valtype_kind(types.data[i])));
    }
    return all;
}

struct function_shape {
    kinds parameters;
    kinds results;
};

function_shape shape_of(const wasm_functype_t& type) {
    return {.parameters = kinds_of(*wasm_functype_params(&type)),
            .results = kinds_of(*wasm_functype_results(&type))};
}

std::string show(const function_shape& shape) {
    return fmt::format("({}) -> ({})", fmt::join(shape.parameters, ", "),
                       fmt::join(shape.results, ", "));
}

result<function_shape> function_of(const export_table& exports, std::string_view name,
                                   std::string_view advice) {
    const auto* found = exports.find(name);
    if (found == nullptr) return invalid("{}", advice);
    if (wasm_externtype_kind(found) != WASM_EXTERN_FUNC) {
        return invalid("Exported object {} is not a function", name);
    }
    return shape_of(*wasm_externtype_as_functype_const(found));
}

status check_shape(const export_table& exports, std::string_view name, const function_shape& want,
                   std::string_view advice) {
    NACRE_TRY(const auto have, function_of(exports, name, advice));
    if (have.parameters == want.parameters && have.results == want.results) return {};
    return invalid("Exported function {} must have the type {}, it has {}", name, show(want),
                   show(have));
}

status check_memory(const export_table& exports, std::uint64_t bytes_max) {
    const auto* found = exports.find("memory");
    if (found == nullptr) {
        return invalid("Memory export not found - please export `memory` in the wasm module");
    }
    if (wasm_externtype_kind(found) != WASM_EXTERN_MEMORY) {
        return invalid("Exported object memory is not a memory");
    }
    const auto* type = wasm_externtype_as_memorytype_const(found);
    if (wasmtime_memorytype_is64(type) || wasmtime_memorytype_isshared(type)) {
        return invalid("The exported memory must be a 32-bit memory that is not shared");
    }
    const auto bytes = wasmtime_memorytype_minimum(type) * wasmtime_memorytype_page_size(type);
    if (bytes > bytes_max) {
        return invalid("The module's memory begins with {} bytes, the limit is {} bytes", bytes,
                       bytes_max);
    }
    return {};
}

// An i32 global, if there is one of this name.
status check_number(const export_table& exports, std::string_view name) {
    const auto* found = exports.find(name);
    if (found == nullptr) return {};
    if (wasm_externtype_kind(found) == WASM_EXTERN_GLOBAL &&
        wasm_valtype_kind(wasm_globaltype_content(wasm_externtype_as_globaltype_const(found))) ==
            WASM_I32) {
        return {};
    }
    return invalid("Exported object {} is not an i32 global", name);
}

// The exports of one function end in `suffix`. State functions may have three more, or none.
status check_batch_interface(const export_table& exports, std::string_view suffix) {
    const auto check = [&](std::string_view name, const function_shape& shape) {
        return check_shape(
            exports, name, shape,
            fmt::format("Export {} not found: it is part of the batch interface", name));
    };
    NACRE_CHECK(check("nacre_reserve", {{"i32"}, {"i32"}}));
    NACRE_CHECK(check("nacre_error", {{}, {"i64"}}));
    NACRE_CHECK(check_number(exports, "nacre_row"));
    NACRE_CHECK(check_number(exports, "nacre_panic"));
    NACRE_CHECK(check(fmt::format("nacre_call{}", suffix), {{"i32"}, {"i32"}}));
    const auto fold = fmt::format("nacre_fold{}", suffix);
    const auto set_state = fmt::format("nacre_set_state{}", suffix);
    const auto get_state = fmt::format("nacre_get_state{}", suffix);
    if (exports.find(fold) == nullptr && exports.find(set_state) == nullptr &&
        exports.find(get_state) == nullptr) {
        return {};
    }
    NACRE_CHECK(check(fold, {{"i32"}, {"i32"}}));
    NACRE_CHECK(check(set_state, {{"i32", "i32"}, {"i32"}}));
    return check(get_state, {{}, {"i64"}});
}

// A reactor's; it is called before anything else.
status check_initializer(const export_table& exports) {
    const auto* start = exports.find("_initialize");
    if (start == nullptr || wasm_externtype_kind(start) != WASM_EXTERN_FUNC) return {};
    return check_shape(exports, "_initialize", {{}, {}}, "");
}

}  // namespace

status check_imports(const wasmtime_module_t& module) {
    wasm_importtype_vec_t imports{};
    wasmtime_module_imports(&module, &imports);
    status checked;
    for (std::size_t i = 0; i < imports.size && checked; ++i) {
        const auto from = view_of(wasm_importtype_module(imports.data[i]));
        const auto name = view_of(wasm_importtype_name(imports.data[i]));
        if (!is_allowed_import(from, name)) {
            checked = invalid(
                "Import {}.{} is not available: a function may import only wasi_snapshot_preview1",
                from, name);
        }
    }
    wasm_importtype_vec_delete(&imports);
    return checked;
}

bool exports_batch_function(const compiled_module& module, std::string_view name) {
    return export_table(module).find(fmt::format("nacre_call_{}", name)) != nullptr;
}

bool exports_plain_function(const compiled_module& module, std::string_view name) {
    const export_table exports(module);
    return exports.find(name) != nullptr && exports.find("_scylla_abi") != nullptr;
}

status check_batch_exports(const compiled_module& module) {
    const export_table exports(module);
    NACRE_CHECK(check_memory(exports, UINT64_MAX));
    return check_batch_interface(exports, "");
}

status check_batch_function(const compiled_module& module, std::string_view name,
                            std::uint64_t memory_bytes_max) {
    const export_table exports(module);
    NACRE_CHECK(check_memory(exports, memory_bytes_max));
    NACRE_CHECK(check_initializer(exports));
    return check_batch_interface(exports, fmt::format("_{}", name));
}

status check_user_exports(const compiled_module& module,
                          const schema::function_definition& definition,
                          std::uint64_t memory_bytes_max) {
    const export_table exports(module);
    NACRE_TRY(const auto have,
              function_of(exports, definition.name_in_source(),
                          fmt::format("Function {} was not found in given wasm source code",
                                      definition.name_in_source())));
    NACRE_CHECK(check_memory(exports, memory_bytes_max));
    NACRE_CHECK(check_initializer(exports));
    const auto* abi = exports.find("_scylla_abi");
    if (abi == nullptr) {
        return invalid("ABI export not found - please export `_scylla_abi` in the wasm module");
    }
    NACRE_CHECK(check_number(exports, "_scylla_abi"));
    NACRE_CHECK(check_number(exports, "nacre_panic"));

    if (have.parameters.size() != definition.argument_types.size()) {
        return invalid("Incorrect wasm function argument count. Expected {}, got {}",
                       definition.argument_types.size(), have.parameters.size());
    }
    for (std::size_t i = 0; i < have.parameters.size(); ++i) {
        const auto& type = *definition.argument_types[i];
        const auto want = wasm_type(form_of(type, definition.on_null));
        if (have.parameters[i] != want) {
            return invalid(
                "Incorrect wasm value kind for argument {} of type {}. Expected {}, got {}", i + 1,
                type.to_cql_without_frozen(), want, have.parameters[i]);
        }
    }
    const auto want = wasm_type(form_of(*definition.return_type, definition.on_null));
    if (have.results.size() != 1) {
        return invalid("Incorrect wasm value count returned. Expected 1, got {}",
                       have.results.size());
    }
    if (have.results.front() != want) {
        return invalid("Incorrect wasm value kind returned. Expected {}, got {}", want,
                       have.results.front());
    }
    return {};
}

status check_allocator(const compiled_module& module) {
    const export_table exports(module);
    NACRE_CHECK(check_shape(exports, "_scylla_malloc", {{"i32"}, {"i32"}},
                            "Malloc export not found - please export `_scylla_malloc` in the wasm "
                            "module"));
    return check_shape(exports, "_scylla_free", {{"i32"}, {}},
                       "Free export not found - please export `_scylla_free` in the wasm module");
}

}  // namespace nacre::udf::wasm
