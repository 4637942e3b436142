#include "auth/authority.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <spdlog/spdlog.h>

#include "auth/credential_checker.h"
#include "auth/directory.h"
#include "auth/known_principals.h"
#include "auth/resolve_resource.h"
#include "auth/role_change.h"
#include "auth/sasl_plain.h"
#include "auth/schema_access.h"
#include "auth/store.h"
#include "data/write_clock.h"
#include "runtime/gate.h"
#include "runtime/turn_queue.h"

namespace nacre::auth {

namespace {

using checks = principal::checks;

class durable_authority final : public authority {
  public:
    explicit durable_authority(options given)
        : _options(std::move(given)), _principals(*_options.shards) {
        if (requires_login()) _checker.emplace(_options.hash_rounds_log2);
    }

    runtime::task<status> load() {
        NACRE_CO_TRY(auto read, co_await read_directory(*_options.store));
        _known = std::make_shared<const directory>(std::move(read));
        co_await publish();
        if (!requires_login()) co_return status();
        if (_known->roles().empty()) NACRE_CO_CHECK(co_await make_first_superuser());
        co_await warn_of_known_password();
        co_return status();
    }

    bool requires_login() const override {
        return _options.authenticator == authentication::password;
    }

    principal_ptr principal_of(const login* who) override { return _principals.of(who); }

    runtime::task<result<login>> log_in(optional_bytes token, std::string address) override {
        auto outcome = co_await runtime::invoke_on(
            home(), [this, &token, &address] { return log_in_at_home(token, address); });
        auto& counter = outcome                                            ? _succeeded
                        : outcome.error().code() == error_code::overloaded ? _turned_away
                                                                           : _refused;
        ++counter;
        co_return outcome;
    }

    login_figures logins() const override { return {_succeeded, _refused, _turned_away}; }

    runtime::task<result<role_outcome>> execute(const cql::statement& statement,
                                                const principal& who,
                                                std::string session_keyspace) override {
        if (who.is_anonymous()) co_return login_needed();
        const auto schema = _options.schema->current()->schema;
        const listing_environment at{who, *schema, session_keyspace};
        if (auto listed = std::visit(lister{at}, statement)) {
            if (!*listed) co_return std::move(*listed).error();
            co_return role_outcome{std::move(**listed), {}};
        }
        co_return co_await runtime::invoke_on(home(), [&] {
            return change_at_home(statement, {who.name(), who.account()}, session_keyspace);
        });
    }

    std::unique_ptr<catalog::change_companion> companion(
        const principal& who, const cql::statement& statement,
        const std::string& session_keyspace) override;

    runtime::task<status> reload() override {
        co_return co_await runtime::invoke_on(home(), [this] { return reload_at_home(); });
    }

    runtime::task<void> stop() override {
        co_await runtime::invoke_on(home(), [this] { return stop_at_home(); });
    }

  private:
    friend class schema_companion;

    /// LIST statements; none for others.
    struct lister {
        const listing_environment& at;
        template <typename Statement>
        std::optional<result<listing>> operator()(const Statement& statement) const {
            if constexpr (requires { list(statement, at); }) {
                return list(statement, at);
            } else {
                return std::nullopt;
            }
        }
    };

    /// What a statement changes; nothing for statements about other things.
    struct planner {
        const role_environment& at;
        template <typename Statement>
        result<role_change> operator()(const Statement& statement) const {
            if constexpr (requires { plan(statement, at); }) {
                return plan(statement, at);
            } else {
                return role_change();
            }
        }
    };

    runtime::shard& home() { return _options.shards->at(0); }

    checks what_is_checked() const {
        return _options.authorizer == authorization::roles ? checks::permissions : checks::none;
    }

    // --- logins

