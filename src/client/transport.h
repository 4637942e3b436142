#pragma once

#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "client/endpoint.h"

namespace nacre::client {

/// Bytes to and from a server, over TCP or TLS. One thread at a time; every call waits, but for no
/// longer than the endpoint's timeouts. After an error it is only fit for destruction. Errors are
/// `unavailable` and name the server.
class transport {
  public:
    virtual ~transport() = default;
    virtual status write(bytes_view data) = 0;
    /// Some bytes, at least one.
    virtual result<std::size_t> read(std::span<char> room) = 0;
};

[[nodiscard]] result<std::unique_ptr<transport>> connect_transport(const endpoint& where);

}  // namespace nacre::client
