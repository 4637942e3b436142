#include "udf/statistics_registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/shard.h"
#include "udf/readable_text.h"

namespace nacre::udf {

namespace {

constexpr std::uint32_t lines_of_all_per_line_of_one = 10;

std::vector<std::string> texts_of(const std::vector<types::type_ptr>& types) {
    std::vector<std::string> texts;
    texts.reserve(types.size());
    for (const auto& type : types) texts.push_back(type->to_cql_without_frozen());
    return texts;
}

}  // namespace

statistics_registry::statistics_registry(observation_options options)
    : _options(options),
      _logs(options.log_bytes_kept_max, options.log_bytes_kept_total_max),
      _server_log(options.log_lines_per_second_max * lines_of_all_per_line_of_one) {}

function_statistics_ptr statistics_registry::of(const schema::function_definition& definition,
                                                std::string interface,
                                                const function_limits& limits) {
    function_version version{.version = definition.version,
                             .language = definition.language,
                             .interface = std::move(interface),
                             .limits = limits};
    const std::lock_guard lock(_mutex);
    auto& found =
        _functions[key(definition.keyspace, definition.name, texts_of(definition.argument_types))];
    auto statistics = found.statistics.lock();
    if (statistics) {
        if (found.version.version != definition.version) statistics->refusals.lift();
    } else {
        _logs.forget(found.number);
        if (!found.has_own_metrics && _with_own_metrics < _options.metrics_functions_max) {
            found.has_own_metrics = true;
            ++_with_own_metrics;
        }
        found.number = ++_last_number;
        statistics = std::make_shared<function_statistics>(
            statistics_setup{.number = found.number,
                             .options = &_options,
                             .captures = _captures,
                             .world = _world,
                             .has_own_metrics = found.has_own_metrics});
        found.statistics = statistics;
    }
    found.argument_types = definition.argument_types;
    found.version = std::move(version);
    if (_functions.size() >= _sweep_at) sweep();
    return statistics;
}

void statistics_registry::sweep() {
    for (auto each = _functions.begin(); each != _functions.end();) {
        const auto here = each++;
        if (here->second.statistics.expired()) erase(here);
    }
    _sweep_at = std::max<std::size_t>(64, _functions.size() * 2);
}

void statistics_registry::erase(std::map<key, counted>::iterator gone) {
    _logs.forget(gone->second.number);
    if (gone->second.has_own_metrics) --_with_own_metrics;
    _functions.erase(gone);
}

std::optional<statistics_registry::entry> statistics_registry::entry_of(const key& which,
                                                                        const counted& from) {
    auto statistics = from.statistics.lock();
    if (!statistics) return std::nullopt;
    return entry{.keyspace = std::get<0>(which),
                 .name = std::get<1>(which),
                 .argument_types = from.argument_types,
                 .version = from.version,
                 .statistics = std::move(statistics)};
}

std::vector<statistics_registry::entry> statistics_registry::snapshot() const {
    std::vector<entry> all;
    const std::lock_guard lock(_mutex);
    all.reserve(_functions.size());
    for (const auto& [which, counted] : _functions) {
        if (auto found = entry_of(which, counted)) all.push_back(std::move(*found));
    }
    return all;
}

std::optional<statistics_registry::entry> statistics_registry::find(
    std::string_view keyspace, std::string_view name,
    const std::vector<types::type_ptr>& argument_types) const {
    const std::lock_guard lock(_mutex);
    const auto found = _functions.find(key(keyspace, name, texts_of(argument_types)));
    if (found == _functions.end()) return std::nullopt;
    return entry_of(found->first, found->second);
}

void statistics_registry::forget(std::string_view keyspace,
                                 const std::function<bool(const entry&)>& is_gone) {
    for (const auto& each : snapshot()) {
        if (each.keyspace != keyspace || !is_gone(each)) continue;
        const std::lock_guard lock(_mutex);
        const auto found =
            _functions.find(key(each.keyspace, each.name, texts_of(each.argument_types)));
        if (found != _functions.end() && found->second.number == each.statistics->setup.number) {
            erase(found);
        }
    }
}

std::optional<std::string> statistics_registry::keep_line(function_statistics& statistics,
                                                          guest_stream stream,
                                                          std::string_view text) {
    const auto* shard = runtime::this_shard_or_null();
    auto line =
        std::make_shared<const log_line>(log_line{.id = uuid::time_based(),
                                                  .shard = shard == nullptr ? 0 : shard->id(),
                                                  .stream = stream,
                                                  .text = readable(text, text.size())});
    const bool is_shown = statistics.server_log.allows_one() && _server_log.allows_one();
    std::optional<std::string> shown;
    if (is_shown) {
        shown = line->text;
        if (const auto hidden = statistics.log_lines_hidden_since.exchange(0); hidden != 0) {
            *shown += fmt::format(" ({} lines before it are not shown)", hidden);
        }
    } else {
        statistics.log_lines_hidden.fetch_add(1, std::memory_order_relaxed);
        statistics.log_lines_hidden_since.fetch_add(1, std::memory_order_relaxed);
    }
    _logs.add(statistics.setup.number, std::move(line));
    return shown;
}

}  // namespace nacre::udf