    runtime::task<result<login>> log_in_at_home(const optional_bytes& token,
                                                const std::string& address) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        NACRE_CO_TRY(const auto given, read_sasl_plain(token));
        const auto found = _known->find(given.role);
        const auto hash = found ? found->salted_hash : std::string();
        NACRE_CO_TRY(const bool matches,
                     co_await _checker->matches(given.role, given.password, hash, address));
        const auto now = _known->find(given.role);
        if (!matches || !now || now->salted_hash != hash) {
            co_return error(
                error_code::bad_credentials,
                fmt::format("Provided username {} and/or password are incorrect", given.role));
        }
        if (!now->can_login) {
            co_return error(error_code::bad_credentials,
                            fmt::format("{} is not permitted to log in", given.role));
        }
        co_return login{given.role, _accounts.of(given.role)};
    }

    runtime::task<status> make_first_superuser() {
        role first;
        first.name = _options.first_superuser;
        first.can_login = true;
        first.is_superuser = true;
        NACRE_CO_TRY(first.salted_hash,
                     co_await _checker->hash(_options.first_password, "this server"));
        auto next = std::make_shared<directory>(*_known);
        next->put(first);
        NACRE_CO_CHECK(
            co_await _options.store->apply(difference(*_known, *next, _clock.next_us())));
        _known = std::move(next);
        co_await publish();
        spdlog::info("made the first superuser, '{}'", first.name);
        co_return status();
    }

    /// Says so loudly, at every start, as long as anybody can log in with what everybody knows.
    runtime::task<void> warn_of_known_password() {
        constexpr const char* known_to_all = "cassandra";
        const auto role = _known->find(known_to_all);
        if (!role || !role->can_login || role->salted_hash.empty()) co_return;
        const auto matches =
            co_await _checker->matches(role->name, known_to_all, role->salted_hash, "this server");
        if (!matches || !*matches) co_return;
        spdlog::warn(
            "ANYBODY CAN LOG IN AS THE {}ROLE 'cassandra': it still has the password 'cassandra'. "
            "Make a superuser of your own and disable this one: ALTER ROLE cassandra WITH "
            "LOGIN = false",
            _known->has_superuser_status(known_to_all) ? "SUPERUSER " : "");
    }

    // --- changes

    runtime::task<result<role_outcome>> change_at_home(const cql::statement& statement, login who,
                                                       const std::string& session_keyspace) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        std::string salted_hash;
        const auto* options = options_of(statement);
        if (options != nullptr && options->hashed_password) salted_hash = *options->hashed_password;
        if (options != nullptr && options->password && !options->hashed_password) {
            // Whoever may not do it shall not make the server work for it either.
            NACRE_CO_CHECK(plan_now(statement, who, session_keyspace, salted_hash));
            NACRE_CO_TRY(salted_hash, co_await _checker->hash(*options->password, who.role));
        }
        const auto turn = co_await _turns.enter();
        NACRE_CO_TRY(auto planned, plan_now(statement, who, session_keyspace, salted_hash));
        role_outcome outcome{std::nullopt, std::move(planned.warnings)};
        if (!planned.next) co_return outcome;
        auto next = std::make_shared<const directory>(*std::move(planned.next));
        NACRE_CO_CHECK(
            co_await _options.store->apply(difference(*_known, *next, _clock.next_us())));
        _known = std::move(next);
        co_await publish();
        co_return outcome;
    }

    static const cql::role_options* options_of(const cql::statement& statement) {
        if (const auto* create = std::get_if<cql::create_role_statement>(&statement)) {
            return &create->options;
        }
        const auto* alter = std::get_if<cql::alter_role_statement>(&statement);
        return alter == nullptr ? nullptr : &alter->options;
    }

    /// With what is known now, and not when the request began.
    result<role_change> plan_now(const cql::statement& statement, const login& who,
                                 const std::string& session_keyspace,
                                 const std::string& salted_hash) {
        const auto schema = _options.schema->current()->schema;
        const auto as = principal_of(&who);
        const role_environment at{as->known(), *as, *schema, session_keyspace, salted_hash};
        return std::visit(planner{at}, statement);
    }

    runtime::task<status> reload_at_home() {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        const auto turn = co_await _turns.enter();
        NACRE_CO_TRY(auto read, co_await read_directory(*_options.store));
        _known = std::make_shared<const directory>(std::move(read));
        co_await publish();
        co_return status();
    }

