#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::auth {

struct credentials {
    std::string role;
    std::string password;
};

/// Reads the token of SASL PLAIN (RFC 4616): an identity to act as, which is passed over, the role
/// and the password, each behind a zero but the first. The error is bad_credentials, in Cassandra's
/// words.
[[nodiscard]] result<credentials> read_sasl_plain(const optional_bytes& token);

}  // namespace nacre::auth
