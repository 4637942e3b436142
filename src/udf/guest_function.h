#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "schema/function.h"
#include "udf/function_statistics.h"

namespace nacre::udf {

/// A user function as the sandbox knows it while it runs: whose fault an error is, who is charged,
/// and what it may use. Immutable apart from the counters; shared by all its instances.
struct guest_function {
    schema::function_ptr definition;
    function_statistics_ptr statistics;
    function_limits limits;

    /// "execution of 'ks.f[bigint]' failed: {reason}", code function_failure, with its fields.
    [[nodiscard]] error failure(std::string_view reason) const;
};

}  // namespace nacre::udf
