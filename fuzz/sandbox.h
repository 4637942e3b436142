#pragma once

#include "data/column_vector.h"
#include "function/language.h"
#include "runtime/shard.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre::fuzz {

/// The sandbox as a server has it, but small and impatient: one shard, few guests, little memory,
/// little CPU time. One per process, made by the first use and never destroyed. Everything runs on
/// the shard and is waited for.
class sandbox {
  public:
    [[nodiscard]] static sandbox& instance();

    /// The limits that functions run under.
    [[nodiscard]] static function_limits limits();
    /// Enough for an interpreter.
    [[nodiscard]] static function_limits lua_limits();
    /// What WITH may ask for.
    [[nodiscard]] static function_limits ceilings();

    /// With a language that has limits of its own.
    [[nodiscard]] std::unique_ptr<function::language> make_wasm(function_limits limits);
    [[nodiscard]] result<function::compiled_ptr> compile(function::language& language,
                                                         const schema::function_ptr& definition);
    /// LANGUAGE wasm under limits().
    [[nodiscard]] result<function::compiled_ptr> compile(const schema::function_ptr& definition) {
        return compile(*_wasm, definition);
    }

    /// One statement: calls the function for the rows.
    [[nodiscard]] result<data::column_vector> call(const function::compiled& code,
                                                   const types::type_ptr& returns,
                                                   const std::vector<data::column_vector>& columns,
                                                   std::span<const std::uint32_t> rows);
    /// One statement: folds the rows into the state, `step` at a time.
    [[nodiscard]] result<optional_bytes> fold(const function::compiled& code,
                                              const optional_bytes& state,
                                              const std::vector<data::column_vector>& columns,
                                              std::span<const std::uint32_t> rows,
                                              std::size_t step);

    template <typename Work>
    auto run(Work work) {
        return runtime::run_blocking(_shards.at(0), std::move(work));
    }
    [[nodiscard]] udf::wasm::wasm_engine& engine() { return *_engine; }
    [[nodiscard]] udf::statistics_registry& statistics() { return _statistics; }

  private:
    sandbox();

    runtime::shard_group _shards{1};
    // A function that fails all the time is called all the same.
    udf::statistics_registry _statistics{{.quarantine_failures = 0}};
    std::unique_ptr<udf::wasm::wasm_engine> _engine;
    std::unique_ptr<function::language> _wasm;
};

/// ks.NAME of LANGUAGE wasm; arguments are called a0, a1, ….
[[nodiscard]] std::shared_ptr<schema::function_definition> define_function(
    std::string name, std::vector<types::type_ptr> arguments, types::type_ptr returns,
    schema::null_input on_null, std::string body);

/// The rows without a null or an empty value among their arguments: those that a function which
/// returns null on null input is called for.
[[nodiscard]] std::vector<std::uint32_t> without_nulls(
    const std::vector<data::column_vector>& columns, std::span<const std::uint32_t> rows);

}  // namespace nacre::fuzz
