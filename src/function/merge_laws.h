#pragma once

#include <string>
#include <vector>

#include "function/aggregate_parts.h"

namespace nacre::function {

/// Looks for samples that break what a REDUCEFUNC r should keep to, so that a fold may be shared
/// out, where s, a, b, c are states folded from samples of the arguments:
///
///   identity       r(INITCOND, s) = s and r(s, INITCOND) = s
///   associativity  r(r(a, b), c) = r(a, r(b, c))
///   split          a fold over some rows = r(fold over the first, fold over the rest)
///
/// States that differ count as equal if the FINALFUNC makes the same of them; floating point is
/// compared to nine digits. Answers one text for each law that was found broken, "identity,
/// r(…) = s: of …". No answer proves nothing. Ends without one where a function fails on a sample
/// or `until` says so.
[[nodiscard]] runtime::task<std::vector<std::string>> find_broken_merge_laws(
    const aggregate_parts& parts, runtime::cancellation_ptr until);

/// Whether two serialised values are equal, floating point (also inside) to some digits.
[[nodiscard]] bool nearly_equal(const types::type& t, const optional_bytes& left,
                                const optional_bytes& right);

}  // namespace nacre::function
