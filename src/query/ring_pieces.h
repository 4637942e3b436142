#pragma once

#include <cstdint>
#include <vector>

#include "data/token.h"

namespace nacre::query {

/// Pieces of a scan of the ring, in its order; each is a scan of its own.
using ring_piece = std::vector<data::token_range>;

/// What is left of a scan of `ranges` once everything up to `token` has been read.
[[nodiscard]] ring_piece ranges_after(const std::vector<data::token_range>& ranges,
                                      data::token token);

/// Tokens in all ranges together. Up to 2^64.
[[nodiscard]] double width_of(const std::vector<data::token_range>& ranges);

/// Takes about `width` tokens from the front of `ranges`, at least one if there are any.
[[nodiscard]] ring_piece take_front(std::vector<data::token_range>& ranges, double width);

/// Cuts the ranges into at most `count` pieces of the same width.
[[nodiscard]] std::vector<ring_piece> cut(std::vector<data::token_range> ranges,
                                          std::uint32_t count);

}  // namespace nacre::query
