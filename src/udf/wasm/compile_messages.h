#pragma once

#include <optional>

#include "base/bytes.h"

/// What the server and the process that compiles for it say to each other, over one socket: a
/// message is its size as eight bytes and then that many bytes. Both are the same program.
namespace nacre::udf::wasm {

/// Compile `source` into the file `target`, sealed for `key`.
struct compile_request {
    std::string key;
    std::string target;
    bytes_view source;
};

[[nodiscard]] bytes encode(const compile_request& request);
/// Borrows from `message`.
[[nodiscard]] std::optional<compile_request> decode(bytes_view message);

/// The answer to a request is empty if the file is there, else why not, as CREATE FUNCTION's error.

/// Blocks; false: the other side has gone, or `deadline_ms` of CLOCK_MONOTONIC has passed.
[[nodiscard]] bool send_message(int socket, bytes_view message, std::int64_t deadline_ms);
[[nodiscard]] std::optional<bytes> receive_message(int socket, std::int64_t deadline_ms);
inline constexpr std::int64_t no_deadline = INT64_MAX;
[[nodiscard]] std::int64_t monotonic_ms();

}  // namespace nacre::udf::wasm
