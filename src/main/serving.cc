#include "main/serving.h"

#include <unistd.h>

#include <algorithm>
#include <thread>

#include <spdlog/spdlog.h>

#include "main/function_metrics.h"
#include "main/sandbox_metrics.h"

namespace nacre {

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

sigset_t block_stop_signals() {
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return stops;
}

void wait_for_stop(const sigset_t& stops) {
    int signal = 0;
    sigwait(&stops, &signal);
    spdlog::info("stopping on {}", signal == SIGINT ? "SIGINT" : "SIGTERM");
}

runtime::scheduling_shares shares_of(const configuration& config) {
    return {0, config.shares_points, config.shares_scans, config.shares_functions};
}

std::uint32_t shard_count_of(const configuration& config) {
    return config.shards == 0 ? std::max(1u, std::thread::hardware_concurrency()) : config.shards;
}

server::server_options server_options_of(const configuration& config, function_host& host) {
    server::server_options options{config.clients};
    options.listen = config.listen;
    options.metrics = config.metrics;
    options.tls = config.tls;
    options.request_timeout_ms = std::chrono::milliseconds(config.request_timeout_ms);
    options.collectables = {make_function_metrics(host.functions(), host.captures()),
                            make_sandbox_metrics(host.sandbox())};
    return options;
}

}  // namespace nacre
