#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

/// Passwords as Cassandra keeps them: bcrypt's "$2a$" hashes. They take tens of milliseconds of
/// CPU time on purpose: never on a shard's loop.
namespace nacre::auth {

/// The cost is two to the power of this; Cassandra's is 10.
inline constexpr std::uint32_t hash_rounds_log2_min = 4;
inline constexpr std::uint32_t hash_rounds_log2_default = 10;
/// About three seconds for one login.
inline constexpr std::uint32_t hash_rounds_log2_max = 16;

/// The hash of a password with a salt of its own. Only the first 72 bytes count.
[[nodiscard]] std::string hash_password(const std::string& password, std::uint32_t rounds_log2);

/// Whether this is the password's hash. Anything that is no hash, or one that would take too long,
/// matches nothing.
[[nodiscard]] bool matches_hash(const std::string& password, const std::string& hash);

/// Whether a text may stand as HASHED PASSWORD; the error is 0x2200.
[[nodiscard]] status check_hash(const std::string& hash);

}  // namespace nacre::auth
