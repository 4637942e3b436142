#include "udf/function_statistics.h"

namespace nacre::udf {

function_statistics_ptr statistics_registry::of(const schema::function_definition& definition) {
    std::vector<std::string> types;
    types.reserve(definition.argument_types.size());
    for (const auto& type : definition.argument_types)
        types.push_back(type->to_cql_without_frozen());
    const std::lock_guard lock(_mutex);
    auto& found = _functions[key(definition.keyspace, definition.name, std::move(types))];
    found.language = definition.language;
    if (!found.statistics) found.statistics = std::make_shared<function_statistics>();
    return found.statistics;
}

std::vector<statistics_registry::entry> statistics_registry::snapshot() const {
    const std::lock_guard lock(_mutex);
    std::vector<entry> all;
    all.reserve(_functions.size());
    for (const auto& [which, counted] : _functions) {
        const auto& [keyspace, name, types] = which;
        const auto& figures = *counted.statistics;
        all.push_back(
            {.keyspace = keyspace,
             .name = name,
             .argument_types = types,
             .language = counted.language,
             .calls = figures.calls.load(std::memory_order_relaxed),
             .rows = figures.rows.load(std::memory_order_relaxed),
             .errors = figures.errors.load(std::memory_order_relaxed),
             .cpu_ns = figures.cpu_ns.load(std::memory_order_relaxed),
             .memory_bytes_peak = figures.memory_bytes_peak.load(std::memory_order_relaxed)});
    }
    return all;
}

}  // namespace nacre::udf
