#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "base/result.h"

namespace nacre::server {

/// Whether clients speak TLS. Where it is optional, both are served on one port, told apart by the
/// first byte: a frame of CQL never begins as a TLS handshake (22) does.
enum class tls_mode : std::uint8_t { off, optional, required };

struct tls_settings {
    tls_mode mode = tls_mode::off;
    std::filesystem::path certificate;  ///< PEM: the server's, then those between it and its root
    std::filesystem::path key;          ///< PEM, without a passphrase
    /// PEM: who signs clients' certificates. Not empty: clients need one.
    std::filesystem::path client_authorities;
};

/// The server's certificate and key, read from files that may be replaced while it runs. Any
/// thread, but `refresh`: one at a time, as it reads files.
class tls_identity {
  public:
    using context_ptr = std::shared_ptr<boost::asio::ssl::context>;

    /// The error names the file.
    [[nodiscard]] static result<std::unique_ptr<tls_identity>> load(const tls_settings& settings);

    [[nodiscard]] bool is_optional() const { return _settings.mode == tls_mode::optional; }
    /// For a new connection.
    [[nodiscard]] context_ptr current() const { return _current.load(); }
    /// Takes the files' new contents, if they changed. If those can't be used, the old ones stay.
    status refresh();

  private:
    explicit tls_identity(tls_settings settings) : _settings(std::move(settings)) {}

    [[nodiscard]] std::string state_of_files() const;

    const tls_settings _settings;
    std::string _read_state;
    std::atomic<context_ptr> _current;
};

}  // namespace nacre::server
