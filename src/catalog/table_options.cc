#include "catalog/table_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "base/text_case.h"
#include "catalog/option_maps.h"
#include "cql/print.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using enum option_kind;

constexpr const char* default_false_positive_chance = "0.01";

constexpr std::array<option_definition, 19> definitions = {{
    {"additional_write_policy", text, "99p"},
    {"allow_auto_snapshot", boolean, "true"},
    {"bloom_filter_fp_chance", real, default_false_positive_chance},
    {"caching", map, ""},
    {"cdc", boolean, "false"},
    {"comment", text, ""},
    {"compaction", map, ""},
    {"compression", map, ""},
    {"memtable", text, "default"},
    {"crc_check_chance", real, "1.0"},
    {"default_time_to_live", integer, "0"},
    {"extensions", map, ""},
    {"gc_grace_seconds", integer, "864000"},
    {"incremental_backups", boolean, "true"},
    {"max_index_interval", integer, "2048"},
    {"memtable_flush_period_in_ms", integer, "0"},
    {"min_index_interval", integer, "128"},
    {"read_repair", text, "BLOCKING"},
    {"speculative_retry", text, "99p"},
}};

constexpr std::string_view compaction_package = "org.apache.cassandra.db.compaction.";
constexpr std::string_view compression_package = "org.apache.cassandra.io.compress.";

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

const option_definition* find_definition(std::string_view name) {
    const auto found = std::ranges::find(definitions, name, &option_definition::name);
    return found == definitions.end() ? nullptr : &*found;
}

result<std::int32_t> parse_integer(const std::string& value, std::string_view name) {
    std::int32_t parsed = 0;
    const auto end = value.data() + value.size();
    const auto [stopped, problem] = std::from_chars(value.data(), end, parsed);
    if (problem != std::errc() || stopped != end) {
        return syntax_error("Invalid integer value {} for '{}'", value, name);
    }
    return parsed;
}

result<std::string> canonical_integer(const std::string& value, std::string_view name) {
    NACRE_TRY(const auto parsed, parse_integer(value, name));
    if (name == "max_index_interval") return fmt::format("{}", parsed);
    const int least = name == "min_index_interval" ? 1 : 0;
    if (parsed < least) {
        return config_error(
            fmt::format("{} must be greater than or equal to {} (got {})", name, least, parsed));
    }
    constexpr std::int32_t ttl_max_seconds = 20 * 365 * 24 * 60 * 60;
    if (name == "default_time_to_live" && parsed > ttl_max_seconds) {
        return config_error(fmt::format("{} must be less than or equal to {} (got {})", name,
                                        ttl_max_seconds, parsed));
    }
    return fmt::format("{}", parsed);
}

result<std::string> canonical_real(const std::string& value, std::string_view name) {
    const auto& type = *types::type::native(types::type_kind::double_);
    const auto serialised = types::from_text(type, value);
    if (!serialised) return syntax_error("Invalid double value {} for '{}'", value, name);
    const double parsed = types::load_double(*serialised);
    const auto shown = types::to_cql_literal(type, *serialised);
    constexpr double chance_min = 6.71e-5;
    const bool is_default = parsed == -1;
    if (name == "bloom_filter_fp_chance" && !is_default && !(parsed > chance_min && parsed <= 1)) {
        return config_error(fmt::format(
            "{} must be larger than 6.71E-5 and less than or equal to 1.0 (got {})", name, shown));
    }
    if (name == "crc_check_chance" && !(parsed >= 0 && parsed <= 1)) {
        return config_error(
            fmt::format("{} must be larger than or equal to 0 and smaller than or "
                        "equal to 1.0 (got {})",
                        name, shown));
    }
    return shown;
}

/// One of "99p", "99.9PERCENTILE" or "50ms" in its shortest form; nothing if it is neither.
struct retry_threshold {
    std::string text;
    std::string_view kind;
};
std::optional<retry_threshold> parse_threshold(const std::string& shouted) {
    const auto number_before = [&](std::string_view suffix) -> std::optional<double> {
        if (!shouted.ends_with(suffix)) return std::nullopt;
        const auto number = shouted.substr(0, shouted.size() - suffix.size());
        const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
        if (number.empty() || number[0] == '.' || number.back() == '.' ||
            !std::ranges::all_of(number, is_digit) || std::ranges::count(number, '.') > 1) {
            return std::nullopt;
        }
        return std::stod(number);
    };
    if (const auto milliseconds = number_before("MS")) {
        return retry_threshold{fmt::format("{:.0f}ms", std::floor(*milliseconds)), "FIXED"};
    }
    for (const std::string_view suffix : {"PERCENTILE", "P"}) {
        if (const auto percents = number_before(suffix)) {
            return retry_threshold{fmt::format("{:g}p", *percents), "PERCENTILE"};
        }
    }
    return std::nullopt;
}

