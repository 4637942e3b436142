#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "function/language.h"
#include "function/registry.h"
#include "runtime/blocking_pool.h"
#include "runtime/reclaimer.h"
#include "runtime/task.h"
#include "schema/snapshot.h"

namespace nacre::catalog {

using languages_by_name = std::map<std::string, std::shared_ptr<function::language>, std::less<>>;

/// The functions of one schema version, compiled. Immutable once made.
struct function_set {
    schema::snapshot_ptr schema;
    function::registry_ptr registry;  ///< built-ins included
};
using function_set_ptr = std::shared_ptr<const function_set>;

/// A function that was compiled ahead of the change that makes it.
struct compiled_function {
    schema::function_ptr definition;
    function::compiled_ptr code;
};

/// What a change of the schema means for the functions.
struct function_change {
    struct in_keyspace {
        std::string name;
        schema::keyspace_ptr now;  ///< null: it was dropped, with all in it
        // Names of which something changed, or a part of it.
        std::set<std::string, std::less<>> functions;
        std::set<std::string, std::less<>> aggregates;
    };
    std::vector<in_keyspace> keyspaces;
    std::vector<function::scalar_function_ptr> kept;
    std::vector<schema::function_ptr> wanted;  ///< to be compiled
};

/// Looks only at what `next` does not share with the schema of `previous` (null: there was none).
/// What `previous` and `created` hold need not be compiled. Any thread.
[[nodiscard]] function_change find_function_change(const function_set* previous,
                                                   const schema::snapshot& next,
                                                   const compiled_function& created);

/// How many functions are compiled at a time when there are many, as at start.
inline constexpr std::uint32_t concurrent_compilations_max = 4;

[[nodiscard]] runtime::task<result<function::compiled_ptr>> compile_function(
    const languages_by_name& languages, schema::function_ptr definition);

/// One that does not compile becomes code that answers every call with the reason. On one shard,
/// never blocks it.
[[nodiscard]] runtime::task<std::vector<function::compiled_ptr>> compile_functions(
    const languages_by_name& languages, const std::vector<schema::function_ptr>& wanted);

/// The functions of `next`; `code` is that of what the change wants. Puts aggregates together anew
/// whose parts changed, so that a replaced part reaches every aggregate. Any thread.
[[nodiscard]] function_set_ptr make_function_set(schema::snapshot_ptr next,
                                                 const function_set* previous,
                                                 function_change change,
                                                 std::vector<function::compiled_ptr> code,
                                                 runtime::reclaimer& garbage);

/// Finds, compiles and makes all of it. On one shard, never blocks it: what takes long is done by
/// `elsewhere`.
[[nodiscard]] runtime::task<function_set_ptr> build_functions(schema::snapshot_ptr next,
                                                              function_set_ptr previous,
                                                              const languages_by_name& languages,
                                                              runtime::blocking_pool& elsewhere,
                                                              runtime::reclaimer& garbage);

}  // namespace nacre::catalog
