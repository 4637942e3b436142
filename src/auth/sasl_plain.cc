#include "auth/sasl_plain.h"

#include <utf8.h>

#include <optional>

namespace nacre::auth {

namespace {

error refused(const char* why) {
    return {error_code::bad_credentials, why};
}

}  // namespace

result<credentials> read_sasl_plain(const optional_bytes& token) {
    // Passwords end after 72 bytes; nobody needs more than this.
    constexpr std::size_t token_bytes_max = 64 << 10;
    const bytes_view whole = token ? bytes_view(*token) : bytes_view();
    if (whole.size() > token_bytes_max) return refused("The credentials are too long");
    std::optional<std::string> role;
    std::optional<std::string> password;
    auto end = whole.size();
    for (auto i = whole.size(); i-- > 0;) {
        if (whole[i] != '\0') continue;
        std::string part(whole.substr(i + 1, end - i - 1));
        if (!password) {
            password = std::move(part);
        } else if (!role) {
            role = std::move(part);
        } else {
            return refused(
                "Credential format error: username or password is empty or contains NUL(\\0) "
                "character");
        }
        end = i;
    }
    if (!password || password->empty()) return refused("Password must not be null");
    if (!role || role->empty()) return refused("Authentication ID must not be null");
    // It stands in errors and lists, which are text.
    return credentials{utf8::replace_invalid(*role), std::move(*password)};
}

}  // namespace nacre::auth
