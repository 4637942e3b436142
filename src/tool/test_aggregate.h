#pragma once

#include "function/aggregate_function.h"
#include "tool/cases.h"
#include "tool/laboratory.h"
#include "tool/test_report.h"

namespace nacre::tool {

/// The tests of an aggregate: every case folded at once and, if it can merge, in pieces of every
/// division into two and in single rows, merged from either side. `blocks` are those of its name.
[[nodiscard]] result<test_report> test_aggregate(laboratory& place,
                                                 const function::aggregate_function& callee,
                                                 const std::vector<const case_block*>& blocks,
                                                 bool tries_edges);

}  // namespace nacre::tool