/// "99p", "99PERCENTILE", "50ms", "NONE", "NEVER", "ALWAYS", "MIN(99p,50ms)". The messages name
/// speculative_retry for additional_write_policy too, as Cassandra's do.
result<std::string> canonical_retry(const std::string& value) {
    auto shouted = upper_case(value);
    std::erase(shouted, ' ');
    if (shouted == "NONE" || shouted == "NEVER") return std::string("NEVER");
    if (shouted == "ALWAYS") return shouted;
    const auto unusable = [&] {
        return config_error(fmt::format("Invalid value {} for option 'speculative_retry'", value));
    };
    const auto checked = [&](const std::string& text) -> result<retry_threshold> {
        const auto threshold = parse_threshold(text);
        if (!threshold) return unusable();
        if (threshold->kind == "PERCENTILE") {
            const double percents = std::stod(threshold->text);
            if (percents <= 0 || percents >= 100) {
                return config_error(
                    fmt::format("Invalid value {} for PERCENTILE option 'speculative_retry': must "
                                "be between (0.0 and 100.0)",
                                value));
            }
        }
        return *threshold;
    };
    if ((shouted.starts_with("MIN(") || shouted.starts_with("MAX(")) && shouted.ends_with(")")) {
        const auto comma = shouted.find(',');
        if (comma == std::string::npos) return unusable();
        NACRE_TRY(const auto first, checked(shouted.substr(4, comma - 4)));
        NACRE_TRY(const auto second,
                  checked(shouted.substr(comma + 1, shouted.size() - comma - 2)));
        if (first.kind == second.kind) {
            return config_error(
                fmt::format("Invalid value {} for option 'speculative_retry': MIN()/MAX() "
                            "arguments should be of different types, but both are of type {}",
                            value, first.kind));
        }
        return shouted.substr(0, 4) + first.text + "," + second.text + ")";
    }
    NACRE_TRY(const auto threshold, checked(shouted));
    return threshold.text;
}

result<std::string> canonical_text(const std::string& value, std::string_view name) {
    if (name == "speculative_retry" || name == "additional_write_policy") {
        return canonical_retry(value);
    }
    if (name == "read_repair") {
        auto shouted = upper_case(value);
        if (shouted == "BLOCKING" || shouted == "NONE") return shouted;
        return config_error(fmt::format("Invalid value {} for option '{}'", value, name));
    }
    if (name == "memtable" && value != "default") {
        return config_error(fmt::format("Memtable configuration \"{}\" not found.", value));
    }
    return value;
}

result<option_entries> canonical_map(std::string_view name, const cql::option_map& given) {
    option_entries collected(given.begin(), given.end());
    if (name == "compaction") return canonical_compaction(std::move(collected));
    if (name == "compression") return canonical_compression(std::move(collected));
    if (name == "caching") return canonical_caching(std::move(collected));
    return collected;
}

result<std::string> canonical(const option_definition& definition, const cql::property& property) {
    if (definition.kind == boolean) {
        NACRE_TRY(const bool value, boolean_property(property));
        return std::string(value ? "true" : "false");
    }
    NACRE_TRY(const auto value, plain_property(property));
    switch (definition.kind) {
        case integer:
            return canonical_integer(value, definition.name);
        case real:
            return canonical_real(value, definition.name);
        default:
            return canonical_text(value, definition.name);
    }
}

}  // namespace

std::span<const option_definition> table_option_definitions() {
    return definitions;
}

schema::table_options default_table_options() {
    schema::table_options options;
    for (const auto& definition : definitions) {
        if (definition.kind != map) {
            set_option(options, definition.name, std::string(definition.default_text));
        }
    }
    options.maps["caching"] = {{"keys", "ALL"}, {"rows_per_partition", "NONE"}};
    options.maps["compaction"] = {
        {"class", std::string(compaction_package) + "SizeTieredCompactionStrategy"},
        {"max_threshold", "32"},
        {"min_threshold", "4"}};
    options.maps["compression"] = {{"chunk_length_in_kb", "16"},
                                   {"class", std::string(compression_package) + "LZ4Compressor"}};
    options.maps["extensions"] = {};
    return options;
}

std::string option_text(const schema::table_options& options, std::string_view name) {
    if (name == "comment") return options.comment;
    if (name == "default_time_to_live") {
        return fmt::format("{}", options.default_time_to_live_seconds);
    }
    if (name == "gc_grace_seconds") return fmt::format("{}", options.gc_grace_seconds);
    const auto found = options.scalars.find(std::string(name));
    return found == options.scalars.end() ? std::string() : found->second;
}

