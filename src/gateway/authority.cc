#include "gateway/authority.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "auth/known_principals.h"
#include "auth/resolve_resource.h"
#include "auth/role_change.h"
#include "auth/schema_access.h"
#include "gateway/cluster_roles.h"
#include "gateway/logins.h"
#include "runtime/gate.h"
#include "runtime/turn_queue.h"

namespace nacre::gateway {

namespace {

using auth::directory;
using auth::directory_ptr;
using auth::login;
using auth::principal;
using auth::principal_ptr;
using auth::role_outcome;

using clock = std::chrono::steady_clock;

/// How long a role is believed that can't be read any more.
constexpr std::chrono::seconds believed_max{30};
/// How often it is looked for grants of roles that are gone.
constexpr std::chrono::seconds sweep_interval{30};

struct known_role {
    std::optional<auth::role> now;  ///< none: there is no such role
    clock::time_point read_at;
};
using known_roles = std::map<std::string, known_role>;

directory directory_of(const known_roles& roles, const function_grants& grants) {
    directory made;
    for (const auto& [name, each] : roles) {
        if (!each.now) continue;
        auto role = *each.now;
        if (const auto own = grants.find(name); own != grants.end()) {
            for (const auto& [resource, permissions] : own->second) {
                auto all = permissions;
                if (const auto* others = role.grants.find(resource)) all.add(*others);
                role.grants.insert_or_assign(resource, all);
            }
        }
        made.put(std::move(role));
    }
    return made;
}

bool same(const directory& left, const directory& right) {
    bool differs = false;
    persistent_map<std::string, auth::role_ptr>::difference(
        left.roles(), right.roles(),
        [&](const std::string&, const auth::role_ptr* had, const auth::role_ptr* has) {
            differs = differs || had == nullptr || has == nullptr || !(**had == **has);
        });
    return !differs;
}

/// What a statement changes of what a role was granted on functions.
std::vector<grant_change> changes_of(const std::string& name, const directory& before,
                                     const directory& after) {
    std::vector<grant_change> changes;
    persistent_map<std::string, auth::permission_set>::difference(
        before.find(name)->grants, after.find(name)->grants,
        [&](const std::string& resource, const auth::permission_set*,
            const auth::permission_set* has) {
            changes.push_back({name, resource, has == nullptr ? auth::permission_set() : *has});
        });
    return changes;
}

/// Of GRANT and REVOKE of permissions.
struct grantee_of {
    template <typename Statement>
    std::optional<std::string> operator()(const Statement& statement) const {
        if constexpr (requires { statement.permissions, statement.role; }) {
            return statement.role;
        } else {
            return std::nullopt;
        }
    }
};

struct grant_planner {
    const auth::role_environment& at;
    template <typename Statement>
    result<auth::role_change> operator()(const Statement& statement) const {
        if constexpr (requires { statement.permissions, statement.role; }) {
            return plan(statement, at);
        } else {
            return auth::role_change();
        }
    }
};

class cluster_companion;

class cluster_authority_impl final : public cluster_authority {
  public:
    explicit cluster_authority_impl(options given)
        : _options(std::move(given)),
          _principals(*_options.shards),
          _tables(*_options.cluster),
          _logins({_options.cluster, _options.users_max, _options.user_idle, _options.validity}) {}

    runtime::task<status> load() {
        NACRE_CO_CHECK(co_await _tables.open(_options.account));
        _checks = _tables.checks_permissions() ? principal::checks::own : principal::checks::none;
        _options.schema->on_grants([this] { return publish(); });
        co_await publish();
        runtime::this_shard().spawn(watch(std::move(*_gate.enter())));
        co_return status();
    }

    bool requires_login() const override { return true; }

    principal_ptr principal_of(const login* who) override { return _principals.of(who); }

    runtime::task<result<login>> log_in(optional_bytes token, std::string address) override {
        auto outcome = co_await runtime::invoke_on(
            home(), [&, this] { return log_in_at_home(std::move(token), std::move(address)); });
        auto& counter = outcome                                                 ? _succeeded
                        : outcome.error().code() == error_code::bad_credentials ? _refused
                                                                                : _turned_away;
        ++counter;
        co_return outcome;
    }

    auth::login_figures logins() const override { return {_succeeded, _refused, _turned_away}; }
    std::uint64_t users() const override { return _logins.open(); }

    runtime::task<result<role_outcome>> execute(const cql::statement& statement,
                                                const principal& who,
                                                std::string session_keyspace) override {
        if (who.is_anonymous()) co_return auth::login_needed();
        const auto grantee = std::visit(grantee_of(), statement);
        if (!grantee) co_return server_error("Roles are the cluster's to change");
        const login as{who.name(), who.account(), nullptr};
        co_return co_await runtime::invoke_on(home(), [&, this] {
            return change_at_home(statement, *grantee, as, session_keyspace);
        });
    }

