#pragma once

#include "function/scalar_function.h"
#include "tool/cases.h"
#include "tool/laboratory.h"
#include "tool/test_report.h"

namespace nacre::tool {

/// The tests of a function of rows. `blocks` are those of its name.
[[nodiscard]] result<test_report> test_scalar(laboratory& place,
                                              const function::scalar_function& callee,
                                              const std::vector<const case_block*>& blocks,
                                              bool tries_edges);

}  // namespace nacre::tool
