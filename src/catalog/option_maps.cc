#include "catalog/option_maps.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/text_case.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

constexpr std::string_view compaction_package = "org.apache.cassandra.db.compaction.";
constexpr std::string_view compression_package = "org.apache.cassandra.io.compress.";

template <typename... Args>
error refused(fmt::format_string<Args...> format, Args&&... args) {
    return {error_code::config_error, fmt::format(format, std::forward<Args>(args)...)};
}

template <typename Integer>
std::optional<Integer> parse_integer(std::string_view text) {
    Integer parsed{};
    const auto [stopped, problem] = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (problem != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
    return parsed;
}

std::optional<double> parse_real(const std::string& text) {
    const auto value = types::from_text(*types::type::native(types::type_kind::double_), text);
    if (!value) return std::nullopt;
    return types::load_double(*value);
}

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_one_of(std::string_view text, std::span<const std::string_view> names) {
    return std::ranges::find(names, text) != names.end();
}

std::string shown_real(double value) {
    return types::to_cql_literal(*types::type::native(types::type_kind::double_),
                                 types::serialise_double(value));
}

/// The options of one compaction strategy, taken out one by one; what is left is not understood.
class compaction_check {
  public:
    explicit compaction_check(const option_entries& given) : _left(given) {}

    status common() {
        for (const char* known :
             {"class", "enabled", "min_threshold", "max_threshold", "log_all",
              "only_purge_repaired_tombstones", "provide_overlapping_tombstones"}) {
            _left.erase(known);
        }
        if (const auto threshold = take("tombstone_threshold")) {
            const auto value = parse_real(*threshold);
            if (!value) return unparsable(*threshold, "tombstone_threshold");
            if (*value < 0) {
                return refused("tombstone_threshold must be greater than 0, but was {:f}", *value);
            }
        }
        if (const auto interval = take("tombstone_compaction_interval")) {
            const auto value = parse_integer<std::int64_t>(*interval);
            if (!value) return unparsable(*interval, "tombstone_compaction_interval");
            if (*value < 0) {
                return refused("tombstone_compaction_interval must be greater than 0, but was {}",
                               *value);
            }
        }
        return boolean("unchecked_tombstone_compaction");
    }

    status size_tiered() {
        if (const auto size = take("min_sstable_size")) {
            const auto value = parse_integer<std::int64_t>(*size);
            if (!value) return unparsable(*size, "min_sstable_size");
            if (*value < 0) return refused("min_sstable_size must be non negative: {}", *value);
        }
        double low = 0.5;
        double high = 1.5;
        NACRE_CHECK(real("bucket_low", low));
        NACRE_CHECK(real("bucket_high", high));
        if (high <= low) {
            return refused(
                "bucket_high value ({}) is less than or equal to the bucket_low value ({})",
                shown_real(high), shown_real(low));
        }
        return {};
    }

    status levelled() {
        NACRE_CHECK(positive("sstable_size_in_mb"));
        NACRE_CHECK(positive("fanout_size"));
        _left.erase("single_sstable_uplevel");
        return size_tiered();
    }

    status time_window() {
        constexpr std::array<std::string_view, 7> resolutions = {
            "NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"};
        NACRE_CHECK(word("timestamp_resolution", resolutions));
        NACRE_CHECK(word("compaction_window_unit", std::span(resolutions).subspan(4)));
        if (const auto size = take("compaction_window_size")) {
            const auto value = parse_integer<std::int32_t>(*size);
            if (!value) return unparsable(*size, "compaction_window_size");
            if (*value < 1) {
                return refused("{} must be greater than 1 for compaction_window_size", *value);
            }
        }
        NACRE_CHECK(expired_check_frequency());
        NACRE_CHECK(boolean("unsafe_aggressive_sstable_expiration"));
        return size_tiered();
    }

    status unified(const option_entries& given) {
        for (const char* known :
             {"target_sstable_size", "min_sstable_size", "base_shard_count", "sstable_growth",
              "flush_size_override", "overlap_inclusion_method", "max_sstables_to_compact",
              "parallelize_output_shards"}) {
            _left.erase(known);
        }
        if (const auto parameters = take("scaling_parameters")) {
            NACRE_CHECK(scaling(*parameters));
        }
        NACRE_CHECK(expired_check_frequency());
        NACRE_CHECK(boolean("unsafe_aggressive_sstable_expiration"));
        // This strategy has no thresholds.
        for (const char* threshold : {"min_threshold", "max_threshold"}) {
            if (const auto found = given.find(threshold); found != given.end())
                _left.insert(*found);
        }
        return {};
    }

    status nothing_left(std::string_view strategy) const {
        if (_left.empty()) return {};
        std::string names;
        for (const auto& [name, value] : _left) names += (names.empty() ? "" : ", ") + name;
        return refused("Properties specified [{}] are not understood by {}", names, strategy);
    }

  private:
    std::optional<std::string> take(const std::string& name) {
        auto taken = _left.extract(name);
        if (taken.empty()) return std::nullopt;
        return std::move(taken.mapped());
    }
    static error unparsable(const std::string& value, std::string_view name) {
        return refused("{} is not a parsable int (base10) for {}", value, name);
    }
    status boolean(const std::string& name) {
        const auto value = take(name);
        if (!value || lower_case(*value) == "true" || lower_case(*value) == "false") return {};
        return refused("'{}' should be either 'true' or 'false', not '{}'", name, *value);
    }
    status real(const std::string& name, double& into) {
        const auto text = take(name);
        if (!text) return {};
        const auto value = parse_real(*text);
        if (!value) return refused("{} is not a parsable float for {}", *text, name);
        into = *value;
        return {};
    }
    status positive(const std::string& name) {
        const auto text = take(name);
        if (!text) return {};
        const auto value = parse_integer<std::int32_t>(*text);
        if (!value) return unparsable(*text, name);
        if (*value < 1) return refused("{} must be larger than 0, but was {}", name, *value);
        return {};
    }
    status word(const std::string& name, std::span<const std::string_view> allowed) {
        const auto text = take(name);
        if (!text || is_one_of(*text, allowed)) return {};
        return refused("{} is not valid for {}", *text, name);
    }
    status expired_check_frequency() {
        constexpr const char* name = "expired_sstable_check_frequency_seconds";
        const auto text = take(name);
        if (!text) return {};
        const auto value = parse_integer<std::int64_t>(*text);
        if (!value) return unparsable(*text, name);
        if (*value < 0) return refused("{} must not be negative, but was {}", name, *value);
        return {};
    }
    /// "T4, L8, N, -2".
    static status scaling(std::string_view parameters) {
        while (true) {
            const auto comma = parameters.find(',');
            auto each = parameters.substr(0, comma);
            while (each.starts_with(' ')) each.remove_prefix(1);
            while (each.ends_with(' ')) each.remove_suffix(1);
            const auto shape = upper_case(each);
            auto number = std::string_view(shape);
            if (!number.empty() && std::string_view("LT+-").find(number[0]) != std::string::npos) {
                number.remove_prefix(1);
            }
            if (shape != "N" && !all_digits(number)) {
                return refused("Scaling parameter {} must match N|L[0-9]+|T[0-9]+|[+-]?[0-9]+",
                               each);
            }
            if (comma == std::string_view::npos) return {};
            parameters.remove_prefix(comma + 1);
        }
    }

    option_entries _left;
};

status check_overlap(option_entries& given) {
    const auto found = given.find("provide_overlapping_tombstones");
    if (found == given.end()) return {};
    const auto word = upper_case(found->second);
    if (word == "NONE" || word == "ROW" || word == "CELL") return {};
    return refused(
        "Invalid value {} for 'provide_overlapping_tombstones' compaction sub-option - must be one "
        "of the following [NONE, ROW, CELL].",
        word);
}

status check_thresholds(const option_entries& given) {
    std::array<std::int64_t, 2> values = {4, 32};
    constexpr std::array<const char*, 2> names = {"min_threshold", "max_threshold"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = given.find(names[i]);
        if (found == given.end()) continue;
        const auto value = parse_integer<std::int32_t>(found->second);
        if (!all_digits(found->second) || !value) {
            return refused("Invalid value {} for '{}' compaction sub-option - must be an integer",
                           found->second, names[i]);
        }
        values[i] = *value;
    }
    const auto [least, most] = values;
    if (least == 0 || most == 0) {
        return refused(
            "Disabling compaction by setting compaction thresholds to 0 has been removed, set the "
            "compaction option 'enabled' to false instead.");
    }
    if (least == 1)
        return refused("Min compaction threshold cannot be less than 2 (got {})", least);
    if (least > most) {
        return refused(
            "Min compaction threshold (got {}) cannot be greater than max compaction threshold "
            "(got {})",
            least, most);
    }
    return {};
}

status check_compaction(std::string_view strategy, option_entries& given) {
    if (const auto found = given.find("enabled"); found != given.end()) {
        const auto word = lower_case(found->second);
        if (word != "true" && word != "false") {
            return refused("enabled should either be 'true' or 'false', not {}", found->second);
        }
    }
    NACRE_CHECK(check_overlap(given));
    compaction_check check(given);
    NACRE_CHECK(check.common());
    if (strategy == "SizeTieredCompactionStrategy") {
        NACRE_CHECK(check.size_tiered());
    } else if (strategy == "LeveledCompactionStrategy") {
        NACRE_CHECK(check.levelled());
    } else if (strategy == "TimeWindowCompactionStrategy") {
        NACRE_CHECK(check.time_window());
    } else {
        NACRE_CHECK(check.unified(given));
    }
    NACRE_CHECK(check.nothing_left(strategy));
    return check_thresholds(given);
}

status check_chunk_length(const option_entries& given) {
    constexpr const char* name = "chunk_length_in_kb";
    const auto found = given.find(name);
    if (found == given.end()) return {};
    const auto value = parse_integer<std::int32_t>(found->second);
    if (!value) return refused("Invalid value for {}", name);
    constexpr std::int32_t most_kib = INT32_MAX / 1024;
    if (*value > most_kib) return refused("Value of {} is too large ({})", name, *value);
    if (*value <= 0) return refused("Invalid negative or null {}", name);
    if ((*value & (*value - 1)) != 0) return refused("{} must be a power of 2", name);
    return {};
}

struct compressor {
    std::string_view name;
    std::array<std::string_view, 2> options;
};
constexpr std::array<compressor, 5> compressors = {{
    {"DeflateCompressor", {}},
    {"LZ4Compressor", {"lz4_compressor_type", "lz4_high_compressor_level"}},
    {"NoopCompressor", {}},
    {"SnappyCompressor", {}},
    {"ZstdCompressor", {"compression_level"}},
}};

/// What the compressor itself understands.
status check_compressor(const std::string& class_name, const option_entries& given) {
    std::string_view simple = class_name;
    if (simple.starts_with(compression_package)) simple.remove_prefix(compression_package.size());
    const auto known = std::ranges::find(compressors, simple, &compressor::name);
    if (known == compressors.end()) {
        return refused("Could not create Compression for type {}", class_name);
    }
    std::string unknown;
    for (const auto& [name, value] : given) {
        if (name == "class" || name == "chunk_length_in_kb" || name == "min_compress_ratio")
            continue;
        if (is_one_of(name, known->options)) continue;
        unknown += (unknown.empty() ? "" : ", ") + name;
    }
    if (!unknown.empty()) return refused("Unknown compression options {}", unknown);
    if (const auto found = given.find("lz4_compressor_type");
        found != given.end() && found->second != "fast" && found->second != "high") {
        return refused(
            "Invalid compressor type '{}' specified for LZ4 parameter 'lz4_compressor_type'. Valid "
            "options are [high, fast].",
            found->second);
    }
    if (const auto found = given.find("compression_level"); found != given.end()) {
        constexpr std::int32_t level_min = -131072;
        constexpr std::int32_t level_max = 22;
        const auto level = parse_integer<std::int32_t>(found->second);
        if (!level || *level < level_min || *level > level_max) {
            return refused(
                "ZstdCompressor.create() threw an error: java.lang.IllegalArgumentException "
                "compression_level={} is invalid",
                found->second);
        }
    }
    return {};
}

/// At least 1, or 0, which is the default and not kept.
status take_ratio(option_entries& given) {
    const auto found = given.find("min_compress_ratio");
    if (found == given.end()) return {};
    const auto ratio = parse_real(found->second);
    if (!ratio) return refused("Invalid value for min_compress_ratio");
    if (*ratio != 0 && !(*ratio >= 1)) {
        return refused("min_compress_ratio can either be 0 or greater than or equal to 1");
    }
    if (*ratio == 0) given.erase(found);
    return {};
}

}  // namespace