    std::unique_ptr<catalog::change_companion> companion(
        const principal& who, const cql::statement& statement,
        const std::string& session_keyspace) override;

    runtime::task<status> reload() override {
        co_return co_await runtime::invoke_on(home(), [this] { return reload_at_home(); });
    }

    runtime::task<result<auth::listing>> list_own(const cql::list_permissions_statement& statement,
                                                  std::string session_keyspace) override {
        co_return co_await runtime::invoke_on(
            home(), [&, this] { return list_at_home(statement, session_keyspace); });
    }

    runtime::task<status> forget_role(std::string name) override {
        co_return co_await runtime::invoke_on(home(), [&, this] { return forget_at_home(name); });
    }

    runtime::task<void> stop() override {
        co_await runtime::invoke_on(home(), [this]() -> runtime::task<void> {
            _stopping = true;
            _logins.stop();
            co_await _gate.close();
        });
    }

  private:
    friend class cluster_companion;

    runtime::shard& home() { return _options.shards->at(0); }

    runtime::task<result<login>> log_in_at_home(optional_bytes token, std::string address) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        NACRE_CO_TRY(auto made, co_await _logins.enter(std::move(token), std::move(address)));
        const auto known = _roles.find(made.role);
        if (known == _roles.end() || clock::now() - known->second.read_at > _options.validity) {
            const auto turn = co_await _turns.enter();
            NACRE_CO_CHECK(co_await read({made.role}, _roles));
            co_await publish();
        }
        co_return made;
    }

    // --- roles

    /// Reads roles and those that were granted to them. One that can't be read is believed for a
    /// while longer; the error is of such a one.
    runtime::task<status> read(std::set<std::string> names, known_roles& into) {
        status outcome;
        std::set<std::string> done;
        while (!names.empty()) {
            const auto name = names.extract(names.begin()).value();
            if (!done.insert(name).second) continue;
            auto found = co_await _tables.read(name);
            const auto now = clock::now();
            if (found) {
                into.insert_or_assign(name, known_role{*std::move(found), now});
            } else {
                outcome = found.error();
                const auto known = into.find(name);
                if (known == into.end()) continue;
                if (now - known->second.read_at > believed_max) known->second.now.reset();
            }
            const auto& role = into.find(name)->second.now;
            if (role) names.insert(role->member_of.begin(), role->member_of.end());
        }
        co_return outcome;
    }

    runtime::task<status> reload_at_home() {
        const auto turn = co_await _turns.enter();
        known_roles next = _roles;
        const auto outcome = co_await read(_logins.active(), next);
        // Who has logged out is not asked for any more.
        const auto oldest = clock::now() - believed_max;
        std::erase_if(next, [&](const auto& each) { return each.second.read_at < oldest; });
        _roles = std::move(next);
        co_await publish();
        co_return outcome;
    }

    runtime::task<void> watch(runtime::gate::holder) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        auto sweep_at = clock::now() + sweep_interval;
        bool failing = false;
        while (!_stopping) {
            timer.expires_after(std::min(_options.validity, std::chrono::milliseconds(500)));
            boost::system::error_code ignored;
            co_await timer.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
            if (_stopping) break;
            _logins.close_idle();
            if (clock::now() - _reloaded_at < _options.validity) continue;
            _reloaded_at = clock::now();
            auto seen = co_await reload_at_home();
            if (seen && clock::now() >= sweep_at) {
                sweep_at = clock::now() + sweep_interval;
                seen = co_await sweep();
            }
            if (!seen && !failing) {
                spdlog::warn("the cluster's roles can't be read: {}", seen.error().message());
            }
            failing = !seen;
        }
    }

    /// Makes what is known what every shard knows.
    runtime::task<void> publish() {
        const auto turn = co_await _publications.enter();
        auto next = directory_of(_roles, *_options.schema->grants());
        const auto& known = _principals.directory_here();
        if (known && same(*known, next)) co_return;
        co_await _principals.publish(std::make_shared<const directory>(std::move(next)), _checks);
    }

    // --- grants on functions

