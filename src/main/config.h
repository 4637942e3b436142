#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authority.h"
#include "base/limits.h"
#include "base/result.h"
#include "cluster/client.h"
#include "query/engine.h"
#include "runtime/scheduler.h"
#include "server/server.h"
#include "udf/observation_options.h"

namespace nacre {

/// A gateway's part of the settings: the cluster behind it.
struct cluster_settings {
    cluster::client_options client;
    /// A CQL map: of the keyspace `nacre`, when it is created. Empty: three copies in each data
    /// centre, if there are three nodes.
    std::string replication;

    /// As whom clients act: all as the service account, or each as who logs in.
    enum class authentication : std::uint8_t { service, pass };
    authentication clients_act_as = authentication::service;
    std::uint32_t unused_source_s = 3'600;          ///< how old sources without a function get
    std::uint32_t users_max = 256;                  ///< who act through this gateway at once
    std::uint32_t user_idle_ms = 60'000;            ///< until what nobody uses is closed
    std::uint32_t permissions_validity_ms = 2'000;  ///< of what is known of logins and roles
};

/// Everything that `nacre serve` can be told. Defaults, overridden by the configuration file,
/// overridden by the command line.
struct configuration {
    std::filesystem::path data_directory = "./data";
    server::endpoint listen{"127.0.0.1", 9042};
    server::endpoint metrics{"127.0.0.1", 9180};
    std::uint32_t shards = 0;  ///< 0: one per core
    std::string log_level = "info";
    std::string cluster_name = "nacre";

    std::uint32_t request_timeout_ms = 60'000;
    server::client_limits clients;
    server::tls_settings tls;

    auth::authority::authentication authenticator = auth::authority::authentication::allow_all;
    auth::authority::authorization authorizer = auth::authority::authorization::allow_all;
    std::uint32_t password_hash_rounds_log2 = auth::hash_rounds_log2_default;
    /// Made at the first start that finds no role, if clients have to log in.
    std::string initial_superuser = "cassandra";
    std::string initial_superuser_password = "cassandra";

    /// How a busy shard's time is divided (runtime::scheduling_shares).
    std::uint32_t shares_points = runtime::default_shares[1];
    std::uint32_t shares_scans = runtime::default_shares[2];
    std::uint32_t shares_functions = runtime::default_shares[3];

    query::engine_options queries;
    /// Without contact points: the data is in the data directory.
    cluster_settings cluster;

    std::uint64_t block_cache_bytes = 512ull << 20;
    bool sync_every_write = false;  ///< fsync before acknowledging: for power loss, not for kill -9

    function_limits functions;
    function_limits function_ceilings = default_function_ceilings();
    sandbox_limits sandbox;
    udf::observation_options observation;
};

/// "HOST[:PORT],…" by its parts.
[[nodiscard]] std::vector<std::string> contact_points(std::string_view text);

/// Reads a YAML file over `config`. A key that does not exist, or a value of the wrong kind, is an
/// error that names the file and the key.
[[nodiscard]] status read_configuration(const std::filesystem::path& file, configuration& config);

/// Every setting by the name that it has in the file, with its value.
[[nodiscard]] std::map<std::string, std::string> settings_of(configuration config);

}  // namespace nacre
