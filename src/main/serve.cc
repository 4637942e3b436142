#include "main/serve.h"

#include <fstream>

#include <spdlog/spdlog.h>

#include "auth/authority.h"
#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "main/live_system_tables.h"
#include "main/serving.h"
#include "main/storage_metrics.h"
#include "main/version.h"
#include "query/engine.h"
#include "runtime/blocking_pool.h"
#include "runtime/shard.h"
#include "storage/rocks/rocks_store.h"

namespace nacre {

namespace {

constexpr std::uint32_t storage_threads = 4;

// This server's identity, made once and kept beside the data.
result<uuid> host_id_of(const std::filesystem::path& data_directory) {
    const auto file = data_directory / "host_id";
    std::string text;
    if (std::ifstream in(file); in >> text) {
        if (const auto id = uuid::parse(text)) return *id;
        return server_error("{} does not hold a UUID", file.string());
    }
    const auto id = uuid::random();
    std::ofstream out(file);
    out << id.to_string() << '\n';
    out.close();
    if (!out) return server_error("can't write {}", file.string());
    return id;
}

}  // namespace

status serve(const configuration& config) {
    const auto stops = block_stop_signals();
    NACRE_CHECK(prepare_directory(config.data_directory));

    runtime::blocking_pool storage_pool(storage_threads, runtime::blocking_pool::priority::normal);
    storage::rocks_options storage_options;
    storage_options.path = (config.data_directory / "rows").string();
    storage_options.blocking = &storage_pool;
    storage_options.block_cache_bytes = config.block_cache_bytes;
    if (config.sync_every_write) storage_options.sync = storage::sync_mode::always;
    NACRE_TRY(const auto store, storage::open_rocks_store(storage_options));
    catalog::live_tables tables(*store);
    NACRE_TRY(const auto host_id, host_id_of(config.data_directory));

    NACRE_TRY(const auto host, function_host::make(config));
    runtime::shard_group shards(shard_count_of(config), shares_of(config));

    catalog::catalog::options catalog_options;
    catalog_options.shards = &shards;
    catalog_options.store = &tables;
    catalog_options.languages = host->languages(config.functions);
    catalog_options.functions_max = config.sandbox.functions_max;
    catalog_options.node = {.host_id = host_id,
                            .listen_address = config.listen.host,
                            .native_port = config.listen.port,
                            .cluster_name = config.cluster_name,
                            .release_version = std::string(cassandra_version)};
    NACRE_TRY(const auto schema, runtime::run_blocking(shards.at(0), [&catalog_options] {
                  return catalog::open(catalog_options);
              }));
    host->sandbox().delete_unused_artefacts();
    NACRE_TRY(const auto roles, runtime::run_blocking(shards.at(0), [&] {
                  return auth::open({.shards = &shards,
                                     .store = &tables,
                                     .schema = schema.get(),
                                     .authenticator = config.authenticator,
                                     .authorizer = config.authorizer,
                                     .hash_rounds_log2 = config.password_hash_rounds_log2,
                                     .first_superuser = config.initial_superuser,
                                     .first_password = config.initial_superuser_password});
              }));
    auto query_options = config.queries;
    query_options.roles = roles.get();
    const auto engine = query::make_engine(shards, *schema, tables, query_options);

    schema->on_change([&host](const schema::change& change) {
        if (runtime::this_shard().id() == 0) host->note(change);
    });
    auto server_options = server_options_of(config, *host);
    server_options.collectables.push_back(make_storage_metrics(*store));
    const auto server =
        server::make_server(shards, *engine, *schema, std::move(server_options), roles.get());
    provide_system_tables(tables, {config, *schema, *engine, *server, host->functions(), shards});
    auto started = server->start();
    if (started) {
        spdlog::info(
            "nacre {} is ready: CQL on {}, metrics on http://{}/metrics, {} shards, data in {}",
            version, server->listening().to_string(), server->metrics_listening().to_string(),
            shards.size(), config.data_directory.string());
        wait_for_stop(stops);
    }
    runtime::run_blocking(shards.at(0), [&roles] { return roles->stop(); });
    runtime::run_blocking(shards.at(0), [&server] { return server->stop(); });
    runtime::run_blocking(shards.at(0), [&schema] { return schema->stop(); });
    host->sandbox().stop();
    auto closed = runtime::run_blocking(shards.at(0), [&store] { return store->close(); });
    storage_pool.stop();
    shards.stop();
    if (!started) return started;
    if (closed) spdlog::info("stopped");
    return closed;
}

}  // namespace nacre