    runtime::task<result<role_outcome>> change_at_home(const cql::statement& statement,
                                                       const std::string& grantee, login who,
                                                       const std::string& session_keyspace) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        auto roles = _roles;
        NACRE_CO_CHECK(co_await read({who.role, grantee}, roles));
        role_outcome outcome;
        const auto plan_now = [&](const function_grants& now) -> result<std::vector<grant_change>> {
            const auto known = std::make_shared<const directory>(directory_of(roles, now));
            const principal as(who.role, known, _checks, who.account);
            const auto schema = _options.schema->current()->schema;
            const std::string no_hash;
            const auth::role_environment at{*known, as, *schema, session_keyspace, no_hash};
            NACRE_TRY(auto planned, std::visit(grant_planner{at}, statement));
            outcome.warnings = std::move(planned.warnings);
            if (!planned.next) return std::vector<grant_change>();
            return changes_of(grantee, *known, *planned.next);
        };
        NACRE_CO_CHECK(co_await _options.schema->change_grants(plan_now));
        co_return outcome;
    }

    runtime::task<result<auth::listing>> list_at_home(
        const cql::list_permissions_statement& statement, const std::string& session_keyspace) {
        known_roles roles;
        if (statement.of) NACRE_CO_CHECK(co_await read({*statement.of}, roles));
        const auto grants = _options.schema->grants();
        // Whether the client may see them the cluster has judged; only the gateways' are wanted.
        for (auto& [name, each] : roles) {
            if (each.now) each.now->grants = {};
        }
        for (const auto& [name, each] : *grants) {
            if (statement.of) break;
            roles[name].now.emplace().name = name;
        }
        const auto known = std::make_shared<const directory>(directory_of(roles, *grants));
        auth::role all;
        all.name = "";
        all.is_superuser = true;
        auto with_all = *known;
        with_all.put(all);
        const principal as(all.name, std::make_shared<const directory>(std::move(with_all)),
                           principal::checks::permissions, nullptr);
        co_return auth::list(statement,
                             {as, *_options.schema->current()->schema, session_keyspace});
    }

    runtime::task<status> forget_at_home(const std::string& name) {
        const auto remove = [&name](const function_grants& now) {
            std::vector<grant_change> gone;
            const auto found = now.find(name);
            if (found == now.end()) return result<std::vector<grant_change>>(std::move(gone));
            for (const auto& [resource, permissions] : found->second) {
                gone.push_back({name, resource, {}});
            }
            return result<std::vector<grant_change>>(std::move(gone));
        };
        co_return co_await _options.schema->change_grants(remove);
    }

    /// Roles that somebody dropped past the gateways.
    runtime::task<status> sweep() {
        const auto grants = _options.schema->grants();
        for (const auto& [name, resources] : *grants) {
            NACRE_CO_TRY(const auto found, co_await _tables.read(name));
            if (!found) NACRE_CO_CHECK(co_await forget_at_home(name));
        }
        co_return status();
    }

    const options _options;
    auth::known_principals _principals;
    principal::checks _checks = principal::checks::own;
    std::atomic<std::uint64_t> _succeeded{0};
    std::atomic<std::uint64_t> _refused{0};
    std::atomic<std::uint64_t> _turned_away{0};

    // Shard 0's.
    cluster_roles _tables;
    class logins _logins;
    known_roles _roles;
    clock::time_point _reloaded_at;
    runtime::gate _gate;
    runtime::turn_queue _turns;
    runtime::turn_queue _publications;
    bool _stopping = false;
};

class cluster_companion final : public catalog::change_companion {
  public:
    cluster_companion(cluster_authority_impl& owner, login who, const cql::statement& statement,
                      const std::string& session_keyspace)
        : _owner(owner),
          _who(std::move(who)),
          _statement(statement),
          _session_keyspace(session_keyspace) {}

    status check(const schema::snapshot& now) override {
        return check_schema_access(*_owner.principal_of(&_who), _statement, _session_keyspace, now);
    }
    runtime::task<std::vector<data::mutation>> begin(const schema::change&, const schema::snapshot&,
                                                     const schema::snapshot&) override {
        co_return std::vector<data::mutation>();
    }
    std::optional<std::string> maker() const override {
        if (_owner._checks == principal::checks::none) return std::nullopt;
        return _who.role;
    }
    runtime::task<void> end(outcome) override { co_return; }

  private:
    cluster_authority_impl& _owner;
    login _who;
    const cql::statement& _statement;
    const std::string& _session_keyspace;
};

std::unique_ptr<catalog::change_companion> cluster_authority_impl::companion(
    const principal& who, const cql::statement& statement, const std::string& session_keyspace) {
    return std::make_unique<cluster_companion>(*this, login{who.name(), who.account(), nullptr},
                                               statement, session_keyspace);
}

}  // namespace

runtime::task<status> check_logs_in(cluster::client_ptr cluster) {
    const auto nobody = "nacre_" + uuid::random().to_string();
    const auto allowed = co_await cluster->check_login(nobody, nobody);
    if (!allowed && allowed.error().code() == error_code::bad_credentials) co_return status();
    if (!allowed) co_return allowed;
    co_return error(error_code::config_error,
                    "cluster_authentication: pass needs a cluster whose clients log in, and this "
                    "one let in a user that does not exist: is its authenticator "
                    "AllowAllAuthenticator?");
}

runtime::task<result<std::unique_ptr<cluster_authority>>> open_authority(
    cluster_authority::options options) {
    auto made = std::make_unique<cluster_authority_impl>(std::move(options));
    NACRE_CO_CHECK(co_await made->load());
    co_return std::unique_ptr<cluster_authority>(std::move(made));
}

}  // namespace nacre::gateway
