#include <spdlog/spdlog.h>

#include "auth/authority.h"
#include "catalog/live_tables.h"
#include "cluster/client.h"
#include "cluster/remote_store.h"
#include "gateway/cluster_catalog.h"
#include "gateway/engine.h"
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

std::vector<std::string> names_of(
    const std::vector<std::shared_ptr<function::language>>& languages) {
    std::vector<std::string> names;
    for (const auto& each : languages) {
        for (const auto& name : each->names()) names.push_back(name);
    }
    return names;
}

// Better no gateway than one that lets everybody in although it was told not to.
status check_logins(const configuration& config) {
    if (config.authenticator == auth::authority::authentication::allow_all) return {};
    return error(error_code::config_error,
                 "a gateway knows no logins of clients (authenticator: password): the cluster sees "
                 "all of them as cluster_user");
}

}  // namespace

status serve_gateway(const configuration& config) {
    NACRE_CHECK(check_logins(config));
    const auto stops = block_stop_signals();
    NACRE_CHECK(prepare_directory(config.data_directory));
    NACRE_TRY(const auto host, function_host::make(config));
    runtime::shard_group shards(shard_count_of(config), shares_of(config));
    NACRE_TRY(const auto cluster, cluster::connect(config.cluster.client));

    const auto rows = cluster::make_remote_store(shards, *cluster);
    catalog::live_tables tables(*rows);
    gateway::cluster_catalog::options options;
    options.shards = &shards;
    options.cluster = cluster.get();
    options.languages = host->languages(config.functions);
    options.functions_max = config.sandbox.functions_max;
    options.replication = config.cluster.replication;
    options.node = {.host_id = host_id_of(config),
                    .listen_address = config.listen.host,
                    .native_port = config.listen.port,
                    .cluster_name = {},
                    .data_center = config.cluster.client.data_center,
                    .rack = {},
                    .release_version = {}};
    NACRE_TRY(const auto schema,
              runtime::run_blocking(shards.at(0), [&options] { return gateway::open(options); }));
    const auto here = query::make_engine(shards, *schema, tables, config.queries);
    const auto engine =
        gateway::make_gateway_engine(shards, *schema, *cluster, *here, names_of(options.languages));
    schema->on_change([&host](const schema::change& change) {
        if (runtime::this_shard().id() == 0) host->note(change);
    });
    const auto server =
        server::make_server(shards, *engine, *schema, server_options_of(config, *host));
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
    runtime::run_blocking(shards.at(0), [&server] { return server->stop(); });
    runtime::run_blocking(shards.at(0), [&schema] { return schema->stop(); });
    host->sandbox().stop();
    shards.stop();
    if (started) spdlog::info("stopped");
    return started;
}

}  // namespace nacre
