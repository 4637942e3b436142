#include "auth/credential_checker.h"

#include <openssl/crypto.h>

#include "auth/password.h"

namespace nacre::auth {

namespace {

error too_many() {
    return {error_code::overloaded,
            "Too many passwords are waiting to be checked, try again later"};
}

}  // namespace

credential_checker::credential_checker(std::uint32_t rounds_log2) : _rounds_log2(rounds_log2) {}

bytes credential_checker::digest_of(const std::string& password, const std::string& hash) const {
    // The hash has no zeros in it and is of one length, so that the two can't be confused.
    return _digests.of(hash + '\0' + password);
}

runtime::task<result<bool>> credential_checker::matches(std::string role, std::string password,
                                                        std::string hash, std::string source) {
    auto digest = digest_of(password, hash);
    const auto known = _known.find(role);
    if (known != _known.end() && known->second.size() == digest.size() &&
        CRYPTO_memcmp(known->second.data(), digest.data(), digest.size()) == 0) {
        co_return true;
    }
    co_return co_await _running.run(key(role, digest), [&]() -> runtime::task<result<bool>> {
        NACRE_CO_TRY(const bool match, co_await compare(password, hash, std::move(source)));
        if (match) _known.insert_or_assign(role, std::move(digest));
        co_return match;
    });
}

runtime::task<result<bool>> credential_checker::compare(const std::string& password,
                                                        const std::string& hash,
                                                        std::string source) {
    const auto turn = co_await _turns.enter(std::move(source));
    if (!turn) co_return too_many();
    co_return co_await _thread.run([this, &password, &hash] {
        if (!hash.empty()) return matches_hash(password, hash);
        if (_decoy.empty()) _decoy = hash_password("", _rounds_log2);
        (void)matches_hash(password, _decoy);
        return false;
    });
}

runtime::task<result<std::string>> credential_checker::hash(std::string password,
                                                            std::string source) {
    const auto turn = co_await _turns.enter(std::move(source));
    if (!turn) co_return too_many();
    co_return co_await _thread.run(
        [this, &password] { return hash_password(password, _rounds_log2); });
}

}  // namespace nacre::auth
