#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "types/decimal.h"

namespace nacre::types {

/// The exact sum of decimals. A term costs no more than its own length, however far its scale is
/// from those before: terms are brought to one scale when the total is wanted.
class decimal_sum {
  public:
    /// The error is 0x2200: the sum is too long, or its terms are further apart than
    /// shift_digits_max. The sum is then of no use.
    [[nodiscard]] status add(const decimal& term);
    /// At the largest scale of all terms, and at least 0. May be longer than number_bytes_max by
    /// the digits of shift_digits_max and of how many terms there were.
    [[nodiscard]] decimal total() const;

  private:
    // So that the partial sums take little memory and are brought together in little time.
    static constexpr std::size_t partial_sums_max = 256;

    std::map<std::int32_t, varint> _sum_by_scale;  ///< not zero
    std::int32_t _scale = 0;                       ///< the largest, also of terms that are zero
};

}  // namespace nacre::types
