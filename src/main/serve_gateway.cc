#include <spdlog/spdlog.h>

#include "auth/authority.h"
#include "catalog/live_tables.h"
#include "cluster/client.h"
#include "cluster/remote_store.h"
#include "gateway/authority.h"
#include "gateway/cluster_catalog.h"
#include "gateway/engine.h"
#include "main/cluster_metrics.h"
#include "main/live_system_tables.h"
#include "main/serve.h"
#include "main/serving.h"
#include "main/version.h"
#include "query/engine.h"
#include "runtime/shard.h"

namespace nacre {

namespace {

// The same after every restart, so that drivers know it again; nothing is kept for it.
uuid host_id_of(const configuration& config) {
    return uuid::from_name("gateway " + config.listen.to_string());
}

bool lets_clients_log_in(const configuration& config) {
    return config.cluster.clients_act_as == cluster_settings::authentication::pass;
}

// Null if nobody logs in.
result<std::unique_ptr<gateway::cluster_authority>> open_roles(const configuration& config,
                                                               runtime::shard_group& shards,
                                                               cluster::client_ptr cluster,
                                                               gateway::cluster_catalog& schema) {
    if (!lets_clients_log_in(config)) return std::unique_ptr<gateway::cluster_authority>();
    using std::chrono::milliseconds;
    gateway::cluster_authority::options options;
    options.shards = &shards;
    options.cluster = std::move(cluster);
    options.account = config.cluster.client.user;
    options.schema = &schema;
    options.users_max = config.cluster.users_max;
    options.user_idle = milliseconds(config.cluster.user_idle_ms);
    options.validity = milliseconds(config.cluster.permissions_validity_ms);
    return runtime::run_blocking(shards.at(0),
                                 [&options] { return gateway::open_authority(options); });
}

// Better no gateway than one that lets everybody in although it was told not to.
status check_logins(const configuration& config) {
    if (config.authenticator != auth::authority::authentication::allow_all) {
        return error(error_code::config_error,
                     "a gateway keeps no roles of its own (authenticator: password); with "
                     "cluster_authentication: pass clients log in to the cluster");
    }
    if (lets_clients_log_in(config) && config.cluster.client.user.empty()) {
        return error(error_code::config_error,
                     "cluster_authentication: pass needs cluster_user, as whom the gateway itself "
                     "reads the schema and roles and keeps functions");
    }
    return {};
}

}  // namespace

status serve_gateway(const configuration& config) {
    NACRE_CHECK(check_logins(config));
    const auto stops = block_stop_signals();
    NACRE_CHECK(prepare_directory(config.data_directory));
    NACRE_TRY(const auto host, function_host::make(config));
    runtime::shard_group shards(shard_count_of(config), shares_of(config));
    const auto memory =
        std::make_shared<runtime::memory_account>(config.clients.request_memory_bytes_max);
    cluster::figures figures(shards.loops());
    NACRE_TRY(const auto cluster, cluster::connect(config.cluster.client, {*memory, figures}));

    if (lets_clients_log_in(config)) {
        NACRE_CHECK(runtime::run_blocking(shards.at(0),
                                          [&cluster] { return gateway::check_logs_in(cluster); }));
    }
    const auto rows = cluster::make_remote_store(shards, *cluster, figures);
    catalog::live_tables tables(*rows);
    gateway::cluster_catalog::options options;
    options.shards = &shards;
    options.cluster = cluster.get();
    options.languages = host->languages(config.functions);
    options.functions_max = config.sandbox.functions_max;
    options.replication = config.cluster.replication;
    options.unused_source_age = std::chrono::seconds(config.cluster.unused_source_s);
    options.node = {.host_id = host_id_of(config),
                    .listen_address = config.listen.host,
                    .native_port = config.listen.port,
                    .cluster_name = {},
                    .data_center = config.cluster.client.data_center,
                    .rack = {},
                    .release_version = {}};
    NACRE_TRY(const auto schema,
              runtime::run_blocking(shards.at(0), [&options] { return gateway::open(options); }));
    NACRE_TRY(const auto roles, open_roles(config, shards, cluster, *schema));
    auto query_options = config.queries;
    query_options.roles = roles.get();
    const auto here = query::make_engine(shards, *schema, tables, query_options);
    const auto engine = gateway::make_gateway_engine(shards, *schema, cluster, *here, roles.get());
    schema->on_change([&host](const schema::change& change) {
        if (runtime::this_shard().id() == 0) host->note(change);
    });
    auto server_options = server_options_of(config, *host);
    server_options.memory = memory;
    server_options.collectables.push_back(
        make_cluster_metrics(*cluster, figures, *schema, roles.get()));
    const auto server =
        server::make_server(shards, *engine, *schema, std::move(server_options), roles.get());
    schema->on_topology([&server](protocol::event what) { server->publish(std::move(what)); });
    provide_system_tables(tables, {config, *schema, *engine, *server, host->functions(), shards});
    schema->provide_tables(tables);
    auto started = server->start();
    if (started) {
        runtime::run_blocking(shards.at(0), [&schema] { return schema->announce(); });
        spdlog::info(
            "nacre {} is ready as a gateway to {} nodes: CQL on {}, metrics on http://{}/metrics, "
            "{} shards",
            version, cluster->current_nodes().known, server->listening().to_string(),
            server->metrics_listening().to_string(), shards.size());
        wait_for_stop(stops);
    }
    if (roles) runtime::run_blocking(shards.at(0), [&roles] { return roles->stop(); });
    runtime::run_blocking(shards.at(0), [&server] { return server->stop(); });
    runtime::run_blocking(shards.at(0), [&schema] { return schema->stop(); });
    host->sandbox().stop();
    shards.stop();
    if (started) spdlog::info("stopped");
    return started;
}

}  // namespace nacre
