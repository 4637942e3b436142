#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "function/language.h"
#include "function/registry.h"
#include "runtime/task.h"
#include "schema/snapshot.h"

namespace nacre::catalog {

using languages_by_name = std::map<std::string, std::shared_ptr<function::language>, std::less<>>;

/// The functions of one schema version, compiled. Immutable once made.
struct function_set {
    function::registry_ptr registry;  ///< built-ins included
    std::map<schema::function_ptr, function::scalar_function_ptr> scalars;
    std::vector<schema::aggregate_ptr> aggregates;
};
using function_set_ptr = std::shared_ptr<const function_set>;

/// How many functions are compiled at a time when there are many, as at start.
inline constexpr std::uint32_t concurrent_compilations_max = 4;

/// Compiles what `previous` (may be null) does not hold already, and puts aggregates together anew
/// from their parts, so that a replaced part reaches every aggregate. On one shard, never blocks
/// it. Fails only if `created` does not compile; another function that does not is kept, and
/// answers every call with the reason.
[[nodiscard]] runtime::task<result<function_set_ptr>> build_functions(
    const schema::snapshot& schema, function_set_ptr previous, const languages_by_name& languages,
    schema::function_ptr created);

}  // namespace nacre::catalog
