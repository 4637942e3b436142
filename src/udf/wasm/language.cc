#include "udf/wasm/language.h"

#include <array>

#include "udf/guest_instance.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/module_check.h"
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
};

result<checked_module> compile_and_check(engine_state& engine, const guest_function& whose) {
    NACRE_TRY(const auto source, module_source(whose.definition->source()));
    NACRE_TRY(auto module, engine.modules->get(source));
    NACRE_CHECK(check_user_exports(*module, *whose.definition, whose.limits.memory_bytes_max));
    NACRE_TRY(auto linked, link_module(engine, *module));
    return checked_module{.module = std::move(module), .linked = std::move(linked)};
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
        NACRE_CO_TRY(const auto abi, co_await read_abi(_engine, trial, *checked.linked));
        NACRE_CO_TRY(auto adapter, co_await _engine.compilers.run([this, &trial, &checked, abi] {
            return compile_adapter(_engine, *checked.module, *trial, abi);
        }));
        auto program = std::make_shared<const guest_program>(
            _engine, std::move(checked.module), std::move(checked.linked),
            guest_program::adapted{
                .adapter = std::move(adapter), .function = definition->name, .abi = abi});
        auto whose = std::make_shared<guest_function>(guest_function{
            .definition = definition, .statistics = _statistics.of(*definition), .limits = limits});
        co_return std::make_shared<const guest_code>(std::move(program), std::move(whose));
    }

  private:
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
