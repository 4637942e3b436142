#pragma once

#include <vector>

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::catalog {

/// What may stand behind WITH in CREATE AGGREGATE. It says how this statement is carried out, and
/// is not kept.
inline constexpr std::string_view check_merge_laws_option = "check_merge_laws";

/// The error names an option that does not exist, or a value that it can't have.
[[nodiscard]] status check_aggregate_options(const std::vector<cql::property>& properties);

/// Whether the REDUCEFUNC is to be tried on samples; of options that were checked.
[[nodiscard]] bool wants_law_check(const std::vector<cql::property>& properties);

}  // namespace nacre::catalog
