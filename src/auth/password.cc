#include "auth/password.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

namespace nacre::auth {

namespace {

constexpr std::size_t setting_bytes = 7 + 22;  // "$2a$10$" and the salt

std::optional<std::uint32_t> rounds_of(std::string_view hash) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (hash.size() < setting_bytes || !hash.starts_with("$2a$") || hash[6] != '$' ||
        !is_digit(hash[4]) || !is_digit(hash[5])) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>((hash[4] - '0') * 10 + (hash[5] - '0'));
}

// Empty if the setting is none.
std::string crypted(const std::string& password, const std::string& setting) {
    const auto work = std::make_unique<crypt_data>();
    const auto* hash = crypt_r(password.c_str(), setting.c_str(), work.get());
    std::string made(hash != nullptr && *hash != '*' ? hash : "");
    OPENSSL_cleanse(work.get(), sizeof(crypt_data));
    return made;
}

}  // namespace

std::string hash_password(const std::string& password, std::uint32_t rounds_log2) {
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    // Without bytes of ours it takes the salt from the operating system.
    if (crypt_gensalt_rn("$2a$", rounds_log2, nullptr, 0, setting, sizeof(setting)) == nullptr) {
        std::abort();
    }
    return crypted(password, setting);
}

bool matches_hash(const std::string& password, const std::string& hash) {
    const auto rounds = rounds_of(hash);
    if (!rounds || *rounds < hash_rounds_log2_min || *rounds > hash_rounds_log2_max) return false;
    const auto made = crypted(password, hash);
    return made.size() == hash.size() && CRYPTO_memcmp(made.data(), hash.data(), hash.size()) == 0;
}

status check_hash(const std::string& hash) {
    const auto rounds = rounds_of(hash);
    constexpr std::uint32_t rounds_log2_known = 30;
    if (!rounds || *rounds < hash_rounds_log2_min || *rounds > rounds_log2_known) {
        return invalid("Invalid hashed password value. Please use jBcrypt.");
    }
    if (*rounds > hash_rounds_log2_max) {
        return invalid(
            "Invalid hashed password value: its cost of 2^{} would take too long at every login, "
            "2^{} is the highest",
            *rounds, hash_rounds_log2_max);
    }
    return {};
}

}  // namespace nacre::auth
