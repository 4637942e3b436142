#include "main/function_tables.h"

#include <algorithm>

#include "catalog/resolve_type.h"
#include "function/time_conversion.h"
#include "types/value.h"

namespace nacre {

namespace {

using catalog::live_row;
using partition_keys = std::vector<data::partition_key>;
using rows_task = runtime::task<std::vector<live_row>>;
using types::serialise_integer;

bytes number(std::uint64_t value) {
    return serialise_integer(static_cast<std::int64_t>(value));
}

bytes time_of(std::chrono::system_clock::time_point point) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(point.time_since_epoch());
    return serialise_integer(std::int64_t{ms.count()});
}

bytes texts(const std::vector<types::type_ptr>& types) {
    std::vector<optional_bytes> elements;
    for (const auto& type : types) elements.emplace_back(catalog::function_type_text(type));
    return types::join_list(elements);
}

bytes numbers_by_name(std::map<std::string, std::uint64_t> numbers) {
    std::vector<std::pair<bytes, bytes>> entries;
    for (const auto& [name, value] : numbers) entries.emplace_back(name, number(value));
    return types::join_map(entries);
}

std::vector<schema::function_ptr> functions_of(const schema::snapshot& schema) {
    std::vector<schema::function_ptr> all;
    for (const auto& [keyspace_name, keyspace] : schema.keyspaces) {
        for (const auto& [name, overloads] : keyspace->functions()) {
            all.insert(all.end(), overloads.begin(), overloads.end());
        }
    }
    return all;
}

live_row row_of(const schema::function_definition& definition) {
    return {
        {"keyspace_name", definition.keyspace},
        {"function_name", definition.name},
        {"argument_types", texts(definition.argument_types)},
        {"language", definition.language},
        {"body_digest", definition.source_digest},
        {"body_bytes", number(definition.source().size())},
        {"deterministic", types::serialise_boolean(definition.is_deterministic)},
    };
}

void add_version(live_row& row, const udf::function_version& version) {
    std::map<std::string, std::uint64_t> limits;
    for (const auto& limit : function_limit_table) {
        limits.emplace(limit.name, version.limits.*limit.member);
    }
    row["interface"] = version.interface;
    row["limits"] = numbers_by_name(std::move(limits));
}

void add_figures(live_row& row, const udf::function_statistics& figures) {
    const auto us = [](std::chrono::nanoseconds time) {
        return number(static_cast<std::uint64_t>(time.count()) / 1000);
    };
    std::map<std::string, std::uint64_t> errors;
    for (std::size_t i = 0; i < udf::failure_kind_names.size(); ++i) {
        const auto kind = static_cast<udf::failure_kind>(i);
        if (const auto count = figures.failures(kind); count != 0) {
            errors.emplace(name_of(kind), count);
        }
    }
    const auto rows = figures.rows.load();
    const auto cpu_ns = figures.cpu_ns.load();
    row["statements"] = number(figures.statements);
    row["calls"] = number(figures.calls);
    row["rows"] = number(rows);
    row["errors"] = numbers_by_name(std::move(errors));
    row["cpu_us"] = number(cpu_ns / 1000);
    if (rows != 0) {
        row["cpu_ns_per_row"] =
            types::serialise_double(static_cast<double>(cpu_ns) / static_cast<double>(rows));
    }
    if (figures.latency.count() != 0) {
        constexpr double most = 0.99;
        row["call_us_p50"] = us(figures.latency.quantile(0.5));
        row["call_us_p99"] = us(figures.latency.quantile(most));
        row["call_us_max"] = us(figures.latency.longest());
    }
    row["memory_bytes_peak"] = number(figures.memory_bytes_peak);
    row["log_lines"] = number(figures.log_lines);
    row["log_bytes"] = number(figures.log_bytes);
    row["log_bytes_dropped"] = number(figures.log_bytes_dropped);
    row["log_lines_hidden"] = number(figures.log_lines_hidden);
    row["quarantines"] = number(figures.refusals.times());
    if (const auto until = figures.refusals.until()) row["quarantined_until"] = time_of(*until);
    if (const auto last = figures.last()) {
        row["last_error"] = last->message;
        row["last_error_time"] = time_of(last->time);
    }
}

struct function_rows {
    catalog::catalog& schema;
    const udf::statistics_registry& functions;

    rows_task operator()(const partition_keys* wanted) const {
        std::vector<live_row> rows;
        const auto current = schema.current()->schema;
        for (const auto& definition : functions_of(*current)) {
            const auto asked_for = [&](const auto& key) {
                return key.front() == definition->keyspace;
            };
            if (wanted != nullptr && std::ranges::none_of(*wanted, asked_for)) continue;
            auto& row = rows.emplace_back(row_of(*definition));
            if (const auto found = functions.find(definition->keyspace, definition->name,
                                                  definition->argument_types)) {
                add_version(row, found->version);
                add_figures(row, *found->statistics);
            }
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
        co_return rows;
    }
};

live_row row_of(const udf::log_line& line) {
    const auto id = line.id.to_bytes();
    return {
        {"id", id},
        {"time", serialise_integer(function::milliseconds_of_uuid(id))},
        {"shard", serialise_integer(static_cast<std::int32_t>(line.shard))},
        {"stream", udf::name_of(line.stream)},
        {"line", line.text},
    };
}

struct function_log_rows {
    const udf::statistics_registry& functions;

    rows_task operator()(const partition_keys* wanted) const {
        std::vector<live_row> rows;
        udf::statistics_registry::place place;
        while (const auto function = functions.next(place)) {
            const data::partition_key key{function->keyspace, function->name};
            if (wanted == nullptr || std::ranges::find(*wanted, key) != wanted->end()) {
                add_lines(rows, *function);
            }
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
        co_return rows;
    }

    void add_lines(std::vector<live_row>& rows,
                   const udf::statistics_registry::entry& function) const {
        const auto types = texts(function.argument_types);
        for (const auto& line : functions.lines_of(*function.statistics)) {
            auto& row = rows.emplace_back(row_of(*line));
            row["keyspace_name"] = function.keyspace;
            row["function_name"] = function.name;
            row["argument_types"] = types;
        }
    }
};

}  // namespace

void provide_function_tables(catalog::live_tables& tables, catalog::catalog& schema,
                             const udf::statistics_registry& functions) {
    tables.provide("system_views", "functions", function_rows{schema, functions});
    tables.provide("system_views", "function_logs", function_log_rows{functions});
}

}  // namespace nacre
