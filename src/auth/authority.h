#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/listing.h"
#include "auth/password.h"
#include "auth/principal.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "catalog/change_companion.h"
#include "cql/ast.h"
#include "runtime/account.h"
#include "runtime/shard.h"
#include "storage/table_store.h"

namespace nacre::auth {

/// A client that has logged in.
struct login {
    std::string role;
    runtime::account_ptr account;
    /// As whom the client uses a store that knows users; null: as the server.
    std::shared_ptr<storage::identity> identity;
};

/// Where a login comes from, what happened to it: figures for the metrics page.
struct login_figures {
    std::uint64_t succeeded = 0;
    std::uint64_t refused = 0;      ///< wrong, or not permitted
    std::uint64_t turned_away = 0;  ///< too many at once
};

/// What a statement about roles gives.
struct role_outcome {
    std::optional<listing> rows;  ///< of LIST
    std::vector<std::string> warnings;
};

/// Who may do what: the roles, durable and the same on every shard, and the logins. One per
/// process. Changes are made one at a time on shard 0, written to system_auth, published to every
/// shard, then answered.
class authority {
  public:
    enum class authentication : std::uint8_t { allow_all, password };
    enum class authorization : std::uint8_t { allow_all, roles };

    struct options {
        runtime::shard_group* shards = nullptr;
        storage::table_store* store = nullptr;
        catalog::catalog* schema = nullptr;
        authentication authenticator = authentication::allow_all;
        authorization authorizer = authorization::allow_all;
        /// Of new passwords.
        std::uint32_t hash_rounds_log2 = hash_rounds_log2_default;
        /// The superuser that a server without any role makes itself.
        std::string first_superuser = "cassandra";
        std::string first_password = "cassandra";
    };

    virtual ~authority() = default;

    [[nodiscard]] virtual bool requires_login() const = 0;

    /// What is known of a client now, on this shard; null for one that did not log in. Cheap, never
    /// suspends.
    [[nodiscard]] virtual principal_ptr principal_of(const login* who) = 0;

    /// Checks SASL PLAIN credentials. From any shard. The error is bad_credentials in Cassandra's
    /// words, or `overloaded`.
    [[nodiscard]] virtual runtime::task<result<login>> log_in(optional_bytes token,
                                                              std::string client_address) = 0;
    /// From any thread.
    [[nodiscard]] virtual login_figures logins() const = 0;

    /// Whether this is a statement for `execute`.
    [[nodiscard]] static bool is_role_statement(const cql::statement& statement);
    /// Executes a statement about roles or permissions; `who` and the statement outlive the call.
    /// From any shard.
    virtual runtime::task<result<role_outcome>> execute(const cql::statement& statement,
                                                        const principal& who,
                                                        std::string session_keyspace) = 0;

    /// What goes with a change of the schema that `who` makes: the permission to make it, looked
    /// at once more in its turn; what its maker is granted, what everybody loses. The references
    /// outlive it.
    [[nodiscard]] virtual std::unique_ptr<catalog::change_companion> companion(
        const principal& who, const cql::statement& statement,
        const std::string& session_keyspace) = 0;

    /// Somebody has written to the tables of system_auth himself: reads them again.
    virtual runtime::task<status> reload() = 0;

    /// Waits for changes in progress and refuses new ones.
    virtual runtime::task<void> stop() = 0;
};

/// Reads the roles, and makes the first superuser if logins are wanted and there is no role. On
/// shard 0.
[[nodiscard]] runtime::task<result<std::unique_ptr<authority>>> open(authority::options options);

}  // namespace nacre::auth
