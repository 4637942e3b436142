#include "udf/wasm/language.h"

#include <array>

#include "udf/guest_instance.h"
#include "udf/readable_text.h"
#include "udf/wasm/artefact.h"
#include "udf/wasm/custom_section.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/module_check.h"
#include "udf/wasm/module_compiler.h"
#include "udf/wasm/module_signatures.h"
#include "udf/wasm/sandbox.h"
#include "udf/wasm/try_out.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view spaces = " \t\r\n";

// White space may stand anywhere, padding only at the end.
std::optional<bytes> from_base64(std::string_view text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::int8_t, 256> value_of{};
    value_of.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        value_of[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    }
    while (!text.empty() && (text.back() == '=' || spaces.contains(text.back()))) {
        text.remove_suffix(1);
    }
    bytes out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        if (spaces.contains(c)) continue;
        const auto value = value_of[static_cast<unsigned char>(c)];
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<char>(bits >> held));
        }
    }
    return out;
}

result<bytes> module_source_of(std::string_view body) {
    const auto first = body.find_first_not_of(spaces);
    if (first == std::string_view::npos) return invalid("Compilation failed: the body is empty");
    // Text begins with a parenthesis or a comment, neither of which base64 has.
    if (body[first] == '(' || body[first] == ';') return bytes(body);
    auto binary = from_base64(body);
    if (!binary || !binary->starts_with(binary_magic)) {
        return invalid(
            "Compilation failed: the body is neither WebAssembly text nor the base64 text of a "
            "binary module");
    }
    return std::move(*binary);
}

result<std::optional<module_signatures>> read_signatures(bytes_view source) {
    const auto section = custom_section(source, signature_section);
    if (!section) return std::nullopt;
    return parse_signatures(*section);
}

// Whether the function is taken by ABI 3. A module for a later version may have ABI 2 to fall back
// on.
result<bool> choose_batches(const compiled_module& module, std::string_view name,
                            const std::optional<module_signatures>& signatures) {
    if (!exports_batch_function(module, name)) return false;
    if (!signatures || signatures->abi <= batch_abi) return true;
    if (exports_plain_function(module, name)) return false;
    return invalid("The module is built for ABI version {}, this server has versions 1 to {}",
                   signatures->abi, batch_abi);
}

status check_signature(const std::optional<module_signatures>& signatures,
                       const schema::function_definition& definition, bool is_required) {
    const auto& name = definition.name_in_source();
    if (signatures) {
        if (const auto promise = signatures->functions.find(name);
            promise != signatures->functions.end()) {
            return check_promise(promise->second, definition);
        }
    }
    if (!is_required) return {};
    return invalid("The module does not say which types {} has: its section {} needs a line for it",
                   name, signature_section);
}

// How a module takes a function: by ABI 1 or 2 behind an adapter, or by the batch interface.
enum class spoken_abi : char { one = '1', two = '2', batches = '3' };

// Every check that needs no running. The result: whether the function speaks batches.
result<bool> check_module(const compiled_module& module, bytes_view source,
                          const guest_function& whose) {
    const auto& definition = *whose.definition;
    const auto& name = definition.name_in_source();
    NACRE_TRY(const auto signatures, read_signatures(source));
    NACRE_TRY(const bool speaks_batches, choose_batches(module, name, signatures));
    NACRE_CHECK(check_signature(signatures, definition, speaks_batches));
    if (speaks_batches) {
        NACRE_CHECK(check_batch_function(module, name, whose.limits.memory_bytes_max));
    } else {
        NACRE_CHECK(check_user_exports(module, definition, whose.limits.memory_bytes_max));
    }
    return speaks_batches;
}

// Why the module's start function did not come to its end; that there was no room for it says
// nothing about the module.
error not_started(const error& why) {
    if (why.code() == error_code::overloaded) return why;
    return invalid("The module can't be instantiated: {}", why.message());
}

// What CREATE FUNCTION can only find out by running the module's start function.
runtime::task<status> try_to_start(engine_state& engine,
                                   std::shared_ptr<const guest_function> whose,
                                   const wasmtime_instance_pre_t& linked) {
    sandbox trial(engine, std::move(whose), nullptr);
    auto started = co_await trial.start(linked);
    if (started) co_return status();
    co_return not_started(started.error());
}

