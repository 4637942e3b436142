#include "main/live_system_tables.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include "catalog/keyspace_options.h"
#include "data/token.h"
#include "main/function_tables.h"
#include "main/loop_tables.h"
#include "types/value.h"

namespace nacre {

namespace {

using catalog::live_row;
using partition_keys = std::vector<data::partition_key>;
using rows_task = runtime::task<std::vector<live_row>>;
using types::serialise_integer;

constexpr std::uint64_t mebibyte = 1 << 20;

bytes big_number(std::uint64_t value) {
    return serialise_integer(static_cast<std::int64_t>(value));
}

bytes number(std::uint64_t value) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    return serialise_integer(static_cast<std::int32_t>(std::min(value, most)));
}

// --- system_views.settings

// By the names that Cassandra's settings have, for tools that ask for them.
std::map<std::string, std::string> cassandra_settings(const catalog::node_info& node) {
    return {
        {"cluster_name", node.cluster_name},
        {"listen_address", node.listen_address},
        {"native_transport_port", fmt::format("{}", node.native_port)},
        {"partitioner", "org.apache.cassandra.dht.Murmur3Partitioner"},
        {"rpc_address", node.listen_address},
        {"start_native_transport", "true"},
        {"user_defined_functions_enabled", "true"},
        {"materialized_views_enabled", "false"},
        {"transient_replication_enabled", "false"},
        {"dynamic_data_masking_enabled", "false"},
    };
}

rows_task settings(table_sources from, const partition_keys*) {
    auto all = cassandra_settings(from.schema.node());
    all.merge(settings_of(from.config));
    std::vector<live_row> rows;
    for (const auto& [name, value] : all) rows.push_back({{"name", name}, {"value", value}});
    co_return rows;
}

// --- system_views.clients

void add_text(live_row& row, const char* column, const std::string& text) {
    if (!text.empty()) row.emplace(column, text);
}

live_row client_row(const server::client_info& client) {
    const auto option = [&client](const std::string& name) {
        const auto found = client.options.find(name);
        return found == client.options.end() ? std::string() : found->second;
    };
    const auto address =
        types::from_text(*types::type::native(types::type_kind::inet), client.address);
    live_row row{
        {"address", address.value_or(bytes())},
        {"port", number(client.port)},
        {"client_options", types::join_map(std::vector<std::pair<bytes, bytes>>(
                               client.options.begin(), client.options.end()))},
        {"connection_stage", client.is_ready ? "ready" : "established"},
        {"protocol_version", number(client.protocol_version)},
        {"request_count", big_number(client.requests)},
        {"ssl_enabled", types::serialise_boolean(!client.tls_protocol.empty())},
        {"username", client.role},
    };
    add_text(row, "driver_name", option("DRIVER_NAME"));
    add_text(row, "driver_version", option("DRIVER_VERSION"));
    add_text(row, "keyspace_name", client.keyspace);
    add_text(row, "ssl_protocol", client.tls_protocol);
    add_text(row, "ssl_cipher_suite", client.tls_cipher_suite);
    return row;
}

rows_task clients(table_sources from, const partition_keys*) {
    std::vector<live_row> rows;
    for (const auto& client : co_await from.server.clients()) rows.push_back(client_row(client));
    co_return rows;
}

// --- system_views.queries, thread_pools, cql_metrics; system.prepared_statements

rows_task queries(table_sources from, const partition_keys*) {
    std::vector<live_row> rows;
    for (auto& each : co_await from.engine.running()) {
        rows.push_back({
            {"thread_id", fmt::format("Shard-{}:{}", each.shard, each.number)},
            {"running_micros", serialise_integer(std::int64_t{each.running_us.count()})},
            {"task", std::move(each.task)},
        });
    }
    co_return rows;
}

rows_task thread_pools(table_sources from, const partition_keys*) {
    std::vector<live_row> rows;
    for (const auto& each : from.server.requests()) {
        rows.push_back({
            {"name", fmt::format("Shard-{}", rows.size())},
            {"active_tasks", number(each.in_flight)},
            {"completed_tasks", big_number(each.answered)},
        });
    }
    co_return rows;
}

rows_task cql_metrics(table_sources from, const partition_keys*) {
    const auto figures = from.engine.totals();
    const auto executed = figures.prepared_executed + figures.regular_executed;
    const std::array<std::pair<const char*, double>, 5> metrics{{
        {"prepared_statements_count", static_cast<double>(figures.prepared_statements)},
        {"prepared_statements_evicted", static_cast<double>(figures.prepared_evicted)},
        {"prepared_statements_executed", static_cast<double>(figures.prepared_executed)},
        {"prepared_statements_ratio",
         executed == 0
             ? 0
             : static_cast<double>(figures.prepared_executed) / static_cast<double>(executed)},
        {"regular_statements_executed", static_cast<double>(figures.regular_executed)},
    }};
    std::vector<live_row> rows;
    for (const auto& [name, value] : metrics) {
        rows.push_back({{"name", name}, {"value", types::serialise_double(value)}});
    }
    co_return rows;
}

rows_task prepared_statements(table_sources from, const partition_keys*) {
    std::vector<live_row> rows;
    for (auto& each : co_await from.engine.prepared()) {
        auto& row = rows.emplace_back(
            live_row{{"prepared_id", std::move(each.id)}, {"query_string", std::move(each.text)}});
        add_text(row, "logged_keyspace", each.keyspace);
    }
    co_return rows;
}

// --- sizes: system.size_estimates, system.table_estimates, system_views.disk_usage

// The part of the ring on each side of the node's one token, as estimates name them.
struct estimated_range {
    data::token_range tokens;
    const char* start;
    const char* end;
};
constexpr const char* ring_end = "-9223372036854775808";
constexpr std::array estimated_ranges{
    estimated_range{{data::minimum_token, data::token{0}}, ring_end, "0"},
    estimated_range{{data::token{0}, data::maximum_token}, "0", ring_end},
};

// The tables of the keyspaces that are asked for. Those that Cassandra keeps on each node alone
// have no estimates there.
std::vector<schema::table_ptr> estimated_tables(const schema::snapshot& schema,
                                                const partition_keys* wanted) {
    std::vector<schema::table_ptr> tables;
    for (const auto& [name, keyspace] : schema.keyspaces) {
        if (catalog::is_system_keyspace(name) && !catalog::is_replicated_system_keyspace(name)) {
            continue;
        }
        const auto asked_for = [&name](const auto& key) { return key.front() == name; };
        if (wanted != nullptr && std::ranges::none_of(*wanted, asked_for)) continue;
        for (const auto& [table_name, table] : keyspace->tables()) tables.push_back(table);
    }
    return tables;
}

// Calls `add(table, range, size)` for each table and range, in that order. A table whose size can't
// be found out is left out.
template <typename Add>
runtime::task<void> for_each_size(catalog::live_tables& store,
                                  std::vector<schema::table_ptr> tables, Add add) {
    for (const auto& table : tables) {
        for (const auto& range : estimated_ranges) {
            const auto size = co_await store.estimate(table, range.tokens);
            if (size) add(*table, range, *size);
        }
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
}

live_row size_row(const schema::table& table, const estimated_range& range,
                  const storage::size_estimate& size) {
    return {
        {"keyspace_name", table.keyspace()},
        {"table_name", table.name()},
        {"range_start", range.start},
        {"range_end", range.end},
        {"mean_partition_size", big_number(size.mean_partition_bytes)},
        {"partitions_count", big_number(size.partitions)},
    };
}

struct size_estimates {
    catalog::live_tables& store;
    catalog::catalog& schema;
    rows_task operator()(const partition_keys* wanted) const {
        std::vector<live_row> rows;
        co_await for_each_size(store, estimated_tables(*schema.current()->schema, wanted),
                               [&rows](const schema::table& table, const estimated_range& range,
                                       const storage::size_estimate& size) {
                                   rows.push_back(size_row(table, range, size));
                               });
        co_return rows;
    }
};

struct table_estimates {
    catalog::live_tables& store;
    catalog::catalog& schema;
    rows_task operator()(const partition_keys* wanted) const {
        std::vector<live_row> rows;
        co_await for_each_size(store, estimated_tables(*schema.current()->schema, wanted),
                               [&rows](const schema::table& table, const estimated_range& range,
                                       const storage::size_estimate& size) {
                                   for (const char* kind : {"local_primary", "primary"}) {
                                       rows.push_back(size_row(table, range, size));
                                       rows.back().emplace("range_type", kind);
                                   }
                               });
        co_return rows;
    }
};

struct disk_usage {
    catalog::live_tables& store;
    catalog::catalog& schema;
    rows_task operator()(const partition_keys* wanted) const {
        std::vector<schema::table_ptr> tables;
        const auto snapshot = schema.current()->schema;
        for (const auto& [name, keyspace] : snapshot->keyspaces) {
            if (keyspace->is_virtual) continue;
            for (const auto& [table_name, table] : keyspace->tables()) {
                const data::partition_key key{name, table_name};
                if (wanted == nullptr || std::ranges::find(*wanted, key) != wanted->end()) {
                    tables.push_back(table);
                }
            }
        }
        std::vector<live_row> rows;
        std::uint64_t of_table = 0;
        co_await for_each_size(store, std::move(tables),
                               [&](const schema::table& table, const estimated_range& range,
                                   const storage::size_estimate& size) {
                                   if (&range == estimated_ranges.begin()) of_table = 0;
                                   of_table += size.partitions * size.mean_partition_bytes;
                                   if (&range == &estimated_ranges.back()) {
                                       add_usage(rows, table, of_table);
                                   }
                               });
        co_return rows;
    }

    static void add_usage(std::vector<live_row>& rows, const schema::table& table,
                          std::uint64_t size) {
        // As there, empty tables are not listed and a part of a mebibyte counts as one.
        if (size == 0) return;
        rows.push_back({{"keyspace_name", table.keyspace()},
                        {"table_name", table.name()},
                        {"mebibytes", big_number((size + mebibyte - 1) / mebibyte)}});
    }
};

}  // namespace

void provide_system_tables(catalog::live_tables& tables, table_sources sources) {
    struct entry {
        const char* keyspace;
        const char* table;
        rows_task (*rows)(table_sources, const partition_keys*);
    };
    constexpr std::array entries{
        entry{"system_views", "settings", settings},
        entry{"system_views", "clients", clients},
        entry{"system_views", "queries", queries},
        entry{"system_views", "thread_pools", thread_pools},
        entry{"system_views", "cql_metrics", cql_metrics},
        entry{"system", "prepared_statements", prepared_statements},
    };
    for (const auto& [keyspace, table, rows] : entries) {
        tables.provide(keyspace, table, [rows, sources](const partition_keys* wanted) {
            return rows(sources, wanted);
        });
    }
    provide_function_tables(tables, sources.schema, sources.functions);
    provide_loop_tables(tables, sources.shards);
    tables.provide("system", "size_estimates", size_estimates{tables, sources.schema});
    tables.provide("system", "table_estimates", table_estimates{tables, sources.schema});
    tables.provide("system_views", "disk_usage", disk_usage{tables, sources.schema});
}

}  // namespace nacre
