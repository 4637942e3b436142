#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::catalog {

/// What the source calls the function, if that is not its CQL name.
inline constexpr const char* export_option = "export";

/// What CREATE FUNCTION ... WITH says, by name: `export` and limits of the function
/// (base/limits.h), whose values are checked by who enforces them. An unknown option is 0x2200,
/// which names it and those that there are.
[[nodiscard]] result<std::map<std::string, std::string>> read_function_options(
    const std::vector<cql::property>& properties);

}  // namespace nacre::catalog
