#include "main/connection_options.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "server/server.h"

namespace nacre {

namespace {

// Without showing what is typed.
std::string ask_password(const std::string& user) {
    fmt::print(stderr, "Password of {}: ", user);
    termios before{};
    tcgetattr(STDIN_FILENO, &before);
    auto hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &hidden);
    std::string typed;
    std::getline(std::cin, typed);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    fmt::print(stderr, "\n");
    return typed;
}

}  // namespace

std::shared_ptr<connection_options> connection_options::add_to(CLI::App& command) {
    auto made = std::make_shared<connection_options>();
    constexpr auto group = "Server";
    command.add_option("--contact", made->_contact, "Where the server listens [127.0.0.1:9042]")
        ->type_name("HOST[:PORT]")
        ->envname("NACRE_CONTACT")
        ->group(group);
    command.add_option("--user", made->_user, "Log in as")
        ->type_name("NAME")
        ->envname("NACRE_USER")
        ->group(group);
    command
        .add_option("--password", made->_password,
                    "The password; others see it on the command line, so better in the environment")
        ->type_name("TEXT")
        ->envname("NACRE_PASSWORD")
        ->group(group);
    command.add_flag("--tls", made->_is_encrypted, "Encrypt the connection")->group(group);
    command.add_option("--tls-ca", made->_tls.ca_file, "Who signed the server's certificate")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--tls-cert", made->_tls.certificate_file, "The client's own certificate")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--tls-key", made->_tls.key_file, "The key of that certificate")
        ->type_name("FILE")
        ->group(group);
    command.add_flag("--tls-insecure", made->_is_unverified, "Believe any certificate")
        ->group(group);
    command.add_option("--timeout", made->_timeout_s, "Seconds that a statement may take [60]")
        ->type_name("S")
        ->check(CLI::Range(1, 3600))
        ->group(group);
    return made;
}

result<client::endpoint> connection_options::server() const {
    const bool has_port = _contact.find(':') != std::string::npos;
    const auto parsed = server::endpoint::parse(has_port ? _contact : _contact + ":9042");
    if (!parsed) {
        return error(error_code::config_error,
                     fmt::format("--contact: {}", parsed.error().message()));
    }
    client::endpoint made;
    made.host = parsed->host;
    made.port = parsed->port;
    if (!_user.empty()) {
        made.user = _user;
        made.password = _password;
        if (_password.empty() && isatty(STDIN_FILENO) == 1) made.password = ask_password(_user);
    }
    const bool is_encrypted =
        _is_encrypted || _is_unverified || !_tls.ca_file.empty() || !_tls.certificate_file.empty();
    if (is_encrypted) {
        made.tls = _tls;
        made.tls->is_verified = !_is_unverified;
    }
    made.request_timeout = std::chrono::seconds(_timeout_s);
    return made;
}

}  // namespace nacre
