#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

/// Where a function's code comes from: a source in the statement, or the digest of one that is
/// there already.
namespace nacre::catalog {

/// Larger sources are kept once a keyspace, however many functions come from them.
inline constexpr std::size_t own_source_bytes_max = 64 << 10;

/// What stands behind AS.
struct function_source {
    std::string digest;                       ///< "sha256:" and 64 hexadecimal digits, lower case
    std::shared_ptr<const std::string> text;  ///< null: only the digest was given
};

/// Whether the text is a digest in its canonical form, as it is stored.
[[nodiscard]] bool is_source_digest(std::string_view text);

/// "sha256:…" of a source.
[[nodiscard]] std::string source_digest(std::string_view source);

/// Reads the body of CREATE FUNCTION; takes a while for a large one. 0x2200 if it looks like a
/// digest and is none.
[[nodiscard]] result<function_source> read_source(const std::string& body);

}  // namespace nacre::catalog
