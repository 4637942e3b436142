#include "gateway/logins.h"

#include <algorithm>
#include <utility>

#include "auth/sasl_plain.h"

namespace nacre::gateway {

runtime::task<result<auth::login>> logins::enter(optional_bytes token, std::string address) {
    NACRE_CO_TRY(auto given, auth::read_sasl_plain(token));
    const key who(given.role, _digests.of(given.password));
    NACRE_CO_TRY(auto found,
                 co_await client_for(who, std::move(given.password), std::move(address)));
    co_return auth::login{given.role, _accounts.of(given.role), std::move(found)};
}

runtime::task<result<cluster::client_ptr>> logins::client_for(const key& who, std::string password,
                                                              std::string address) {
    const auto known = _users.find(who);
    if (known != _users.end() && clock::now() - known->second.checked_at < _options.validity) {
        co_return known->second.acts_through;
    }
    co_return co_await _running.run(who, [&] { return check(who, password, std::move(address)); });
}

runtime::task<result<cluster::client_ptr>> logins::check(const key& who,
                                                         const std::string& password,
                                                         std::string address) {
    const auto turn = co_await _turns.enter(std::move(address));
    if (!turn) {
        co_return error(error_code::overloaded,
                        "Too many logins are waiting to be checked, try again later");
    }
    const auto allowed = co_await _options.cluster->check_login(who.first, password);
    if (!allowed) {
        if (allowed.error().code() == error_code::bad_credentials) forget(who);
        co_return allowed.error();
    }
    const auto known = _users.find(who);
    if (known != _users.end()) {
        known->second.checked_at = known->second.used_at = clock::now();
        co_return known->second.acts_through;
    }
    NACRE_CO_TRY(auto opened, co_await _options.cluster->open_as(who.first, password));
    NACRE_CO_CHECK(make_room());
    const auto now = clock::now();
    _users.emplace(who, user{opened, now, now});
    _open = _users.size();
    co_return opened;
}

void logins::forget(const key& who) {
    const auto known = _users.find(who);
    if (known == _users.end()) return;
    _left.emplace_back(who.first, known->second.acts_through);
    _users.erase(known);
    _open = _users.size();
}

// Who has no connections goes first, the longest unused before the others.
status logins::make_room() {
    if (_users.size() < _options.users_max) return {};
    auto oldest = _users.end();
    for (auto each = _users.begin(); each != _users.end(); ++each) {
        if (each->second.acts_through.use_count() > 1) continue;
        if (oldest == _users.end() || each->second.used_at < oldest->second.used_at) oldest = each;
    }
    if (oldest == _users.end()) {
        return error(error_code::overloaded,
                     fmt::format("{} users are logged in to this gateway, which is as many as "
                                 "cluster_users_max allows; use another gateway",
                                 _users.size()));
    }
    _users.erase(oldest);
    return {};
}

std::set<std::string> logins::active() const {
    std::set<std::string> roles;
    for (const auto& [who, each] : _users) {
        if (each.acts_through.use_count() > 1) roles.insert(who.first);
    }
    for (const auto& [role, each] : _left) {
        if (!each.expired()) roles.insert(role);
    }
    return roles;
}

void logins::close_idle() {
    const auto now = clock::now();
    for (auto& [who, each] : _users) {
        if (each.acts_through.use_count() > 1) each.used_at = now;
    }
    std::erase_if(_users,
                  [&](const auto& each) { return now - each.second.used_at > _options.idle; });
    std::erase_if(_left, [](const auto& each) { return each.second.expired(); });
    _open = _users.size();
}

}  // namespace nacre::gateway