// The version number is in the module's memory, so the module has to be instantiated to read it.
runtime::task<result<spoken_abi>> read_abi(engine_state& engine,
                                           std::shared_ptr<const guest_function> whose,
                                           const wasmtime_instance_pre_t& linked) {
    sandbox trial(engine, std::move(whose), nullptr);
    auto started = co_await trial.start(linked);
    if (!started) co_return not_started(started.error());
    const auto global = trial.find(*started, "_scylla_abi");
    const auto memory = trial.find(*started, "memory");
    wasmtime_val_t address;
    wasmtime_global_get(trial.context(), &global->of.global, &address);
    const auto version = trial.memory(memory->of.memory)
                             .load<std::uint32_t>(static_cast<std::uint32_t>(address.of.i32));
    if (!version) co_return invalid("`_scylla_abi` is not an address in the module's memory");
    if (*version != 1 && *version != 2) {
        co_return invalid("ABI version {} is not supported, only 1 and 2 are", *version);
    }
    co_return *version == 1 ? spoken_abi::one : spoken_abi::two;
}

module_source adapter_source(const guest_function& whose, spoken_abi abi) {
    const auto& definition = *whose.definition;
    return module_source::of(
        generate_adapter({.abi = abi == spoken_abi::one ? abi_version::one : abi_version::two,
                          .on_null = definition.on_null,
                          .argument_types = definition.argument_types,
                          .return_type = definition.return_type,
                          .memory_bytes_max = whose.limits.memory_bytes_max}),
        /*is_program=*/false);
}

// A function's code by its parts, before any of it is loaded.
struct function_parts {
    module_source module;
    std::string record;  ///< the key under which its ABI is kept
    std::optional<spoken_abi> abi;
    std::optional<module_source> adapter;  ///< of ABI 1 and 2
};

// Everything that the checks look at. The number is raised when they demand something else.
std::string record_key(const guest_function& whose, const std::string& module_key) {
    const auto& definition = *whose.definition;
    const auto& name = definition.name_in_source();
    auto text = fmt::format("checks 2\n{}\n{} {}\n{} {} {}\n", module_key, name.size(), name,
                            static_cast<int>(definition.on_null), definition.is_deterministic,
                            whose.limits.memory_bytes_max);
    for (const auto& type : definition.argument_types) text += type->to_cql() + "\n";
    return artefact_key(text + definition.return_type->to_cql());
}

// What an earlier CREATE FUNCTION has established need not be established again, as long as the
// machine code is there.
function_parts find_parts(module_cache& modules, const guest_function& whose) {
    const auto& definition = whose.definition;
    function_parts parts;
    parts.module = {.key = artefact_key(definition->source()),
                    .read = [definition] { return module_source_of(definition->source()); }};
    parts.record = record_key(whose, parts.module.key);
    const auto record = modules.read_record(parts.record);
    if (!record || record->size() != 1 || !modules.has_artefact(parts.module.key)) return parts;
    const auto abi = static_cast<spoken_abi>(record->front());
    if (abi != spoken_abi::batches) {
        parts.adapter = adapter_source(whose, abi);
        if (!modules.has_artefact(parts.adapter->key)) return parts;
    }
    parts.abi = abi;
    return parts;
}

std::string interface_of(const guest_program& program) {
    const auto& adapted = program.behind_adapter();
    if (!adapted) return "ABI 3";
    return adapted->abi == abi_version::one ? "ABI 1" : "ABI 2";
}

class wasm_language final : public function::language {
  public:
    wasm_language(engine_state& engine, statistics_registry& statistics, function_limits limits)
        : _engine(engine), _statistics(statistics), _limits(limits) {}

    [[nodiscard]] std::vector<std::string> names() const override { return {"wasm", "xwasm"}; }

    runtime::task<result<function::compiled_ptr>> compile(
        schema::function_ptr definition) override {
        auto compiled = co_await compile_checked(std::move(definition));
        if (compiled) co_return compiled;
        // Errors quote the module, whose names may be long and odd.
        constexpr std::size_t message_bytes_max = 4096;
        const auto& why = compiled.error();
        co_return error(why.code(), readable(why.message(), message_bytes_max), why.fields());
    }

