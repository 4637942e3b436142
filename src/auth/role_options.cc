#include "auth/role_options.h"

#include "auth/password.h"

namespace nacre::auth {

status check_password_options(const cql::role_options& options) {
    if (options.password && options.hashed_password) {
        return syntax_error("Options 'password' and 'hashed password' are mutually exclusive");
    }
    if (options.generated_password) {
        return invalid("Generated passwords are not supported: give the password");
    }
    if (options.password && options.password->find('\0') != std::string::npos) {
        return invalid("A password can't contain NUL(\\0): no client could log in with it");
    }
    if (options.hashed_password) return check_hash(*options.hashed_password);
    return {};
}

status check_role_options(const cql::option_map& options) {
    if (options.empty()) return {};
    return invalid("There is no option '{}' of a role", options.front().first);
}

}  // namespace nacre::auth
