#include "main/config.h"

#include <functional>
#include <map>

#include <yaml-cpp/yaml.h>

namespace nacre {

namespace {

struct setting {
    std::function<status(const YAML::Node&)> set;
    std::string text;  ///< of its present value
};

template <typename T>
setting assign(T& place) {
    return {[&place](const YAML::Node& node) -> status {
                place = node.as<T>();
                return {};
            },
            fmt::format("{}", place)};
}

setting assign(server::endpoint& place) {
    return {[&place](const YAML::Node& node) -> status {
                NACRE_TRY(place, server::endpoint::parse(node.as<std::string>()));
                return {};
            },
            place.to_string()};
}

setting assign(std::filesystem::path& place) {
    return {[&place](const YAML::Node& node) -> status {
                place = node.as<std::string>();
                return {};
            },
            place.string()};
}

// Every key of the file; docs/operating/running.md lists them with their meaning.
std::map<std::string, setting> keys_of(configuration& config) {
    return {
        {"data", assign(config.data_directory)},
        {"listen", assign(config.listen)},
        {"metrics", assign(config.metrics)},
        {"shards", assign(config.shards)},
        {"log_level", assign(config.log_level)},
        {"cluster_name", assign(config.cluster_name)},
        {"request_timeout_ms", assign(config.request_timeout_ms)},
        {"block_cache_bytes", assign(config.block_cache_bytes)},
        {"sync_every_write", assign(config.sync_every_write)},
        {"function_body_bytes_max", assign(config.functions.body_bytes_max)},
        {"function_memory_bytes_max", assign(config.functions.memory_bytes_max)},
        {"function_cpu_per_call_ms_max", assign(config.functions.cpu_per_call_ms_max)},
        {"function_cpu_per_statement_ms_max", assign(config.functions.cpu_per_statement_ms_max)},
        {"function_slice_us", assign(config.functions.slice_us)},
        {"function_batch_rows_max", assign(config.functions.batch_rows_max)},
        {"function_log_bytes_per_statement_max",
         assign(config.functions.log_bytes_per_statement_max)},
        {"sandbox_instances_max", assign(config.sandbox.instances_max)},
        {"sandbox_memory_bytes_ceiling", assign(config.sandbox.memory_bytes_ceiling)},
        {"sandbox_compile_threads", assign(config.sandbox.compile_threads)},
    };
}

}  // namespace

status read_configuration(const std::filesystem::path& file, configuration& config) {
    const auto refuse = [&file](std::string_view why) {
        return error(error_code::config_error, fmt::format("{}: {}", file.string(), why));
    };
    YAML::Node root;
    try {
        root = YAML::LoadFile(file.string());
    } catch (const YAML::Exception& failure) {
        return refuse(failure.what());
    }
    if (root.IsNull()) return {};
    if (!root.IsMap()) return refuse("expected a map of settings");
    const auto keys = keys_of(config);
    for (const auto& entry : root) {
        const auto name = entry.first.as<std::string>();
        const auto found = keys.find(name);
        if (found == keys.end()) return refuse(fmt::format("there is no setting '{}'", name));
        try {
            auto set = found->second.set(entry.second);
            if (!set) return refuse(fmt::format("{}: {}", name, set.error().message()));
        } catch (const YAML::Exception&) {
            return refuse(fmt::format("{}: the value is of the wrong kind", name));
        }
    }
    return {};
}

std::map<std::string, std::string> settings_of(configuration config) {
    std::map<std::string, std::string> texts;
    for (auto& [name, each] : keys_of(config)) texts.emplace(name, each.text);
    return texts;
}

}  // namespace nacre
