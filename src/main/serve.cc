#include "main/serve.h"

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include <spdlog/spdlog.h>

#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "catalog/resolve_type.h"
#include "main/function_metrics.h"
#include "main/guest_log.h"
#include "main/languages.h"
#include "main/live_system_tables.h"
#include "main/sandbox_metrics.h"
#include "main/version.h"
#include "query/engine.h"
#include "runtime/blocking_pool.h"
#include "runtime/shard.h"
#include "storage/rocks/rocks_store.h"
#include "udf/capture_store.h"
#include "udf/wasm/engine.h"

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

status prepare_directory(const std::filesystem::path& directory) {
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure) {
        return server_error("can't create the data directory {}: {}", directory.string(),
                            failure.message());
    }
    if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        return server_error("can't write to the data directory {}: {}", directory.string(),
                            std::generic_category().message(errno));
    }
    return {};
}

// Statistics of functions that no longer exist.
void forget_dropped(udf::statistics_registry& functions, const schema::change& change) {
    using target = schema::change::target;
    if (change.what != schema::change::kind::dropped) return;
    if (change.on != target::function && change.on != target::keyspace) return;
    functions.forget(change.keyspace, [&](const udf::statistics_registry::entry& entry) {
        if (change.on == target::keyspace) return true;
        std::vector<std::string> types;
        for (const auto& type : entry.argument_types) {
            types.push_back(catalog::function_type_text(type));
        }
        return entry.name == change.name && types == change.argument_types;
    });
}

// The signals that end the server, blocked in every thread so that only the main one takes them.
sigset_t block_stop_signals() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return stops;
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

    udf::wasm::wasm_engine::options sandbox;
    sandbox.limits = config.sandbox;
    sandbox.ceilings = config.function_ceilings;
    sandbox.artefact_directory = config.data_directory / "artefacts";
    // This very program, even if its file has been replaced since.
    sandbox.compile_program = "/proc/self/exe";
    sandbox.precompiled = precompiled_guests();
    udf::statistics_registry functions(config.observation);
    udf::capture_store captures(config.data_directory / "captures", functions.options(),
                                std::string(version));
    functions.capture_to(&captures);
    guest_log lines(functions);
    sandbox.log = [&lines](const udf::guest_function& whose, udf::guest_stream stream,
                           std::string_view line) { lines.write(whose, stream, line); };
    NACRE_TRY(const auto sandbox_engine, udf::wasm::wasm_engine::create(std::move(sandbox)));

    const auto cores = std::max(1u, std::thread::hardware_concurrency());
    runtime::shard_group shards(
        config.shards == 0 ? cores : config.shards,
        {0, config.shares_points, config.shares_scans, config.shares_functions});

    catalog::catalog::options catalog_options;
    catalog_options.shards = &shards;
    catalog_options.store = &tables;
    catalog_options.languages = make_languages(*sandbox_engine, functions, config.functions);
    catalog_options.functions_max = config.sandbox.functions_max;
    catalog_options.node = {.host_id = host_id,
                            .listen_address = config.listen.host,
                            .native_port = config.listen.port,
                            .cluster_name = config.cluster_name,
                            .release_version = std::string(cassandra_version)};
    NACRE_TRY(const auto schema, runtime::run_blocking(shards.at(0), [&catalog_options] {
                  return catalog::open(catalog_options);
              }));
    sandbox_engine->delete_unused_artefacts();
    const auto engine = query::make_engine(shards, *schema, tables, config.queries);

    server::server_options server_options;
    server_options.listen = config.listen;
    server_options.metrics = config.metrics;
    server_options.request_timeout_ms = std::chrono::milliseconds(config.request_timeout_ms);
    server_options.connections_max = config.connections_max;
    server_options.requests_in_flight_max = config.connection_requests_max;
    server_options.request_bytes_in_flight_max = config.connection_request_bytes_max;
    server_options.response_bytes_waiting_max = config.connection_response_bytes_max;
    server_options.memory =
        std::make_shared<runtime::memory_account>(config.request_memory_bytes_max);
    server_options.collectables = {make_function_metrics(functions, captures),
                                   make_sandbox_metrics(*sandbox_engine)};
    schema->on_change([&functions](const schema::change& change) {
        if (runtime::this_shard().id() == 0) forget_dropped(functions, change);
    });
    const auto server = server::make_server(shards, *engine, *schema, server_options);
    provide_system_tables(tables, {config, *schema, *engine, *server, functions, shards});
    auto started = server->start();
    if (started) {
        spdlog::info(
            "nacre {} is ready: CQL on {}, metrics on http://{}/metrics, {} shards, data in {}",
            version, server->listening().to_string(), server->metrics_listening().to_string(),
            shards.size(), config.data_directory.string());
        int signal = 0;
        sigwait(&stops, &signal);
        spdlog::info("stopping on {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
    }
    runtime::run_blocking(shards.at(0), [&server] { return server->stop(); });
    runtime::run_blocking(shards.at(0), [&schema] { return schema->stop(); });
    sandbox_engine->stop();
    auto closed = runtime::run_blocking(shards.at(0), [&store] { return store->close(); });
    storage_pool.stop();
    shards.stop();
    if (!started) return started;
    if (closed) spdlog::info("stopped");
    return closed;
}

}  // namespace nacre
