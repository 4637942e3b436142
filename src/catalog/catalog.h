#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/change_companion.h"
#include "cql/ast.h"
#include "function/language.h"
#include "function/registry.h"
#include "runtime/shard.h"
#include "schema/snapshot.h"
#include "storage/table_store.h"

namespace nacre::catalog {

/// Who this server is, as system.local tells it.
struct node_info {
    uuid host_id;
    std::string listen_address;  ///< an IP address
    std::uint16_t native_port = 9042;
    std::string cluster_name = "nacre";
    std::string data_center = "datacenter1";
    std::string rack = "rack1";
    std::string release_version;  ///< the Cassandra version whose CQL this is, "5.0.8"
};

/// The schema and its functions at one version, consistent with each other.
struct published {
    schema::snapshot_ptr schema;
    function::registry_ptr functions;
};
using published_ptr = std::shared_ptr<const published>;

/// What a DDL statement did: nothing (IF NOT EXISTS), or a change to tell the client and the
/// listeners, and warnings for the client.
struct ddl_outcome {
    std::optional<schema::change> change;
    std::vector<std::string> warnings;
};

/// The durable, versioned schema. One per process. Changes are serialised on shard 0, written to
/// the system_schema tables before they are published, and published to every shard before the
/// statement is answered.
class catalog {
  public:
    struct options {
        runtime::shard_group* shards = nullptr;
        storage::table_store* store = nullptr;
        std::vector<std::shared_ptr<function::language>> languages;
        node_info node;
        std::uint64_t functions_max = sandbox_limits().functions_max;
    };

    virtual ~catalog() = default;

    /// The current version on this shard; cheap, never suspends.
    [[nodiscard]] virtual published_ptr current() const = 0;

    /// Who this server is.
    [[nodiscard]] virtual const node_info& node() const = 0;

    /// Executes a CREATE, ALTER or DROP; `statement` is one of the schema statements of
    /// cql::statement. `session_keyspace` may be empty. From any shard. `companion` may be null.
    virtual runtime::task<result<ddl_outcome>> execute(const cql::statement& statement,
                                                       std::string session_keyspace,
                                                       change_companion* companion = nullptr) = 0;

    /// Called on every shard, after the change is visible there. Set before serving.
    using listener = std::function<void(const schema::change&)>;
    virtual void on_change(listener call) = 0;

    /// Waits for changes in progress and refuses new ones.
    virtual runtime::task<void> stop() = 0;
};

/// Reads the schema from `store` (creating the system tables in an empty one), compiles the
/// functions, publishes. Runs on shard 0.
[[nodiscard]] runtime::task<result<std::unique_ptr<catalog>>> open(catalog::options options);

}  // namespace nacre::catalog
