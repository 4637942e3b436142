#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "function/language.h"
#include "function/registry.h"
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

/// How many functions are compiled at a time when there are many, as at start.
inline constexpr std::uint32_t concurrent_compilations_max = 4;

[[nodiscard]] runtime::task<result<function::compiled_ptr>> compile_function(
    const languages_by_name& languages, schema::function_ptr definition);

/// Compiles what `previous` (may be null) and `created` do not hold already, and puts aggregates
/// together anew whose parts changed, so that a replaced part reaches every aggregate. Looks only
/// at keyspaces that the two schemas do not share. On one shard, never blocks it. Another function
/// than `created` that does not compile is kept, and answers every call with the reason.
[[nodiscard]] runtime::task<function_set_ptr> build_functions(schema::snapshot_ptr schema,
                                                              function_set_ptr previous,
                                                              const languages_by_name& languages,
                                                              compiled_function created);

}  // namespace nacre::catalog