  private:
    runtime::task<result<function::compiled_ptr>> compile_checked(schema::function_ptr definition) {
        NACRE_CO_TRY(const auto limits,
                     limits_with(_limits, _engine.settings.ceilings, definition->options));
        if (definition->source().size() > _limits.body_bytes_max) {
            co_return invalid("The body of a function is limited to {} bytes, this one has {}",
                              _limits.body_bytes_max, definition->source().size());
        }
        // Its trial run is charged to nobody: the function does not exist yet.
        auto trial = std::make_shared<guest_function>(
            guest_function{.definition = definition,
                           .statistics = std::make_shared<function_statistics>(),
                           .limits = limits});
        auto parts = co_await _engine.loaders.run(
            [this, &trial] { return find_parts(*_engine.modules, *trial); });
        if (!parts.abi) NACRE_CO_CHECK(co_await establish(parts, trial));
        std::optional<guest_program::adapted> behind;
        batch_exports exports;
        if (parts.adapter) {
            behind = {.adapter = std::move(*parts.adapter),
                      .function = definition->name_in_source(),
                      .abi = parts.abi == spoken_abi::one ? abi_version::one : abi_version::two};
        } else {
            exports = batch_exports::of_function(definition->name_in_source());
        }
        auto program = std::make_shared<const guest_program>(_engine, std::move(parts.module),
                                                             std::move(behind), std::move(exports));
        auto whose = std::make_shared<guest_function>(guest_function{
            .definition = definition,
            .statistics = _statistics.of(*definition, interface_of(*program), limits),
            .limits = limits});
        co_return std::make_shared<const guest_code>(std::move(program), std::move(whose));
    }

    // Compiles, checks and tries the module, and compiles the adapter that it needs. Holds no code
    // while it waits.
    runtime::task<status> establish(function_parts& parts,
                                    std::shared_ptr<const guest_function> trial) {
        NACRE_CO_TRY(parts.abi, co_await inspect(parts.module, trial));
        if (parts.abi != spoken_abi::batches) {
            parts.adapter = adapter_source(*trial, *parts.abi);
            NACRE_CO_CHECK(co_await _engine.make_artefact(*parts.adapter));
        }
        const char record = static_cast<char>(*parts.abi);
        co_await _engine.loaders.run([&] {
            _engine.modules->write_record(parts.record, bytes_view(&record, 1));
            return true;
        });
        co_return status();
    }

    runtime::task<result<spoken_abi>> inspect(const module_source& module,
                                              std::shared_ptr<const guest_function> trial) {
        // An artefact may go between its making and its use, but not for ever.
        constexpr int attempts_max = 3;
        for (int i = 0; i < attempts_max; ++i) {
            NACRE_CO_TRY(const auto found, co_await try_out(_engine, [&] {
                             return inspect_artefact(module, trial);
                         }));
            if (found) co_return *found;
            NACRE_CO_CHECK(co_await _engine.make_artefact(module));
        }
        co_return server_error("the machine code of the module can't be read");
    }

    // Empty if there is no artefact.
    runtime::task<result<std::optional<spoken_abi>>> inspect_artefact(
        const module_source& source, std::shared_ptr<const guest_function> trial) {
        compiled_module_ptr module;
        NACRE_CO_TRY(const bool speaks_batches, co_await _engine.loaders.run([&]() -> result<bool> {
            NACRE_TRY(module, _engine.modules->open_apart(source));
            if (!module) return false;
            NACRE_TRY(const auto text, source.read());
            return check_module(*module, text, *trial);
        }));
        if (!module) co_return std::nullopt;
        if (speaks_batches) {
            NACRE_CO_CHECK(co_await try_to_start(_engine, trial, *module->linked));
            co_return spoken_abi::batches;
        }
        NACRE_CO_TRY(const auto abi, co_await read_abi(_engine, trial, *module->linked));
        if (abi == spoken_abi::two) NACRE_CO_CHECK(check_allocator(*module));
        co_return abi;
    }

    engine_state& _engine;
    statistics_registry& _statistics;
    function_limits _limits;
};

}  // namespace

std::unique_ptr<function::language> make_language(wasm_engine& engine,
                                                  statistics_registry& statistics,
                                                  function_limits limits) {
    return std::make_unique<wasm_language>(engine.state(), statistics, limits);
}

}  // namespace nacre::udf::wasm
