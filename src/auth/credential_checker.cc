#include "auth/credential_checker.h"

#include <openssl/crypto.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "auth/password.h"

namespace nacre::auth {

namespace {

error too_many() {
    return {error_code::overloaded,
            "Too many passwords are waiting to be checked, try again later"};
}

}  // namespace

struct credential_checker::attempt {
    explicit attempt(const boost::asio::any_io_executor& executor)
        : ended(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer ended;
    std::optional<result<bool>> outcome;
};

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
    const key id(role, digest);
    if (const auto running = _running.find(id); running != _running.end()) {
        const auto same = running->second;
        const auto whose = runtime::current_work();
        boost::system::error_code cancelled;
        if (!same->outcome) {
            co_await same->ended.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
            co_await runtime::come_back(whose);
        }
        co_return *same->outcome;
    }
    const auto own = std::make_shared<attempt>(co_await boost::asio::this_coro::executor);
    _running.emplace(id, own);
    own->outcome = co_await compare(password, hash, std::move(source));
    _running.erase(id);
    own->ended.cancel();
    if (*own->outcome && **own->outcome) _known.insert_or_assign(role, std::move(digest));
    co_return *own->outcome;
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
