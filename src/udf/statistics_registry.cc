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
    auto& here = _keyspaces[definition.keyspace];
    auto& found = here.functions[key(definition.name, texts_of(definition.argument_types))];
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
    sweep(here);
    return statistics;
}

void statistics_registry::sweep(of_keyspace& here) {
    // More than one for each that is added, so that what is gone does not pile up.
    constexpr int looked_at = 4;
    auto next = here.functions.upper_bound(here.swept_to);
    for (int i = 0; i < looked_at; ++i) {
        if (next == here.functions.end()) next = here.functions.begin();
        if (next == here.functions.end()) return;
        here.swept_to = next->first;
        next = next->second.statistics.expired() ? erase(here, next) : std::next(next);
    }
}

std::map<statistics_registry::key, statistics_registry::counted>::iterator
statistics_registry::erase(of_keyspace& here, std::map<key, counted>::iterator gone) {
    release(gone->second);
    return here.functions.erase(gone);
}

void statistics_registry::release(const counted& gone) {
    _logs.forget(gone.number);
    if (gone.has_own_metrics) --_with_own_metrics;
}

std::optional<statistics_registry::entry> statistics_registry::entry_of(std::string_view keyspace,
                                                                        const key& which,
                                                                        const counted& from) {
    auto statistics = from.statistics.lock();
    if (!statistics) return std::nullopt;
    return entry{.keyspace = std::string(keyspace),
                 .name = which.first,
                 .argument_types = from.argument_types,
                 .version = from.version,
                 .statistics = std::move(statistics)};
}

std::optional<statistics_registry::entry> statistics_registry::next(place& from) const {
    const std::lock_guard lock(_mutex);
    auto here = _keyspaces.lower_bound(from.keyspace);
    for (; here != _keyspaces.end(); ++here) {
        const auto& functions = here->second.functions;
        const bool goes_on = !from.is_fresh && here->first == from.keyspace;
        auto each = goes_on ? functions.upper_bound(from.after) : functions.begin();
        for (; each != functions.end(); ++each) {
            auto found = entry_of(here->first, each->first, each->second);
            if (!found) continue;
            from = {.keyspace = here->first, .after = each->first, .is_fresh = false};
            return found;
        }
    }
    return std::nullopt;
}

std::vector<statistics_registry::entry> statistics_registry::snapshot() const {
    // Not all under one lock: shards want it, too.
    std::vector<entry> all;
    place at;
    while (auto found = next(at)) all.push_back(std::move(*found));
    return all;
}

std::optional<statistics_registry::entry> statistics_registry::find(
    std::string_view keyspace, std::string_view name,
    const std::vector<types::type_ptr>& argument_types) const {
    const std::lock_guard lock(_mutex);
    const auto here = _keyspaces.find(keyspace);
    if (here == _keyspaces.end()) return std::nullopt;
    const auto found = here->second.functions.find(key(name, texts_of(argument_types)));
    if (found == here->second.functions.end()) return std::nullopt;
    return entry_of(keyspace, found->first, found->second);
}

void statistics_registry::forget(std::string_view keyspace, const std::string& name,
                                 const std::function<bool(const entry&)>& is_gone) {
    const std::lock_guard lock(_mutex);
    const auto found = _keyspaces.find(keyspace);
    if (found == _keyspaces.end()) return;
    auto& here = found->second;
    for (auto each = here.functions.lower_bound(key(name, {}));
         each != here.functions.end() && each->first.first == name;) {
        const auto entry = entry_of(keyspace, each->first, each->second);
        each = !entry || is_gone(*entry) ? erase(here, each) : std::next(each);
    }
    if (here.functions.empty()) _keyspaces.erase(found);
}

void statistics_registry::forget_keyspace(std::string_view keyspace) {
    const std::lock_guard lock(_mutex);
    const auto found = _keyspaces.find(keyspace);
    if (found == _keyspaces.end()) return;
    _garbage.later([this, gone = std::move(found->second.functions)] {
        for (const auto& [which, counted] : gone) {
            const std::lock_guard again(_mutex);
            release(counted);
        }
    });
    _keyspaces.erase(found);
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
