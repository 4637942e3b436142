#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "client/endpoint.h"

namespace nacre {

/// How a command of the tool is told which server it works with.
class connection_options {
  public:
    /// Adds the options to a command, which has to be parsed before `server` is asked.
    static std::shared_ptr<connection_options> add_to(CLI::App& command);

    /// Asks for the password on the terminal if there is a name but no password.
    [[nodiscard]] result<client::endpoint> server() const;

  private:
    std::string _contact = "127.0.0.1:9042";
    std::string _user;
    std::string _password;
    client::tls_options _tls;
    bool _is_encrypted = false;
    bool _is_unverified = false;
    std::uint32_t _timeout_s = 60;
};

}  // namespace nacre
