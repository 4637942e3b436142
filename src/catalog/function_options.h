#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::catalog {

/// What the source calls the function, if that is not its CQL name.
inline constexpr const char* export_option = "export";
/// Whether its guests see the clocks and the random numbers of the machine: "true" or "false".
inline constexpr const char* real_time_option = "real_time";
inline constexpr const char* real_random_option = "real_random";

/// What CREATE FUNCTION ... WITH says, by name: the options above and limits of the function
/// (base/limits.h), whose values are checked by who enforces them. An unknown option is 0x2200,
/// which names it and those that there are.
[[nodiscard]] result<std::map<std::string, std::string>> read_function_options(
    const std::vector<cql::property>& properties);

}  // namespace nacre::catalog
