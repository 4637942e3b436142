#include "udf/wasm/language.h"

#include <array>

#include "udf/guest_instance.h"
#include "udf/readable_text.h"
#include "udf/wasm/custom_section.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/module_check.h"
#include "udf/wasm/module_signatures.h"
#include "udf/wasm/sandbox.h"

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view spaces = " \t\r\n";
constexpr std::string_view binary_magic("\0asm", 4);

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

result<bytes> module_source(std::string_view body) {
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

// A user's module that passed every check that needs no running.
struct checked_module {
    compiled_module_ptr module;
    instance_pre_handle linked;
    bool speaks_batches = false;  ///< ABI 3
};

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

result<checked_module> compile_and_check(engine_state& engine, const guest_function& whose) {
    const auto& definition = *whose.definition;
    const auto& name = definition.name_in_source();
    NACRE_TRY(const auto source, module_source(definition.source()));
    NACRE_TRY(auto module, engine.modules->get(source));
    NACRE_TRY(const auto signatures, read_signatures(source));
    NACRE_TRY(const bool speaks_batches, choose_batches(*module, name, signatures));
    NACRE_CHECK(check_signature(signatures, definition, speaks_batches));
    if (speaks_batches) {
        NACRE_CHECK(check_batch_function(*module, name, whose.limits.memory_bytes_max));
    } else {
        NACRE_CHECK(check_user_exports(*module, definition, whose.limits.memory_bytes_max));
    }
    NACRE_TRY(auto linked, link_module(engine, *module));
    return checked_module{
        .module = std::move(module), .linked = std::move(linked), .speaks_batches = speaks_batches};
}

// What CREATE FUNCTION can only find out by running the module's start function.
runtime::task<status> try_to_start(engine_state& engine,
                                   std::shared_ptr<const guest_function> whose,
                                   const wasmtime_instance_pre_t& linked) {
    sandbox trial(engine, std::move(whose), nullptr);
    auto started = co_await trial.start(linked);
    if (started) co_return status();
    co_return invalid("The module can't be instantiated: {}", started.error().message());
}

// The version number is in the module's memory, so the module has to be instantiated to read it.
runtime::task<result<abi_version>> read_abi(engine_state& engine,
                                            std::shared_ptr<const guest_function> whose,
                                            const wasmtime_instance_pre_t& linked) {
    sandbox trial(engine, std::move(whose), nullptr);
    auto started = co_await trial.start(linked);
    if (!started)
        co_return invalid("The module can't be instantiated: {}", started.error().message());
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
    co_return static_cast<abi_version>(*version);
}

result<compiled_module_ptr> compile_adapter(engine_state& engine, const compiled_module& module,
                                            const guest_function& whose, abi_version abi) {
    if (abi == abi_version::two) NACRE_CHECK(check_allocator(module));
    const auto& definition = *whose.definition;
    return engine.modules->get(
        generate_adapter({.abi = abi,
                          .on_null = definition.on_null,
                          .argument_types = definition.argument_types,
                          .return_type = definition.return_type,
                          .memory_bytes_max = whose.limits.memory_bytes_max}));
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
        NACRE_CO_TRY(auto checked, co_await _engine.compilers.run([this, &trial] {
            return compile_and_check(_engine, *trial);
        }));
        guest_module_ptr program;
        if (checked.speaks_batches) {
            NACRE_CO_CHECK(co_await try_to_start(_engine, trial, *checked.linked));
            program = std::make_shared<const guest_program>(
                _engine, std::move(checked.module), std::move(checked.linked), std::nullopt,
                batch_exports::of_function(definition->name_in_source()));
        } else {
            NACRE_CO_TRY(program, co_await put_behind_adapter(std::move(checked), trial));
        }
        auto whose = std::make_shared<guest_function>(guest_function{
            .definition = definition, .statistics = _statistics.of(*definition), .limits = limits});
        co_return std::make_shared<const guest_code>(std::move(program), std::move(whose));
    }

    runtime::task<result<guest_module_ptr>> put_behind_adapter(
        checked_module checked, std::shared_ptr<const guest_function> trial) {
        NACRE_CO_TRY(const auto abi, co_await read_abi(_engine, trial, *checked.linked));
        NACRE_CO_TRY(auto adapter, co_await _engine.compilers.run([this, &trial, &checked, abi] {
            return compile_adapter(_engine, *checked.module, *trial, abi);
        }));
        co_return std::make_shared<const guest_program>(
            _engine, std::move(checked.module), std::move(checked.linked),
            guest_program::adapted{.adapter = std::move(adapter),
                                   .function = trial->definition->name_in_source(),
                                   .abi = abi});
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
