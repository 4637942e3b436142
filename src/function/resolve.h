#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "function/registry.h"

namespace nacre::function {

/// How well an argument fits a parameter type.
enum class fit : std::uint8_t { none, weak, exact };

/// An argument as resolution sees it: a question for any parameter type, and the type itself where
/// it is known (a column, a call, a hint), which a bare literal or bind marker lacks.
struct argument {
    std::function<fit(const types::type&)> test;
    std::optional<types::type_ptr> known_type;
    std::string text;  ///< as in the statement, for errors
};

using resolved = std::variant<scalar_function_ptr, aggregate_function_ptr>;

/// Finds the function that a call means: an unqualified name is sought in `current_keyspace`, then
/// in "system". Exact matches win over assignable ones. `receiver`, if known, is the type that the
/// result must have and breaks ties. Errors are 0x2200 in Cassandra's words.
[[nodiscard]] result<resolved> resolve(const registry& functions,
                                       const std::optional<std::string>& keyspace,
                                       const std::string& name,
                                       const std::string& current_keyspace,
                                       const std::vector<argument>& arguments,
                                       const types::type* receiver);

/// Built-in functions whose type follows their arguments or place (toJson, tuple casts, min, max,
/// count, sum, avg, token, uuid, now, …) are registered by concrete overload; this adds them all.
void add_builtins(registry& functions);

}  // namespace nacre::function
