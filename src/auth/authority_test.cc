#include "auth/authority.h"

#include <gtest/gtest.h>

#include "auth/store.h"
#include "catalog/catalog_fixture.h"

// The roles of a server without the server: what statements do, on every shard and after a restart.
namespace nacre::auth {
namespace {

using runtime::run_blocking;
using runtime::task;

class authority_test : public catalog::catalog_test {
  protected:
    authority_test() { begin(); }
    ~authority_test() override { end(); }

    void begin() {
        authority::options options;
        options.shards = &_shards;
        options.store = _store.get();
        options.schema = _catalog.get();
        options.authenticator = authority::authentication::password;
        options.authorizer = authority::authorization::roles;
        options.hash_rounds_log2 = hash_rounds_log2_min;
        auto opened = run_blocking(_shards.at(0), [&] { return open(options); });
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        _roles = std::move(*opened);
    }
    void end() {
        run_blocking(_shards.at(0), [this] { return _roles->stop(); });
        _roles.reset();
    }

    /// "ok", the warnings or the error.
    std::string as(const std::string& role, const std::string& password, std::string_view text) {
        const auto who = log_in(role, password);
        if (!who) return who.error().message();
        const auto statement = cql::parse(text);
        if (!statement) return statement.error().message();
        const auto outcome = run_blocking(_shards.at(1), [&]() -> task<result<role_outcome>> {
            const auto principal = _roles->principal_of(&*who);
            co_return co_await _roles->execute(*statement, *principal, "");
        });
        if (!outcome) return outcome.error().message();
        return outcome->warnings.empty() ? "ok" : outcome->warnings.front();
    }
    std::string as_superuser(std::string_view text) { return as("cassandra", "cassandra", text); }

    result<login> log_in(const std::string& role, const std::string& password) {
        bytes token;
        for (const auto& part : {role, password}) token += '\0' + part;
        return run_blocking(_shards.at(1), [&] { return _roles->log_in(token, "127.0.0.1"); });
    }

    bool may(const std::string& role, permission what, const resource& on, std::uint32_t shard) {
        return run_blocking(_shards.at(shard), [&]() -> task<bool> {
            const login who{role, std::make_shared<runtime::account>(role)};
            co_return _roles->principal_of(&who)->may(what, on);
        });
    }

    directory stored() {
        return *run_blocking(_shards.at(0), [this] { return read_directory(*_store); });
    }

