#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "query/engine.h"
#include "runtime/shard.h"
#include "storage/table_store.h"
#include "tool/package.h"
#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"

namespace nacre::tool {

/// What the program's sandbox consists of; main knows.
struct sandbox_parts {
    std::function<std::vector<std::shared_ptr<function::language>>(
        udf::wasm::wasm_engine&, udf::statistics_registry&, function_limits)>
        languages;
    std::vector<std::string_view> precompiled;
    std::string cassandra_version;
    bool counts_fuel = false;  ///< slower; laboratory::fuel()
};

/// A server without a network and without files, in this process: the same parser, catalog, sandbox
/// and resolution of calls, over a store in memory, with one shard.
class laboratory {
  public:
    /// What guests write goes to stderr if `shows_output`.
    [[nodiscard]] static result<std::unique_ptr<laboratory>> open(const sandbox_parts& parts,
                                                                  bool shows_output);
    ~laboratory();

    /// Executes a statement as a server would.
    result<query::response> execute(const std::string& statement);

    /// Creates everything of the package in the keyspace that functions are in here. Warnings are
    /// added to `warnings`.
    [[nodiscard]] status create(const package& what, std::vector<std::string>& warnings);

    [[nodiscard]] const std::string& keyspace() const { return _session.keyspace; }
    [[nodiscard]] catalog::published_ptr current();
    [[nodiscard]] runtime::shard& shard() { return _shards.at(0); }
    /// What a function did so far.
    [[nodiscard]] udf::function_statistics_ptr statistics_of(
        const schema::function_definition& function) const;

    /// Instructions of the guests that have ended, if they are counted.
    [[nodiscard]] std::uint64_t fuel() const { return _sandbox->now().fuel; }

  private:
    laboratory() = default;
    status start(const sandbox_parts& parts, bool shows_output);

    udf::statistics_registry _registry{{.quarantine_failures = 0}};
    std::unique_ptr<udf::wasm::wasm_engine> _sandbox;
    runtime::shard_group _shards{1};
    std::unique_ptr<storage::table_store> _store;
    std::unique_ptr<catalog::catalog> _catalog;
    std::unique_ptr<query::engine> _engine;
    query::session_state _session;
};

}  // namespace nacre::tool
