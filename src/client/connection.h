#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/rows.h"
#include "client/transport.h"
#include "protocol/frame_reader.h"
#include "protocol/request.h"
#include "protocol/response.h"

namespace nacre::client {

/// What a statement was answered.
struct answer {
    client::rows rows;
    std::vector<std::string> warnings;
};

/// A connection that has logged in. One request at a time, on any one thread.
class connection {
  public:
    [[nodiscard]] static result<std::unique_ptr<connection>> open(const endpoint& where);

    /// Executes a statement; `texts` are the values of its bind markers, which are of type text.
    /// All pages of the rows. The error is the server's own, or `unavailable`.
    [[nodiscard]] result<answer> execute(std::string statement,
                                         const std::vector<std::string>& texts = {});

    [[nodiscard]] const endpoint& where() const { return _where; }

  private:
    explicit connection(endpoint where) : _where(std::move(where)) {}
    status log_in();
    status authenticate(std::string_view authenticator);
    result<protocol::response> ask(const protocol::request& what);

    endpoint _where;
    std::unique_ptr<transport> _transport;
    protocol::frame_reader _reader{protocol::direction::response};
};

}  // namespace nacre::client
