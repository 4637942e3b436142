#include "main/config.h"

#include <array>
#include <functional>
#include <map>

#include <fmt/ranges.h>
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

// Shown to nobody.
setting secret(std::string& place) {
    auto made = assign(place);
    made.text = place.empty() ? "" : "***";
    return made;
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

// One of a few words, in the order of the enumeration. Each may have a second spelling.
template <typename Enum, std::size_t Count>
setting assign(Enum& place, const std::array<std::string_view, Count>& words,
               const std::array<std::string_view, Count>& other_words = {}) {
    return {[&place, words, other_words](const YAML::Node& node) -> status {
                const auto given = node.as<std::string>();
                for (std::size_t i = 0; i < Count; ++i) {
                    if (given != words[i] && given != other_words[i]) continue;
                    place = static_cast<Enum>(i);
                    return {};
                }
                return error(error_code::config_error,
                             fmt::format("one of {} is expected", fmt::join(words, ", ")));
            },
            std::string(words[static_cast<std::size_t>(place)])};
}

setting assign(std::vector<std::string>& place) {
    return {[&place](const YAML::Node& node) -> status {
                place = node.IsSequence() ? node.as<std::vector<std::string>>()
                                          : contact_points(node.as<std::string>());
                return {};
            },
            fmt::format("{}", fmt::join(place, ","))};
}

// In Cassandra the classes have these names.
constexpr std::array<std::string_view, 2> authenticators{"allow_all", "password"};
constexpr std::array<std::string_view, 2> authenticator_classes{"AllowAllAuthenticator",
                                                                "PasswordAuthenticator"};
constexpr std::array<std::string_view, 2> authorizers{"allow_all", "roles"};
constexpr std::array<std::string_view, 2> authorizer_classes{"AllowAllAuthorizer",
                                                             "CassandraAuthorizer"};

constexpr std::array<std::string_view, 2> cluster_authentications{"service", "pass"};
constexpr std::array<std::string_view, 3> tls_modes{"off", "optional", "required"};

// Every key of the file; docs/operating lists them with their meaning.
std::map<std::string, setting> keys_of(configuration& config) {
    std::map<std::string, setting> keys{
        {"data", assign(config.data_directory)},
        {"listen", assign(config.listen)},
        {"metrics", assign(config.metrics)},
        {"shards", assign(config.shards)},
        {"log_level", assign(config.log_level)},
        {"cluster_name", assign(config.cluster_name)},
        {"request_timeout_ms", assign(config.request_timeout_ms)},
        {"read_request_timeout_ms", assign(config.queries.read_timeout_ms)},
        {"write_request_timeout_ms", assign(config.queries.write_timeout_ms)},
        {"function_statements_max", assign(config.queries.function_statements_max)},
        {"function_statements_waiting_max", assign(config.queries.function_statements_waiting_max)},
        {"function_statements_per_role_max",
         assign(config.queries.function_statements_per_role_max)},
        {"function_statements_waiting_per_role_max",
         assign(config.queries.function_statements_waiting_per_role_max)},
        {"request_memory_bytes_max", assign(config.clients.request_memory_bytes_max)},
        {"tls", assign(config.tls.mode, tls_modes)},
        {"tls_certificate", assign(config.tls.certificate)},
        {"tls_key", assign(config.tls.key)},
        {"tls_client_authorities", assign(config.tls.client_authorities)},
        {"startup_timeout_ms", assign(config.clients.startup_timeout_ms)},
        {"connections_max", assign(config.clients.connections_max)},
        {"connection_requests_max", assign(config.clients.requests_in_flight_max)},
        {"connection_request_bytes_max", assign(config.clients.request_bytes_in_flight_max)},
        {"connection_response_bytes_max", assign(config.clients.response_bytes_waiting_max)},
        {"cluster", assign(config.cluster.client.contact_points)},
        {"cluster_user", assign(config.cluster.client.user)},
        {"cluster_password", secret(config.cluster.client.password)},
        {"cluster_tls", assign(config.cluster.client.tls)},
        {"cluster_tls_ca", assign(config.cluster.client.tls_ca)},
        {"cluster_tls_certificate", assign(config.cluster.client.tls_certificate)},
        {"cluster_tls_key", assign(config.cluster.client.tls_key)},
        {"cluster_data_center", assign(config.cluster.client.data_center)},
        {"cluster_threads", assign(config.cluster.client.threads)},
        {"cluster_connections_per_node", assign(config.cluster.client.connections_per_node)},
        {"cluster_range_reads_per_node", assign(config.cluster.client.range_reads_per_node)},
        {"cluster_speculative_after_ms", assign(config.cluster.client.speculative_after_ms)},
        {"cluster_replication", assign(config.cluster.replication)},
        {"cluster_authentication", assign(config.cluster.clients_act_as, cluster_authentications)},
        {"cluster_unused_source_s", assign(config.cluster.unused_source_s)},
        {"cluster_users_max", assign(config.cluster.users_max)},
        {"cluster_user_idle_ms", assign(config.cluster.user_idle_ms)},
        {"cluster_permissions_validity_ms", assign(config.cluster.permissions_validity_ms)},
        {"authenticator", assign(config.authenticator, authenticators, authenticator_classes)},
        {"authorizer", assign(config.authorizer, authorizers, authorizer_classes)},
        {"password_hash_rounds_log2", assign(config.password_hash_rounds_log2)},
        {"initial_superuser", assign(config.initial_superuser)},
        {"initial_superuser_password", secret(config.initial_superuser_password)},
        {"scheduling_shares_points", assign(config.shares_points)},
        {"scheduling_shares_scans", assign(config.shares_scans)},
        {"scheduling_shares_functions", assign(config.shares_functions)},
        {"aggregate_law_check_ms_max", assign(config.queries.law_check_ms_max)},
        {"block_cache_bytes", assign(config.block_cache_bytes)},
        {"sync_every_write", assign(config.sync_every_write)},
        {"function_quarantine_failures", assign(config.observation.quarantine_failures)},
        {"function_quarantine_window_s", assign(config.observation.quarantine_window_s)},
        {"function_quarantine_s", assign(config.observation.quarantine_s)},
        {"function_log_bytes_kept_max", assign(config.observation.log_bytes_kept_max)},
        {"function_log_bytes_kept_total_max", assign(config.observation.log_bytes_kept_total_max)},
        {"function_log_lines_per_second_max", assign(config.observation.log_lines_per_second_max)},
        {"function_metrics_max", assign(config.observation.metrics_functions_max)},
        {"function_capture", assign(config.observation.capture, udf::capture_mode_names)},
        {"function_capture_slow_ms", assign(config.observation.capture_slow_ms)},
        {"function_capture_argument_bytes_max",
         assign(config.observation.capture_argument_bytes_max)},
        {"function_capture_files_max", assign(config.observation.capture_files_max)},
        {"function_capture_bytes_total_max", assign(config.observation.capture_bytes_total_max)},
    };
    for (const auto& limit : function_limit_table) {
        const auto key = fmt::format("function_{}", limit.name);
        keys.emplace(key, assign(config.functions.*limit.member));
        if (limit.scope == limit_scope::function) {
            keys.emplace(key + "_ceiling", assign(config.function_ceilings.*limit.member));
        }
    }
    for (const auto& limit : sandbox_limit_table) {
        keys.emplace(fmt::format("sandbox_{}", limit.name), assign(config.sandbox.*limit.member));
    }
    return keys;
}

status check_roles(const configuration& config) {
    using auth::authority;
    const auto refuse = [](std::string why) {
        return error(error_code::config_error, std::move(why));
    };
    if (config.authorizer != authority::authorization::allow_all &&
        config.authenticator == authority::authentication::allow_all) {
        return refuse("authorizer: roles needs clients that log in (authenticator: password)");
    }
    if (config.password_hash_rounds_log2 < auth::hash_rounds_log2_min ||
        config.password_hash_rounds_log2 > auth::hash_rounds_log2_max) {
        return refuse(fmt::format("password_hash_rounds_log2 must be between {} and {}, it is {}",
                                  auth::hash_rounds_log2_min, auth::hash_rounds_log2_max,
                                  config.password_hash_rounds_log2));
    }
    if (config.initial_superuser.empty() || config.initial_superuser_password.empty()) {
        return refuse("initial_superuser and initial_superuser_password must not be empty");
    }
    return {};
}

status check_tls(const server::tls_settings& tls) {
    if (tls.mode == server::tls_mode::off) {
        if (tls.certificate.empty() && tls.key.empty() && tls.client_authorities.empty()) return {};
        return error(error_code::config_error,
                     "tls_certificate, tls_key and tls_client_authorities mean nothing without "
                     "tls: required, or tls: optional");
    }
    if (tls.certificate.empty() || tls.key.empty()) {
        return error(error_code::config_error, "tls needs tls_certificate and tls_key");
    }
    if (tls.mode == server::tls_mode::optional && !tls.client_authorities.empty()) {
        return error(error_code::config_error,
                     "tls_client_authorities needs tls: required, as others come in unencrypted");
    }
    return {};
}

}  // namespace

std::vector<std::string> contact_points(std::string_view text) {
    std::vector<std::string> points;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (comma != 0) points.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return points;
}

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
    for (const auto& sound :
         {check_function_limits(config.functions, config.function_ceilings),
          check_sandbox_limits(config.sandbox), check_roles(config), check_tls(config.tls)}) {
        if (!sound) return refuse(sound.error().message());
    }
    return {};
}

std::map<std::string, std::string> settings_of(configuration config) {
    std::map<std::string, std::string> texts;
    for (auto& [name, each] : keys_of(config)) texts.emplace(name, each.text);
    return texts;
}

}  // namespace nacre
