#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nacre::client {

/// How a connection is encrypted and who the server has to be.
struct tls_options {
    std::string ca_file;           ///< PEM; empty: what the system trusts
    std::string certificate_file;  ///< the client's own, PEM; empty: none
    std::string key_file;          ///< of that certificate, PEM; empty: in the same file
    bool is_verified = true;       ///< false: whoever answers is believed
};

/// Where to connect, and as whom.
struct endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9042;
    std::optional<std::string> user;
    std::string password;
    std::optional<tls_options> tls;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds request_timeout{60'000};

    [[nodiscard]] std::string to_string() const { return host + ":" + std::to_string(port); }
};

}  // namespace nacre::client
