#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "main/function_commands.h"
#include "main/serve.h"
#include "main/version.h"
#include "udf/wasm/compile_worker.h"

namespace nacre {

namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct command_line {
    std::string data;
    std::string listen;
    std::string metrics;
    std::optional<std::uint32_t> shards;
    std::string config_file;
    std::string cluster;
    std::string cluster_user;
    std::string cluster_password;
    std::string cluster_tls_ca;
    bool cluster_tls = false;
    bool cluster_pass_logins = false;
};

result<configuration> configure(const command_line& given) {
    configuration config;
    if (!given.config_file.empty()) NACRE_CHECK(read_configuration(given.config_file, config));
    if (!given.data.empty()) config.data_directory = given.data;
    if (!given.listen.empty()) {
        NACRE_TRY(config.listen, server::endpoint::parse(given.listen));
    }
    if (!given.metrics.empty()) {
        NACRE_TRY(config.metrics, server::endpoint::parse(given.metrics));
    }
    if (given.shards) config.shards = *given.shards;
    auto& client = config.cluster.client;
    if (!given.cluster.empty()) client.contact_points = contact_points(given.cluster);
    if (!given.cluster_user.empty()) client.user = given.cluster_user;
    if (!given.cluster_password.empty()) client.password = given.cluster_password;
    if (!given.cluster_tls_ca.empty()) client.tls_ca = given.cluster_tls_ca;
    if (given.cluster_pass_logins) {
        config.cluster.clients_act_as = cluster_settings::authentication::pass;
    }
    client.tls = client.tls || given.cluster_tls || !client.tls_ca.empty();
    return config;
}

int run_serve(const command_line& given) {
    const auto config = configure(given);
    if (!config) {
        fmt::print(stderr, "nacre: {}\n", config.error().message());
        return exit_usage;
    }
    spdlog::set_default_logger(spdlog::stderr_color_mt("nacre"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    spdlog::set_level(spdlog::level::from_str(config->log_level));
    const bool is_gateway = !config->cluster.client.contact_points.empty();
    const auto outcome = is_gateway ? serve_gateway(*config) : serve(*config);
    if (!outcome) {
        fmt::print(stderr, "nacre: {}\n", outcome.error().message());
        return exit_failure;
    }
    return EXIT_SUCCESS;
}

}  // namespace

}  // namespace nacre

int main(int argc, char** argv) {
    // How a server starts its own compiler; not for people, hence no subcommand.
    const std::span words(argv, static_cast<std::size_t>(argc));
    if (argc > 1 && std::string_view(words[1]) == nacre::udf::wasm::compile_command) {
        return nacre::udf::wasm::run_compile_worker(words.subspan(2));
    }
    CLI::App app("Nacre: a CQL database that runs your functions inside queries");
    app.set_version_flag("--version", fmt::format("nacre {}", nacre::version));
    app.require_subcommand(1);

    nacre::command_line given;
    auto* serve = app.add_subcommand("serve", "Run the database server");
    serve->add_option("--data", given.data, "Directory of the data, made if absent [./data]")
        ->type_name("DIR");
    serve->add_option("--listen", given.listen, "Where CQL clients connect [127.0.0.1:9042]")
        ->type_name("HOST:PORT");
    serve->add_option("--metrics", given.metrics, "Where Prometheus reads [127.0.0.1:9180]")
        ->type_name("HOST:PORT");
    serve->add_option("--shards", given.shards, "Event loops, one thread each [one per core]")
        ->type_name("N")
        ->check(CLI::Range(1, 256));
    serve->add_option("--config", given.config_file, "Settings in YAML; the command line wins")
        ->type_name("FILE");
    serve
        ->add_option("--cluster", given.cluster,
                     "Be a gateway over the Cassandra or ScyllaDB cluster of these nodes")
        ->type_name("HOST[:PORT],...");
    serve->add_option("--cluster-user", given.cluster_user, "Whom the cluster knows");
    serve
        ->add_option("--cluster-password", given.cluster_password,
                     "Better in the environment or in the file")
        ->envname("NACRE_CLUSTER_PASSWORD");
    serve->add_flag("--cluster-pass-logins", given.cluster_pass_logins,
                    "Clients log in, and act in the cluster as who they are");
    serve->add_flag("--cluster-tls", given.cluster_tls, "Reach the cluster by TLS");
    serve
        ->add_option("--cluster-tls-ca", given.cluster_tls_ca,
                     "Whose certificates the nodes have, as PEM [the system's authorities]")
        ->type_name("FILE");
    int status = EXIT_SUCCESS;
    nacre::add_function_commands(app, status);
    nacre::add_completions_command(app, status);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        return app.exit(failure) == 0 ? EXIT_SUCCESS : nacre::exit_usage;
    }
    return serve->parsed() ? nacre::run_serve(given) : status;
}
