#include "catalog/keyspace_options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "catalog/table_options.h"

namespace nacre::catalog {

namespace {

constexpr std::array<std::string_view, 8> system_keyspaces = {
    "system",        "system_auth",   "system_distributed",    "system_nacre",
    "system_schema", "system_traces", "system_virtual_schema", "system_views",
};

constexpr std::string_view locator_package = "org.apache.cassandra.locator.";
constexpr std::array<std::string_view, 4> strategies = {
    "EverywhereStrategy", "NetworkTopologyStrategy", "OldNetworkTopologyStrategy",
    "SimpleStrategy"};

using replication = std::map<std::string, std::string>;

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

status check_factor(const std::string& value) {
    // "3/1" is a factor with transient replicas.
    const auto whole = value.substr(0, value.find('/'));
    std::uint32_t factor = 0;
    const auto end = whole.data() + whole.size();
    const auto [stopped, problem] = std::from_chars(whole.data(), end, factor);
    if (problem != std::errc() || stopped != end) {
        return config_error(fmt::format("For input string: \"{}\"", value));
    }
    return {};
}

result<replication> simple_strategy(replication given, const std::string& keyspace) {
    given.emplace("replication_factor", "1");
    for (const auto& [key, value] : given) {
        if (key == "class") continue;
        if (key != "replication_factor") {
            return config_error(
                fmt::format("Unrecognized strategy option {{{}}} passed to "
                            "SimpleStrategy for keyspace {}",
                            key, keyspace));
        }
        NACRE_CHECK(check_factor(value));
    }
    return given;
}

result<replication> topology_strategy(replication given, const std::string& data_center) {
    if (auto factor = given.extract("replication_factor"); !factor.empty()) {
        factor.key() = data_center;
        given.insert(std::move(factor));
    }
    for (const auto& [key, value] : given) {
        if (key != "class") NACRE_CHECK(check_factor(value));
    }
    return given;
}

result<replication> canonical_replication(const cql::option_map& entries,
                                          const std::string& keyspace,
                                          const std::string& data_center) {
    replication given;
    for (const auto& [key, value] : entries) given.insert_or_assign(key, value);
    const auto found = given.find("class");
    if (found == given.end()) return config_error("Missing replication strategy class");
    std::string name = found->second;
    if (name.find('.') == std::string::npos) name.insert(0, locator_package);
    found->second = name;
    std::string_view simple = name;
    if (!simple.starts_with(locator_package)) return given;
    simple.remove_prefix(locator_package.size());
    if (simple == "LocalStrategy") {
        return invalid(
            "Unable to use given strategy class: LocalStrategy is reserved for internal "
            "use.");
    }
    if (std::ranges::find(strategies, simple) == strategies.end()) {
        return config_error(fmt::format("Unable to find replication strategy class '{}'", name));
    }
    if (simple == "SimpleStrategy") return simple_strategy(std::move(given), keyspace);
    if (simple.ends_with("NetworkTopologyStrategy")) {
        return topology_strategy(std::move(given), data_center);
    }
    return given;
}

}  // namespace

bool is_system_keyspace(std::string_view name) {
    return std::ranges::find(system_keyspaces, name) != system_keyspaces.end();
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
}

result<schema::keyspace> apply_properties(schema::keyspace base,
                                          const std::vector<cql::property>& properties,
                                          const std::string& data_center) {
    NACRE_CHECK(check_duplicates(properties));
    for (const auto& property : properties) {
        if (property.name == "replication") {
            NACRE_TRY(const auto entries, map_property(property));
            NACRE_TRY(base.replication, canonical_replication(entries, base.name, data_center));
        } else if (property.name == "durable_writes") {
            NACRE_TRY(base.durable_writes, boolean_property(property));
        } else if (property.name != "tablets" && property.name != "storage") {
            // ScyllaDB's tablets and storage options have nothing to choose here.
            return syntax_error("Unknown property '{}'", property.name);
        }
    }
    if (base.replication.empty()) {
        return invalid("Missing mandatory option 'replication'");
    }
    return base;
}

}  // namespace nacre::catalog