void set_option(schema::table_options& options, std::string_view name, std::string value) {
    if (name == "comment") {
        options.comment = std::move(value);
    } else if (name == "default_time_to_live") {
        options.default_time_to_live_seconds = std::stoi(value);
    } else if (name == "gc_grace_seconds") {
        options.gc_grace_seconds = std::stoi(value);
    } else {
        options.scalars.insert_or_assign(std::string(name), std::move(value));
    }
}

result<std::string> plain_property(const cql::property& property) {
    const auto* value = std::get_if<std::string>(&property.value);
    if (value == nullptr) {
        return syntax_error("Invalid value for property '{}'. It should be a string",
                            property.name);
    }
    return *value;
}

result<bool> boolean_property(const cql::property& property) {
    NACRE_TRY(const auto value, plain_property(property));
    const auto folded = lower_case(value);
    if (folded == "1" || folded == "true" || folded == "yes") return true;
    if (folded == "0" || folded == "false" || folded == "no") return false;
    return syntax_error(
        "Invalid boolean value {} for '{}'. Positive values can be '1', 'true' or "
        "'yes'. Negative values can be '0', 'false' or 'no'.",
        value, property.name);
}

result<cql::option_map> map_property(const cql::property& property) {
    const auto* value = std::get_if<cql::option_map>(&property.value);
    if (value == nullptr) {
        return syntax_error("Invalid value for property '{}'. It should be a map.", property.name);
    }
    std::set<std::string_view> seen;
    for (const auto& [key, entry] : *value) {
        if (!seen.insert(key).second) {
            return syntax_error("Multiple definition for property {}", key);
        }
    }
    return *value;
}

status check_duplicates(const std::vector<cql::property>& properties) {
    std::set<std::string_view> seen;
    for (const auto& property : properties) {
        if (!seen.insert(property.name).second) {
            return syntax_error("Multiple definitions for property '{}'", property.name);
        }
    }
    return {};
}

result<schema::table_options> apply_properties(schema::table_options base,
                                               const std::vector<cql::property>& properties,
                                               std::optional<uuid>* id) {
    NACRE_CHECK(check_duplicates(properties));
    bool names_false_positive_chance = false;
    for (const auto& property : properties) {
        if (property.name == "id") {
            NACRE_TRY(const auto value, plain_property(property));
            const auto chosen = uuid::parse(value);
            if (!chosen) return config_error("Invalid table id");
            if (id == nullptr) return config_error("Cannot alter table id.");
            *id = chosen;
            continue;
        }
        const auto* definition = find_definition(property.name);
        if (definition == nullptr) return syntax_error("Unknown property '{}'", property.name);
        // Extensions are code that other servers load; here there is none to name.
        if (definition->name == "extensions") continue;
        if (definition->kind == map) {
            NACRE_TRY(const auto given, map_property(property));
            NACRE_TRY(base.maps[property.name], canonical_map(property.name, given));
            continue;
        }
        NACRE_TRY(auto value, canonical(*definition, property));
        if (property.name == "bloom_filter_fp_chance") {
            // -1 stands for the default.
            if (value == "-1.0") {
                set_option(base, property.name, default_false_positive_chance);
                continue;
            }
            names_false_positive_chance = true;
        }
        set_option(base, property.name, std::move(value));
    }
    // A table that is created with levelled compaction has another default, as in Cassandra.
    if (id != nullptr && !names_false_positive_chance &&
        base.maps["compaction"]["class"].ends_with("LeveledCompactionStrategy")) {
        set_option(base, "bloom_filter_fp_chance", "0.1");
    }
    const auto least = std::stoi(option_text(base, "min_index_interval"));
    const auto most = std::stoi(option_text(base, "max_index_interval"));
    if (most < least) {
        return config_error(
            fmt::format("max_index_interval must be greater than or equal to "
                        "min_index_interval ({}) (got {})",
                        least, most));
    }
    return base;
}

std::string map_text(const std::map<std::string, std::string>& entries, std::string_view first) {
    std::string text = "{";
    const auto append = [&](const std::string& key, const std::string& value) {
        if (text.size() > 1) text += ", ";
        text += cql::quote_string(key) + ": " + cql::quote_string(value);
    };
    if (const auto found = entries.find(std::string(first));
        !first.empty() && found != entries.end()) {
        append(found->first, found->second);
    }
    for (const auto& [key, value] : entries) {
        if (first.empty() || key != first) append(key, value);
    }
    return text + "}";
}

}  // namespace nacre::catalog
