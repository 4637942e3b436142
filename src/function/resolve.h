#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "function/registry.h"

namespace nacre::function {

/// Finds the function that a call means: an unqualified name is sought in `current_keyspace`, then
/// in "system". Exact matches win over assignable ones. `receiver`, if known, is the type that the
/// result must have and breaks ties. Errors are 0x2200 in Cassandra's words.
[[nodiscard]] result<resolved> resolve(const registry& functions,
                                       const std::optional<std::string>& keyspace,
                                       const std::string& name, const std::string& current_keyspace,
                                       const std::vector<argument>& arguments,
                                       const types::type_ptr& receiver);

/// Whether there is any function of the name that resolve() would find.
[[nodiscard]] bool is_known(const registry& functions, const std::optional<std::string>& keyspace,
                            const std::string& name, const std::string& current_keyspace);

/// "system.f : (int, text) -> bigint", as errors list candidates.
[[nodiscard]] std::string describe(const function_signature& signature);

/// Adds every built-in function and aggregate (keyspace "system").
void add_builtins(registry& functions);

}  // namespace nacre::function
