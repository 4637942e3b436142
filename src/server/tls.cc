#include "server/tls.h"

#include <fmt/format.h>

namespace nacre::server {

namespace {

namespace ssl = boost::asio::ssl;

error unusable(const std::filesystem::path& file, std::string_view what, std::string_view why) {
    return error(error_code::config_error,
                 fmt::format("{} can't be used as {}: {}", file.string(), what, why));
}

result<tls_identity::context_ptr> make_context(const tls_settings& settings) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code failure;
    context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                         ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION |
                         SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Connections that wait hold no buffers.
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    // Otherwise the library asks for a passphrase on the terminal.
    context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return ""; },
                                   failure);
    context->use_certificate_chain_file(settings.certificate.string(), failure);
    if (failure) {
        return unusable(settings.certificate, "the server's certificate", failure.message());
    }
    context->use_private_key_file(settings.key.string(), ssl::context::pem, failure);
    if (failure) return unusable(settings.key, "its key", failure.message());
    if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
        return unusable(settings.key, "its key", "it belongs to another certificate");
    }
    if (settings.client_authorities.empty()) return context;
    context->load_verify_file(settings.client_authorities.string(), failure);
    if (failure) {
        return unusable(settings.client_authorities, "authorities of clients", failure.message());
    }
    context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, failure);
    // Sessions of clients with certificates are resumed only within a named context.
    constexpr std::string_view name = "nacre";
    SSL_CTX_set_session_id_context(context->native_handle(),
                                   reinterpret_cast<const unsigned char*>(name.data()),
                                   static_cast<unsigned>(name.size()));
    return context;
}

}  // namespace

result<std::unique_ptr<tls_identity>> tls_identity::load(const tls_settings& settings) {
    std::unique_ptr<tls_identity> made(new tls_identity(settings));
    NACRE_CHECK(made->refresh());
    return made;
}

std::string tls_identity::state_of_files() const {
    std::string state;
    for (const auto* file :
         {&_settings.certificate, &_settings.key, &_settings.client_authorities}) {
        std::error_code absent;
        state += fmt::format(
            "{}:{};", std::filesystem::last_write_time(*file, absent).time_since_epoch().count(),
            std::filesystem::file_size(*file, absent));
    }
    return state;
}

status tls_identity::refresh() {
    auto state = state_of_files();
    if (state == _read_state) return {};
    // What can't be used is not tried, and told, again before it changes.
    _read_state = std::move(state);
    NACRE_TRY(auto made, make_context(_settings));
    _current.store(std::move(made));
    return {};
}

}  // namespace nacre::server