    runtime::task<void> stop_at_home() {
        if (_checker) _checker->stop();
        co_await _gate.close();
    }

    /// Makes `_known` what every shard knows.
    runtime::task<void> publish() { co_await _principals.publish(_known, what_is_checked()); }

    const options _options;
    known_principals _principals;
    std::atomic<std::uint64_t> _succeeded{0};
    std::atomic<std::uint64_t> _refused{0};
    std::atomic<std::uint64_t> _turned_away{0};

    // Shard 0's.
    directory_ptr _known;
    std::optional<credential_checker> _checker;
    runtime::accounts _accounts;
    runtime::gate _gate;
    runtime::turn_queue _turns;
    /// Leaves room for the deletions that go before a row.
    data::write_clock _clock{4};
};

class schema_companion final : public catalog::change_companion {
  public:
    schema_companion(durable_authority& owner, login who, const cql::statement& statement,
                     const std::string& session_keyspace)
        : _owner(owner),
          _who(std::move(who)),
          _statement(statement),
          _session_keyspace(session_keyspace) {}

    status check(const schema::snapshot& now) override {
        const auto as = _owner.principal_of(_who.account ? &_who : nullptr);
        return check_schema_access(*as, _statement, _session_keyspace, now);
    }

    runtime::task<std::vector<data::mutation>> begin(const schema::change& change,
                                                     const schema::snapshot& before,
                                                     const schema::snapshot& after) override {
        _turn.emplace(co_await _owner._turns.enter());
        auto next = *_owner._known;
        using kind = schema::change::kind;
        if (change.what == kind::dropped) revoke(next, change, before);
        if (change.what == kind::created) grant(next, change, after);
        auto writes = difference(*_owner._known, next, _owner._clock.next_us());
        if (!writes.empty()) _next = std::make_shared<const directory>(std::move(next));
        co_return writes;
    }

    runtime::task<void> end(outcome how) override {
        if (_next && how == outcome::published) {
            _owner._known = std::move(_next);
            co_await _owner.publish();
        }
        _turn.reset();
    }

  private:
    static void revoke(directory& roles, const schema::change& change,
                       const schema::snapshot& before) {
        if (change.on == schema::change::target::keyspace) {
            roles.revoke_all_in(change.keyspace);
        } else if (const auto gone = resource_of(change, before)) {
            roles.revoke_all_on(gone->name());
        }
    }

    void grant(directory& roles, const schema::change& change, const schema::snapshot& after) {
        if (_owner.what_is_checked() == checks::none || !_who.account) return;
        const auto made = resource_of(change, after);
        if (!made) return;
        grant_all(roles, _who.role, *made);
        if (change.on == schema::change::target::keyspace) {
            grant_all(roles, _who.role, resource::functions(change.keyspace));
        }
    }

    durable_authority& _owner;
    login _who;
    const cql::statement& _statement;
    const std::string& _session_keyspace;
    std::optional<runtime::turn_queue::turn> _turn;
    directory_ptr _next;
};

std::unique_ptr<catalog::change_companion> durable_authority::companion(
    const principal& who, const cql::statement& statement, const std::string& session_keyspace) {
    return std::make_unique<schema_companion>(*this, login{who.name(), who.account()}, statement,
                                              session_keyspace);
}

struct is_about_roles {
    template <typename Statement>
    bool operator()(const Statement& statement) const {
        return requires(const role_environment& at) { plan(statement, at); } ||
               requires(const listing_environment& at) { list(statement, at); };
    }
};

}  // namespace

bool authority::is_role_statement(const cql::statement& statement) {
    return std::visit(is_about_roles(), statement);
}

runtime::task<result<std::unique_ptr<authority>>> open(authority::options options) {
    auto made = std::make_unique<durable_authority>(std::move(options));
    NACRE_CO_CHECK(co_await made->load());
    co_return made;
}

}  // namespace nacre::auth
