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

using replication = std::map<std::string, std::string>;

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

/// The number of full replicas that a factor means; "3/1" is one with transient replicas.
result<std::int32_t> parse_factor(const std::string& value) {
    auto whole = std::string_view(value).substr(0, value.find('/'));
    if (whole.starts_with('+')) whole.remove_prefix(1);
    std::int32_t factor = 0;
    const auto end = whole.data() + whole.size();
    const auto [stopped, problem] = std::from_chars(whole.data(), end, factor);
    if (problem != std::errc() || stopped != end) {
        return config_error(fmt::format("For input string: \"{}\"", value));
    }
    if (factor < 0) {
        return config_error(
            fmt::format("Replication factor must be non-negative, found {}", factor));
    }
    return factor;
}

error unknown_option(std::string_view option, std::string_view strategy,
                     const std::string& keyspace) {
    return config_error(
        fmt::format("Unrecognized strategy option {{{}}} passed to {} for keyspace {}", option,
                    strategy, keyspace));
}

result<replication> simple_strategy(replication given, const std::string& keyspace) {
    given.emplace("replication_factor", "1");
    for (const auto& [key, value] : given) {
        if (key == "class") continue;
        if (key != "replication_factor") return unknown_option(key, "SimpleStrategy", keyspace);
        NACRE_CHECK(parse_factor(value));
    }
    return given;
}

/// `before` is what the keyspace had: a factor for every data centre is only a default for those
/// that it does not name.
result<replication> topology_strategy(replication given, const replication& before,
                                      const std::string& keyspace, const std::string& data_center) {
    if (auto factor = given.extract("replication_factor"); !factor.empty()) {
        if (const auto had = before.find(data_center); had != before.end()) given.insert(*had);
        factor.key() = data_center;
        given.insert(std::move(factor));
    }
    bool any = false;
    for (auto entry = given.begin(); entry != given.end();) {
        if (entry->first == "class") {
            ++entry;
            continue;
        }
        if (entry->first != data_center) {
            return unknown_option(entry->first, "NetworkTopologyStrategy", keyspace);
        }
        NACRE_TRY(const auto factor, parse_factor(entry->second));
        any |= factor > 0;
        entry = factor > 0 ? std::next(entry) : given.erase(entry);
    }
    if (!any) {
        return config_error("Configuration for at least one datacenter must be present");
    }
    return given;
}

result<replication> canonical_replication(const cql::option_map& entries,
                                          const schema::keyspace& keyspace,
                                          const std::string& data_center) {
    replication given(entries.begin(), entries.end());
    const auto found = given.find("class");
    if (found == given.end()) return config_error("Missing replication strategy class");
    std::string name = found->second;
    if (name.find('.') == std::string::npos) name.insert(0, locator_package);
    found->second = name;
    std::string_view simple = name;
    if (!simple.starts_with(locator_package)) return given;
    simple.remove_prefix(locator_package.size());
    if (simple == "SimpleStrategy") return simple_strategy(std::move(given), keyspace.name);
    if (simple == "NetworkTopologyStrategy") {
        return topology_strategy(std::move(given), keyspace.replication, keyspace.name,
                                 data_center);
    }
    if (simple == "LocalStrategy") {
        return invalid(
            "Unable to use given strategy class: LocalStrategy is reserved for internal "
            "use.");
    }
    if (simple == "OldNetworkTopologyStrategy") {
        return config_error(
            "The support for the OldNetworkTopologyStrategy has been removed in C* version 4.0. "
            "The keyspace strategy should be switch to NetworkTopologyStrategy");
    }
    if (simple != "EverywhereStrategy") {
        return config_error(fmt::format("Unable to find replication strategy class '{}'", name));
    }
    return given;
}

}  // namespace

bool is_system_keyspace(std::string_view name) {
    return std::ranges::find(system_keyspaces, name) != system_keyspaces.end();
}

bool is_replicated_system_keyspace(std::string_view name) {
    return name == "system_auth" || name == "system_distributed" || name == "system_traces";
}

std::vector<std::string> replication_warnings(const schema::keyspace& keyspace,
                                              const schema::keyspace* before,
                                              const std::string& data_center) {
    const auto factor_of = [&](const schema::keyspace& of) -> std::int32_t {
        for (const auto& name : {std::string("replication_factor"), data_center}) {
            const auto found = of.replication.find(name);
            if (found == of.replication.end()) continue;
            if (const auto factor = parse_factor(found->second)) return *factor;
        }
        return 0;
    };
    std::vector<std::string> warnings;
    const auto factor = factor_of(keyspace);
    if (factor > 1) {
        warnings.push_back(fmt::format(
            "Your replication factor {} for keyspace {} is higher than the number of nodes 1{}",
            factor, keyspace.name,
            keyspace.replication.contains(data_center) ? " for datacenter " + data_center : ""));
    }
    if (before != nullptr && factor > factor_of(*before)) {
        warnings.emplace_back(
            "When increasing replication factor you need to run a full (-full) repair to "
            "distribute the data.");
    }
    return warnings;
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
            NACRE_TRY(base.replication, canonical_replication(entries, base, data_center));
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
