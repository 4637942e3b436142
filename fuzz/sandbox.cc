#include "sandbox.h"

#include "promise.h"
#include "udf/wasm/language.h"

namespace nacre::fuzz {

sandbox& sandbox::instance() {
    static auto& only = *new sandbox;
    return only;
}

function_limits sandbox::limits() {
    function_limits limits;
    limits.memory_bytes_max = 1 << 20;
    limits.table_elements_max = 2000;
    limits.cpu_per_call_ms_max = 5;
    limits.cpu_per_statement_ms_max = 10;
    limits.batch_argument_bytes_max = 64 << 10;
    limits.log_bytes_per_statement_max = 1 << 10;
    return limits;
}

function_limits sandbox::lua_limits() {
    function_limits limits;
    limits.memory_bytes_max = ceilings().memory_bytes_max;
    return limits;
}

function_limits sandbox::ceilings() {
    auto most = default_function_ceilings();
    most.memory_bytes_max = 8 << 20;
    most.table_elements_max = 4000;
    most.cpu_per_call_ms_max = 2000;
    most.cpu_per_statement_ms_max = 2000;
    return most;
}

sandbox::sandbox() {
    auto made =
        udf::wasm::wasm_engine::create({.limits = {.instances_max = 4}, .ceilings = ceilings()});
    require(made.ok(), "the engine starts", made.ok() ? "" : made.error().message());
    _engine = std::move(*made);
    _wasm = make_wasm(limits());
}

std::unique_ptr<function::language> sandbox::make_wasm(function_limits limits) {
    return udf::wasm::make_language(*_engine, _statistics, limits);
}

result<function::compiled_ptr> sandbox::compile(function::language& language,
                                                const schema::function_ptr& definition) {
    return run([](function::language& l,
                  schema::function_ptr d) -> runtime::task<result<function::compiled_ptr>> {
        co_return co_await l.compile(std::move(d));
    }(language, definition));
}

namespace {

std::vector<const data::column_vector*> pointers(const std::vector<data::column_vector>& columns) {
    std::vector<const data::column_vector*> all;
    for (const auto& column : columns) all.push_back(&column);
    return all;
}

runtime::task<result<data::column_vector>> call_once(
    const function::compiled& code, types::type_ptr returns,
    const std::vector<data::column_vector>& columns, std::span<const std::uint32_t> rows) {
    NACRE_CO_TRY(auto instance, code.instantiate({}));
    const auto arguments = pointers(columns);
    data::column_vector out(returns);
    const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
    NACRE_CO_CHECK(co_await instance->call(batch));
    co_return out;
}

runtime::task<result<optional_bytes>> fold_once(const function::compiled& code,
                                                optional_bytes state,
                                                const std::vector<data::column_vector>& columns,
                                                std::span<const std::uint32_t> rows,
                                                std::size_t step) {
    NACRE_CO_TRY(auto instance, code.instantiate({}));
    const auto arguments = pointers(columns);
    NACRE_CO_CHECK(co_await instance->set_state(std::move(state)));
    while (!rows.empty()) {
        const auto now = rows.first(std::min(step, rows.size()));
        rows = rows.subspan(now.size());
        const function::fold_batch batch{.arguments = arguments, .rows = now};
        NACRE_CO_CHECK(co_await instance->fold(batch));
    }
    co_return co_await instance->state();
}

}  // namespace

result<data::column_vector> sandbox::call(const function::compiled& code,
                                          const types::type_ptr& returns,
                                          const std::vector<data::column_vector>& columns,
                                          std::span<const std::uint32_t> rows) {
    return run(call_once(code, returns, columns, rows));
}

result<optional_bytes> sandbox::fold(const function::compiled& code, const optional_bytes& state,
                                     const std::vector<data::column_vector>& columns,
                                     std::span<const std::uint32_t> rows, std::size_t step) {
    return run(fold_once(code, state, columns, rows, step));
}

std::shared_ptr<schema::function_definition> define_function(std::string name,
                                                             std::vector<types::type_ptr> arguments,
                                                             types::type_ptr returns,
                                                             schema::null_input on_null,
                                                             std::string body) {
    auto made = std::make_shared<schema::function_definition>();
    made->keyspace = "ks";
    made->name = std::move(name);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        made->argument_names.push_back("a" + std::to_string(i));
    }
    made->argument_types = std::move(arguments);
    made->return_type = std::move(returns);
    made->on_null = on_null;
    made->language = "wasm";
    made->body = std::move(body);
    return made;
}

std::vector<std::uint32_t> without_nulls(const std::vector<data::column_vector>& columns,
                                         std::span<const std::uint32_t> rows) {
    std::vector<std::uint32_t> kept;
    for (const auto row : rows) {
        const bool any = std::ranges::any_of(columns, [row](const auto& column) {
            return column.is_null(row) || column.is_empty_value(row);
        });
        if (!any) kept.push_back(row);
    }
    return kept;
}

}  // namespace nacre::fuzz