result<option_entries> canonical_compaction(option_entries given) {
    constexpr std::array<std::string_view, 4> strategies = {
        "LeveledCompactionStrategy", "SizeTieredCompactionStrategy", "TimeWindowCompactionStrategy",
        "UnifiedCompactionStrategy"};
    const auto found = given.find("class");
    if (found == given.end()) {
        return refused("Missing sub-option 'class' for the 'compaction' option");
    }
    std::string simple = found->second;
    if (simple.starts_with(compaction_package)) simple.erase(0, compaction_package.size());
    if (!is_one_of(simple, strategies)) {
        const bool qualified = simple.find('.') != std::string::npos;
        return refused("Unable to find compaction strategy class '{}{}'",
                       qualified ? "" : compaction_package, simple);
    }
    NACRE_CHECK(check_compaction(simple, given));
    found->second = std::string(compaction_package) + simple;
    if (simple != "UnifiedCompactionStrategy") {
        given.emplace("max_threshold", "32");
        given.emplace("min_threshold", "4");
    }
    return given;
}

result<option_entries> canonical_compression(option_entries given) {
    const auto enabled = given.extract("enabled");
    if (!enabled.empty() && lower_case(enabled.mapped()) != "true") {
        if (given.empty()) return option_entries{{"enabled", "false"}};
        return refused(
            "If the 'enabled' option is set to false no other options must be specified");
    }
    if (given.empty() && enabled.empty()) return option_entries{{"enabled", "false"}};
    const auto found = given.find("class");
    if (found == given.end()) {
        return refused("Missing sub-option 'class' for the 'compression' option.");
    }
    if (found->second.empty()) {
        return refused(
            "The 'class' option must not be empty. To disable compression use 'enabled' : false");
    }
    if (found->second.find('.') == std::string::npos) {
        found->second.insert(0, compression_package);
    }
    NACRE_CHECK(check_chunk_length(given));
    NACRE_CHECK(take_ratio(given));
    NACRE_CHECK(check_compressor(found->second, given));
    given.emplace("chunk_length_in_kb", "16");
    return given;
}

result<option_entries> canonical_caching(option_entries given) {
    std::string unknown;
    for (const auto& [key, value] : given) {
        if (key == "keys" || key == "rows_per_partition") continue;
        unknown += (unknown.empty() ? "" : ", ") + key;
    }
    if (!unknown.empty()) {
        return refused(
            "Invalid caching sub-options [{}]: only 'keys' and 'rows_per_partition' are allowed",
            unknown);
    }
    given.emplace("keys", "NONE");
    given.emplace("rows_per_partition", "NONE");
    for (auto& [key, value] : given) {
        const auto word = upper_case(value);
        const bool is_count = key == "rows_per_partition" && all_digits(value);
        if (word != "ALL" && word != "NONE" && !is_count) {
            return refused(
                "Invalid value '{}' for caching sub-option '{}': only 'ALL'{} are allowed", value,
                key, key == "keys" ? " and 'NONE'" : ", 'NONE', and integer values");
        }
        value = word;
    }
    return given;
}

}  // namespace nacre::catalog
