#pragma once

#include <cstdint>
#include <limits>

#include "base/bytes.h"
#include "data/mutation.h"

namespace nacre::data {

/// A position in the ring: Cassandra's Murmur3Partitioner, so rows scan in the order in which
/// Cassandra's do.
struct token {
    std::int64_t value = 0;
    auto operator<=>(const token&) const = default;
};

inline constexpr token minimum_token{std::numeric_limits<std::int64_t>::min()};
inline constexpr token maximum_token{std::numeric_limits<std::int64_t>::max()};

/// Tokens greater than `after` and up to and including `up_to`. The whole ring: from
/// minimum_token (which no key has) to maximum_token.
struct token_range {
    token after = minimum_token;
    token up_to = maximum_token;
};

/// How many tokens are in a range; none if it ends before it begins.
[[nodiscard]] inline std::uint64_t width_of(const token_range& range) {
    if (range.after >= range.up_to) return 0;
    return static_cast<std::uint64_t>(range.up_to.value) -
           static_cast<std::uint64_t>(range.after.value);
}

/// The token of a serialised partition key (Murmur3 x64 128, first half, Cassandra's sign-extended
/// variant; Long.MIN_VALUE becomes Long.MAX_VALUE). The empty key, which is in no table but may
/// stand in token(''), has minimum_token.
[[nodiscard]] token token_of(bytes_view serialised_key);

/// The partition key as the protocol and token() see it: the value itself if there is one
/// component, otherwise each as <u16 length><bytes><0>.
[[nodiscard]] bytes serialise_partition_key(const partition_key& key);

}  // namespace nacre::data