    std::unique_ptr<authority> _roles;
};

TEST_F(authority_test, first_start_makes_a_superuser_and_later_ones_do_not) {
    EXPECT_TRUE(log_in("cassandra", "cassandra"));
    EXPECT_EQ(as_superuser("CREATE ROLE boss WITH PASSWORD = 'x' AND LOGIN = true AND "
                           "SUPERUSER = true"),
              "ok");
    EXPECT_EQ(as("boss", "x", "DROP ROLE cassandra"), "ok");
    end();
    begin();
    EXPECT_FALSE(log_in("cassandra", "cassandra"));
    EXPECT_TRUE(log_in("boss", "x"));
}

TEST_F(authority_test, logins_are_refused_in_cassandras_words) {
    as_superuser("CREATE ROLE r WITH PASSWORD = 'x'");
    const auto refused = [&](const char* role, const char* password) {
        const auto outcome = log_in(role, password);
        EXPECT_FALSE(outcome);
        EXPECT_EQ(outcome.error().code(), error_code::bad_credentials);
        return outcome.error().message();
    };
    EXPECT_EQ(refused("cassandra", "x"),
              "Provided username cassandra and/or password are incorrect");
    EXPECT_EQ(refused("nobody", "x"), "Provided username nobody and/or password are incorrect");
    EXPECT_EQ(refused("r", "x"), "r is not permitted to log in");
    EXPECT_EQ(refused("r", "y"), "Provided username r and/or password are incorrect");
    const auto figures = _roles->logins();
    EXPECT_EQ(figures.refused, 4);
    EXPECT_EQ(figures.succeeded, 1);
}

TEST_F(authority_test, new_password_ends_the_old_one) {
    as_superuser("CREATE ROLE r WITH PASSWORD = 'x' AND LOGIN = true");
    EXPECT_TRUE(log_in("r", "x"));
    EXPECT_EQ(as("r", "x", "ALTER ROLE r WITH PASSWORD = 'y'"), "ok");
    EXPECT_FALSE(log_in("r", "x"));
    EXPECT_TRUE(log_in("r", "y"));
}

TEST_F(authority_test, granted_roles_bring_their_permissions_at_once_on_every_shard) {
    run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
        "'replication_factor': 1}");
    run("CREATE TABLE ks.t (k int PRIMARY KEY)");
    const auto table = resource::table("ks", "t");
    as_superuser("CREATE ROLE outer");
    as_superuser("CREATE ROLE inner");
    as_superuser("CREATE ROLE r WITH LOGIN = true");
    EXPECT_EQ(as_superuser("GRANT SELECT ON ks.t TO inner"), "ok");
    EXPECT_EQ(as_superuser("GRANT inner TO outer"), "ok");
    for (std::uint32_t shard : {0, 1}) {
        EXPECT_FALSE(may("r", permission::select, table, shard));
    }
    EXPECT_EQ(as_superuser("GRANT outer TO r"), "ok");
    for (std::uint32_t shard : {0, 1}) {
        EXPECT_TRUE(may("r", permission::select, table, shard));
        EXPECT_FALSE(may("r", permission::modify, table, shard));
    }
    EXPECT_EQ(as_superuser("REVOKE inner FROM outer"), "ok");
    for (std::uint32_t shard : {0, 1}) {
        EXPECT_FALSE(may("r", permission::select, table, shard));
    }
    EXPECT_EQ(as_superuser("GRANT outer TO inner"), "ok");
    EXPECT_EQ(as_superuser("GRANT inner TO outer"), "inner is a member of outer");
}

TEST_F(authority_test, what_it_knows_is_what_is_stored) {
    run("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', "
        "'replication_factor': 1}");
    as_superuser("CREATE ROLE g");
    as_superuser(
        "CREATE ROLE r WITH LOGIN = true AND HASHED PASSWORD = "
        "'$2a$10$RY28xaajUc.VVBllvE/WeOMNQmA6tFsuWuCdS9kRzbwWakJZsBBEm'");
    as_superuser("GRANT g TO r");
    as_superuser("GRANT SELECT, MODIFY ON KEYSPACE ks TO r");
    as_superuser("REVOKE MODIFY ON KEYSPACE ks FROM r");
    as_superuser("ADD IDENTITY 'spiffe://r' TO ROLE r");
    const auto kept = stored();
    const auto r = kept.find("r");
    ASSERT_TRUE(r);
    EXPECT_TRUE(r->can_login);
    EXPECT_EQ(r->member_of, (std::set<std::string, std::less<>>{"g"}));
    EXPECT_EQ(*r->grants.find("data/ks"), permission_set{permission::select});
    EXPECT_EQ(*kept.identities().find("spiffe://r"), "r");
    EXPECT_EQ(as_superuser("DROP ROLE g"), "ok");
    EXPECT_EQ(as_superuser("DROP ROLE r"), "ok");
    const auto left = stored();
    EXPECT_EQ(left.roles().size(), 1);
    EXPECT_TRUE(left.identities().empty());
    EXPECT_TRUE(left.find("cassandra")->grants.empty()) << "of roles that are gone";
}

TEST_F(authority_test, whoever_writes_the_tables_himself_is_heard) {
    as_superuser("CREATE ROLE r WITH PASSWORD = 'x' AND LOGIN = true");
    auto changed = stored();
    auto r = *changed.find("r");
    r.can_login = false;
    const auto before = changed;
    changed.put(r);
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    run_blocking(_shards.at(0), [&]() -> task<void> {
        EXPECT_TRUE(co_await _store->apply(difference(before, changed, now + 1'000'000)));
        EXPECT_TRUE(co_await _roles->reload());
    });
    EXPECT_FALSE(log_in("r", "x"));
}

TEST_F(authority_test, many_changes_at_once_lose_none) {
    const auto statements = [](int i) { return fmt::format("CREATE ROLE r{}", i); };
    const auto who = log_in("cassandra", "cassandra");
    const auto create = [&](std::string text) -> task<status> {
        const auto statement = cql::parse(text);
        const auto principal = _roles->principal_of(&*who);
        NACRE_CO_TRY(const auto done, co_await _roles->execute(*statement, *principal, ""));
        (void)done;
        co_return status();
    };
    std::atomic<int> done = 0;
    const auto several = [&](int from) -> task<void> {
        for (int i = from; i < from + 20; ++i) {
            EXPECT_TRUE(co_await create(statements(i)));
            ++done;
        }
    };
    for (int each = 0; each < 5; ++each) _shards.at(each % 2).spawn(several(each * 20));
    while (done < 100) std::this_thread::yield();
    EXPECT_EQ(stored().roles().size(), 101);
}

}  // namespace
}  // namespace nacre::auth
