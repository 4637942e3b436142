#include "catalog/table_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "cql/print.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using enum option_kind;

constexpr std::array<option_definition, 19> definitions = {{
    {"additional_write_policy", text, "99p"},
    {"allow_auto_snapshot", boolean, "true"},
    {"bloom_filter_fp_chance", real, "0.01"},
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

constexpr std::array<std::string_view, 6> compaction_classes = {
    "DateTieredCompactionStrategy", "IncrementalCompactionStrategy", "LeveledCompactionStrategy",
    "SizeTieredCompactionStrategy", "TimeWindowCompactionStrategy",  "UnifiedCompactionStrategy",
};

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

const option_definition* find_definition(std::string_view name) {
    const auto found = std::ranges::find(definitions, name, &option_definition::name);
    return found == definitions.end() ? nullptr : &*found;
}

std::string lower(std::string_view value) {
    std::string out(value);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string upper(std::string_view value) {
    std::string out(value);
    for (auto& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
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
    const int least = name == "min_index_interval" || name == "max_index_interval" ? 1 : 0;
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
    if (name == "bloom_filter_fp_chance" && !(parsed > chance_min && parsed <= 1)) {
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

bool all_digits(std::string_view value) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
    return !value.empty() && std::ranges::all_of(value, is_digit);
}

/// "99p", "99PERCENTILE", "50ms", "NONE", "NEVER", "ALWAYS", "MIN(99p,50ms)".
result<std::string> canonical_retry(const std::string& value, std::string_view name) {
    const auto shouted = upper(value);
    if (shouted == "NONE" || shouted == "NEVER") return std::string("NEVER");
    if (shouted == "ALWAYS") return shouted;
    if ((shouted.starts_with("MIN(") || shouted.starts_with("MAX(")) && shouted.ends_with(")")) {
        return shouted.substr(0, 4) + lower(shouted.substr(4));
    }
    for (const std::string_view suffix : {"PERCENTILE", "P"}) {
        if (!shouted.ends_with(suffix)) continue;
        const auto number = shouted.substr(0, shouted.size() - suffix.size());
        if (all_digits(number)) return number + "p";
    }
    if (shouted.ends_with("MS") && all_digits(shouted.substr(0, shouted.size() - 2))) {
        return lower(value);
    }
    return config_error(fmt::format("Invalid value {} for option '{}'", value, name));
}

result<std::string> canonical_text(const std::string& value, std::string_view name) {
    if (name == "speculative_retry" || name == "additional_write_policy") {
        return canonical_retry(value, name);
    }
    if (name == "read_repair") {
        auto shouted = upper(value);
        if (shouted == "BLOCKING" || shouted == "NONE") return shouted;
        return config_error(fmt::format("Invalid value {} for option '{}'", value, name));
    }
    if (name == "memtable" && value != "default") {
        return config_error(fmt::format("Memtable configuration \"{}\" not found.", value));
    }
    return value;
}

using entries = std::map<std::string, std::string>;

result<entries> canonical_compaction(entries given) {
    const auto found = given.find("class");
    if (found == given.end()) {
        return config_error("Missing sub-option 'class' for the 'compaction' option");
    }
    std::string_view simple = found->second;
    if (simple.starts_with(compaction_package)) simple.remove_prefix(compaction_package.size());
    if (std::ranges::find(compaction_classes, simple) == compaction_classes.end()) {
        const bool qualified = simple.find('.') != std::string_view::npos;
        return config_error(fmt::format("Unable to find compaction strategy class '{}{}'",
                                        qualified ? "" : compaction_package, simple));
    }
    const bool has_thresholds = simple != "UnifiedCompactionStrategy";
    found->second = std::string(compaction_package) + std::string(simple);
    if (has_thresholds) {
        given.emplace("max_threshold", "32");
        given.emplace("min_threshold", "4");
    }
    return given;
}

result<entries> canonical_compression(entries given) {
    const auto enabled = given.find("enabled");
    if (enabled != given.end() && lower(enabled->second) == "false") {
        return entries{{"enabled", "false"}};
    }
    if (auto older = given.extract("sstable_compression"); !older.empty()) {
        if (older.mapped().empty()) return entries{{"enabled", "false"}};
        older.key() = "class";
        given.insert(std::move(older));
    }
    if (auto older = given.extract("chunk_length_kb"); !older.empty()) {
        older.key() = "chunk_length_in_kb";
        given.insert(std::move(older));
    }
    if (given.empty()) return entries{{"enabled", "false"}};
    const auto found = given.find("class");
    if (found == given.end() || found->second.empty()) {
        return config_error("Missing sub-option 'class' for the 'compression' option.");
    }
    if (found->second.find('.') == std::string::npos) {
        found->second.insert(0, compression_package);
    }
    given.emplace("chunk_length_in_kb", "16");
    given.erase("enabled");
    return given;
}

result<entries> canonical_caching(entries given) {
    std::string unknown;
    for (const auto& [key, value] : given) {
        if (key == "keys" || key == "rows_per_partition") continue;
        if (!unknown.empty()) unknown += ", ";
        unknown += key;
    }
    if (!unknown.empty()) {
        return config_error(
            fmt::format("Invalid caching sub-options [{}]: only 'keys' and "
                        "'rows_per_partition' are allowed",
                        unknown));
    }
    given.emplace("keys", "ALL");
    given.emplace("rows_per_partition", "NONE");
    for (auto& [key, value] : given) value = upper(value);
    return given;
}

result<entries> canonical_map(std::string_view name, const cql::option_map& given) {
    entries collected;
    for (const auto& [key, value] : given) collected.insert_or_assign(key, value);
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
    const auto folded = lower(value);
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
        if (property.name == "id" && id != nullptr) {
            NACRE_TRY(const auto value, plain_property(property));
            *id = uuid::parse(value);
            if (!*id) return config_error("Invalid table id");
            continue;
        }
        const auto* definition = find_definition(property.name);
        if (definition == nullptr) return syntax_error("Unknown property '{}'", property.name);
        if (definition->kind == map) {
            NACRE_TRY(const auto given, map_property(property));
            NACRE_TRY(base.maps[property.name], canonical_map(property.name, given));
            continue;
        }
        names_false_positive_chance |= property.name == "bloom_filter_fp_chance";
        NACRE_TRY(auto value, canonical(*definition, property));
        set_option(base, property.name, std::move(value));
    }
    // A table created with levelled compaction has another default, as in Cassandra.
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
