#include "catalog/schema_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "catalog/resolve_type.h"
#include "catalog/system_tables.h"
#include "catalog/table_options.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using types::serialise_integer;

bytes text_list(const std::vector<std::string>& elements) {
    return types::join_list(std::vector<optional_bytes>(elements.begin(), elements.end()));
}

bytes text_map(const std::map<std::string, std::string>& entries) {
    return types::join_map(std::vector<std::pair<bytes, bytes>>(entries.begin(), entries.end()));
}

bytes type_list(const std::vector<types::type_ptr>& list) {
    std::vector<std::string> texts;
    for (const auto& type : list) texts.push_back(function_type_text(type));
    return text_list(texts);
}

/// The serialised form of a native value from its text, which is canonical and so valid.
bytes native_value(types::type_kind kind, const std::string& text) {
    return types::from_text(*types::type::native(kind), text).value_or(bytes());
}

row_values& row_in(row_set& rows, const char* keyspace, const char* table, bytes key,
                   data::clustering_key clustering = {}) {
    row_address address{system_table(keyspace, table), {std::move(key)}, std::move(clustering)};
    return rows[std::move(address)];
}

void add_keyspace(row_set& rows, const schema::keyspace& keyspace) {
    auto& row = row_in(rows, "system_schema", "keyspaces", keyspace.name);
    row["durable_writes"] = types::serialise_boolean(keyspace.durable_writes);
    row["replication"] = text_map(keyspace.replication);
}

const char* kind_text(schema::column_kind kind) {
    switch (kind) {
        case schema::column_kind::partition_key:
            return "partition_key";
        case schema::column_kind::clustering:
            return "clustering";
        case schema::column_kind::static_:
            return "static";
        case schema::column_kind::regular:
            return "regular";
    }
    return "";
}

const char* order_text(schema::clustering_order order) {
    switch (order) {
        case schema::clustering_order::none:
            return "none";
        case schema::clustering_order::ascending:
            return "asc";
        case schema::clustering_order::descending:
            return "desc";
    }
    return "";
}

bytes extension_map(const std::map<std::string, std::string>& entries) {
    std::vector<std::pair<bytes, bytes>> raw;
    for (const auto& [key, value] : entries) {
        auto decoded = value.starts_with("0x") ? from_hex(value.substr(2)) : std::nullopt;
        raw.emplace_back(key, decoded ? std::move(*decoded) : value);
    }
    return types::join_map(raw);
}

void add_options(row_values& row, const schema::table_options& options) {
    for (const auto& definition : table_option_definitions()) {
        const std::string name(definition.name);
        const auto text = definition.kind == option_kind::map ? "" : option_text(options, name);
        switch (definition.kind) {
            case option_kind::text:
                // Cassandra leaves the default memtable out.
                if (name != "memtable" || text != "default") row[name] = text;
                break;
            case option_kind::integer:
                row[name] = native_value(types::type_kind::int_, text);
                break;
            case option_kind::real:
                row[name] = native_value(types::type_kind::double_, text);
                break;
            case option_kind::boolean:
                // Likewise the defaults of these.
                if (text != definition.default_text) {
                    row[name] = types::serialise_boolean(text == "true");
                }
                break;
            case option_kind::map: {
                const auto found = options.maps.find(name);
                if (found == options.maps.end()) break;
                row[name] =
                    name == "extensions" ? extension_map(found->second) : text_map(found->second);
                break;
            }
        }
    }
    row["dclocal_read_repair_chance"] = types::serialise_double(0);
    row["read_repair_chance"] = types::serialise_double(0);
}

void add_table(row_set& rows, const schema::table& table) {
    std::vector<std::pair<bytes, bytes>> column_ids;
    for (const auto& column : table.columns()) {
        auto& row =
            row_in(rows, "system_schema", "columns", table.keyspace(), {table.name(), column.name});
        const bool in_key = column.kind == schema::column_kind::partition_key ||
                            column.kind == schema::column_kind::clustering;
        row["clustering_order"] = order_text(column.order);
        row["column_name_bytes"] = column.name;
        row["kind"] = kind_text(column.kind);
        row["position"] =
            serialise_integer(in_key ? static_cast<std::int32_t>(column.position) : -1);
        row["type"] = column.type->to_cql();
        column_ids.emplace_back(column.name,
                                serialise_integer(static_cast<std::int32_t>(column.id)));
    }
    std::ranges::sort(column_ids);
    for (const auto& dropped : table.dropped_columns()) {
        auto& row = row_in(rows, "system_schema", "dropped_columns", table.keyspace(),
                           {table.name(), dropped.name});
        row["dropped_time"] = serialise_integer(dropped.dropped_time_us / 1000);
        row["kind"] = kind_text(dropped.kind);
        row["type"] = dropped.type->to_cql();
    }

    auto& row = row_in(rows, "system_schema", "tables", table.keyspace(), {table.name()});
    add_options(row, table.options());
    row["id"] = table.id().to_bytes();
    row["flags"] =
        table.is_counter() ? text_list({"compound", "counter"}) : text_list({"compound"});

    auto& ours = row_in(rows, "system_nacre", "tables", table.keyspace(), {table.name()});
    ours["storage_id"] = serialise_integer(static_cast<std::int32_t>(table.storage_id()));
    ours["next_column_id"] = serialise_integer(static_cast<std::int32_t>(table.next_column_id()));
    ours["column_ids"] = types::join_map(column_ids);
}

void add_type(row_set& rows, const types::type& type) {
    auto& row = row_in(rows, "system_schema", "types", type.keyspace(), {type.name()});
    std::vector<std::string> field_types;
    for (const auto& field : type.parameters()) field_types.push_back(field->to_cql());
    row["field_names"] = text_list(type.field_names());
    row["field_types"] = text_list(field_types);
}

void add_function(row_set& rows, const schema::function_definition& function) {
    const data::clustering_key place{function.name, type_list(function.argument_types)};
    auto& row = row_in(rows, "system_schema", "functions", function.keyspace, place);
    row["argument_names"] = text_list(function.argument_names);
    row["body"] = function.body;
    row["called_on_null_input"] =
        types::serialise_boolean(function.on_null == schema::null_input::called);
    row["language"] = function.language;
    row["return_type"] = function_type_text(function.return_type);
    row["deterministic"] = types::serialise_boolean(function.is_deterministic);
    // Drivers read MONOTONIC ON from a list of one, and only where this is false.
    row["monotonic"] =
        types::serialise_boolean(function.is_monotonic && !function.monotonic_on.has_value());
    std::vector<std::string> monotonic_on;
    if (function.monotonic_on) monotonic_on.push_back(*function.monotonic_on);
    row["monotonic_on"] = text_list(monotonic_on);
    auto& ours = row_in(rows, "system_nacre", "functions", function.keyspace, place);
    ours["version"] = function.version.to_bytes();
    ours["source_digest"] = function.source_digest;
    if (!function.options.empty()) ours["options"] = text_map(function.options);
}

void add_aggregate(row_set& rows, const schema::aggregate_definition& aggregate) {
    const data::clustering_key place{aggregate.name, type_list(aggregate.argument_types)};
    auto& row = row_in(rows, "system_schema", "aggregates", aggregate.keyspace, place);
    if (aggregate.final_function) row["final_func"] = *aggregate.final_function;
    if (aggregate.initial_condition) {
        row["initcond"] =
            types::to_cql_literal(*aggregate.state_type, *aggregate.initial_condition);
    }
    row["return_type"] = function_type_text(aggregate.return_type);
    row["state_func"] = aggregate.state_function;
    row["state_type"] = function_type_text(aggregate.state_type);
    row["deterministic"] = types::serialise_boolean(aggregate.is_deterministic);
    if (aggregate.reduce_function) {
        auto& more = row_in(rows, "system_schema", "scylla_aggregates", aggregate.keyspace, place);
        more["reduce_func"] = *aggregate.reduce_function;
        more["state_type"] = function_type_text(aggregate.state_type);
        row_in(rows, "system_nacre", "aggregates", aggregate.keyspace, place)["reduce_func"] =
            *aggregate.reduce_function;
    }
}

void add_virtual_keyspace(row_set& rows, const schema::keyspace& keyspace) {
    row_in(rows, "system_virtual_schema", "keyspaces", keyspace.name);
    row_set as_real;
    for (const auto& [name, table] : keyspace.tables()) {
        auto& row = row_in(rows, "system_virtual_schema", "tables", keyspace.name, {name});
        row["comment"] = table->options().comment;
        add_table(as_real, *table);
    }
    for (auto& [address, values] : as_real) {
        if (address.table->name() != "columns") continue;
        rows[{system_table("system_virtual_schema", "columns"), address.key, address.clustering}] =
            std::move(values);
    }
}

/// What goes and what comes, as rows.
struct two_sides {
    row_set before;
    row_set after;
};

template <typename Object, typename Add>
void add_changed(two_sides& rows, const schema::by_name<std::shared_ptr<const Object>>& before,
                 const schema::by_name<std::shared_ptr<const Object>>& after, Add add) {
    schema::by_name<std::shared_ptr<const Object>>::difference(
        before, after, [&](const std::string&, const auto* left, const auto* right) {
            if (left != nullptr) add(rows.before, **left);
            if (right != nullptr) add(rows.after, **right);
        });
}

template <typename Object>
using overloads = std::vector<std::shared_ptr<const Object>>;

/// The same for overloads, each of which is told with the one side on which it is.
template <typename Object, typename Visit>
void for_changed(const schema::by_name<overloads<Object>>& before,
                 const schema::by_name<overloads<Object>>& after, Visit visit) {
    static const overloads<Object> none;
    const auto visit_missing = [&](const overloads<Object>& some, const overloads<Object>& others,
                                   row_set two_sides::* side) {
        for (const auto& object : some) {
            if (std::ranges::find(others, object) == others.end()) visit(*object, side);
        }
    };
    schema::by_name<overloads<Object>>::difference(
        before, after, [&](const std::string&, const auto* left, const auto* right) {
            const auto& older = left ? *left : none;
            const auto& newer = right ? *right : none;
            visit_missing(older, newer, &two_sides::before);
            visit_missing(newer, older, &two_sides::after);
        });
}

bool has_shared_source(const schema::keyspace& keyspace, const std::string& digest) {
    const auto found = keyspace.find_by_source(digest);
    return found && found->shared_source;
}

/// A source is there as long as a function needs it, and is written once.
void add_source_change(row_changes& changes, const schema::function_definition& changed,
                       const schema::keyspace& before, const schema::keyspace& after) {
    const auto& digest = changed.source_digest;
    const bool was_there = has_shared_source(before, digest);
    const bool is_there = has_shared_source(after, digest);
    if (is_there && !was_there) {
        row_in(changes.written, "system_nacre", "modules", after.name, {bytes(digest)})["source"] =
            *changed.shared_source;
    }
    if (was_there && !is_there) {
        changes.removed.push_back(
            {system_table("system_nacre", "modules"), {before.name}, {bytes(digest)}});
    }
}

/// All that is stored of a keyspace is one partition in each of these.
row_changes whole_keyspace_removed(const std::string& name) {
    constexpr std::array<std::pair<const char*, const char*>, 12> tables = {{
        {"system_schema", "keyspaces"},
        {"system_schema", "tables"},
        {"system_schema", "columns"},
        {"system_schema", "dropped_columns"},
        {"system_schema", "types"},
        {"system_schema", "functions"},
        {"system_schema", "aggregates"},
        {"system_schema", "scylla_aggregates"},
        {"system_nacre", "tables"},
        {"system_nacre", "functions"},
        {"system_nacre", "aggregates"},
        {"system_nacre", "modules"},
    }};
    row_changes changes;
    for (const auto& [keyspace, table] : tables) {
        changes.removed_partitions.push_back({system_table(keyspace, table), {name}, {}});
    }
    return changes;
}

data::row to_row(const schema::table& table, const row_values& values,
                 std::int64_t write_timestamp_us) {
    data::row row;
    const auto deleted_at = static_cast<std::int32_t>(write_timestamp_us / 1'000'000);
    row.deletion = {write_timestamp_us - 1, deleted_at};
    row.marker.write_timestamp_us = write_timestamp_us;
    for (const auto& [name, value] : values) {
        const auto& column = table.columns()[*table.find(name)];
        data::cell cell;
        cell.column_id = column.id;
        cell.write_timestamp_us = write_timestamp_us;
        if (column.type->is_multi_cell()) {
            // A set's elements are its paths; a map's keys, each followed by its value.
            const auto parts = types::split_collection(*column.type, value);
            const bool is_map = column.type->kind() == types::type_kind::map;
            for (std::size_t i = 0; i < parts->size(); i += is_map ? 2 : 1) {
                cell.path = bytes(*(*parts)[i]);
                cell.value = is_map ? bytes(*(*parts)[i + 1]) : bytes();
                row.cells.push_back(cell);
            }
        } else {
            cell.value = value;
            row.cells.push_back(std::move(cell));
        }
    }
    std::ranges::sort(row.cells, [](const data::cell& left, const data::cell& right) {
        return std::tie(left.column_id, left.path) < std::tie(right.column_id, right.path);
    });
    return row;
}

/// An IP address as a CQL inet value; the address was checked when the server was configured.
bytes inet_value(const std::string& address) {
    return native_value(types::type_kind::inet, address);
}

}  // namespace

row_set rows_of(const schema::keyspace& keyspace) {
    return difference(nullptr, &keyspace).written;
}

row_changes difference(const schema::keyspace* before, const schema::keyspace* after) {
    if (after == nullptr) return whole_keyspace_removed(before->name);
    row_changes changes;
    if (after->is_virtual) {
        add_virtual_keyspace(changes.written, *after);
        return changes;
    }
    static const schema::keyspace nothing;
    const auto& older = before ? *before : nothing;
    two_sides rows;
    std::map<std::string_view, const schema::function_definition*> sources;
    if (before != nullptr) add_keyspace(rows.before, *before);
    add_keyspace(rows.after, *after);
    add_changed(rows, older.tables(), after->tables(), add_table);
    add_changed(rows, older.user_types(), after->user_types(), add_type);
    for_changed<schema::function_definition>(
        older.functions(), after->functions(),
        [&](const schema::function_definition& function, row_set two_sides::* side) {
            add_function(rows.*side, function);
            if (function.shared_source) sources.emplace(function.source_digest, &function);
        });
    for (const auto& [digest, function] : sources) {
        add_source_change(changes, *function, older, *after);
    }
    for_changed<schema::aggregate_definition>(
        older.aggregates(), after->aggregates(),
        [&](const schema::aggregate_definition& aggregate, row_set two_sides::* side) {
            add_aggregate(rows.*side, aggregate);
        });
    for (const auto& [address, values] : rows.before) {
        const auto kept = rows.after.find(address);
        if (kept == rows.after.end()) {
            changes.removed.push_back(address);
        } else if (kept->second == values) {
            rows.after.erase(kept);
        }
    }
    changes.written.merge(rows.after);
    return changes;
}

row_set local_row(const node_info& node, const uuid& schema_version) {
    row_set rows;
    auto& row = row_in(rows, "system", "local", "local");
    const auto address = inet_value(node.listen_address);
    constexpr std::int32_t storage_port = 7000;
    row["bootstrapped"] = "COMPLETED";
    row["broadcast_address"] = address;
    row["broadcast_port"] = serialise_integer(storage_port);
    row["cluster_name"] = node.cluster_name;
    row["cql_version"] = "3.4.7";
    row["data_center"] = node.data_center;
    row["gossip_generation"] = serialise_integer(std::int32_t{1});
    row["host_id"] = node.host_id.to_bytes();
    row["listen_address"] = address;
    row["listen_port"] = serialise_integer(storage_port);
    row["native_protocol_version"] = "5";
    row["partitioner"] = "org.apache.cassandra.dht.Murmur3Partitioner";
    row["rack"] = node.rack;
    row["release_version"] = node.release_version;
    row["rpc_address"] = address;
    row["rpc_port"] = serialise_integer(static_cast<std::int32_t>(node.native_port));
    row["schema_version"] = schema_version.to_bytes();
    row["tokens"] = text_list({"0"});
    return rows;
}

row_set counter_row(const std::string& name, std::int64_t value) {
    row_set rows;
    row_in(rows, "system_nacre", "counters", name)["value"] = serialise_integer(value);
    return rows;
}

row_address dropped_table_address(std::uint32_t storage_id) {
    return {system_table("system_nacre", "dropped_tables"),
            {serialise_integer(static_cast<std::int32_t>(storage_id))},
            {}};
}

row_set dropped_table_row(const schema::table& table) {
    row_set rows;
    auto& row = rows[dropped_table_address(table.storage_id())];
    row["keyspace_name"] = table.keyspace();
    row["table_name"] = table.name();
    return rows;
}

std::vector<data::mutation> to_mutations(const row_changes& changes,
                                         std::int64_t write_timestamp_us) {
    std::map<row_address, data::mutation> by_partition;
    const auto change_at = [&](const row_address& address) -> data::row& {
        auto& mutation = by_partition[{address.table, address.key, {}}];
        mutation.table = address.table;
        mutation.key = address.key;
        mutation.rows.push_back({address.clustering, {}});
        return mutation.rows.back().content;
    };
    const auto deleted_at = static_cast<std::int32_t>(write_timestamp_us / 1'000'000);
    for (const auto& [table, key, clustering] : changes.removed_partitions) {
        auto& mutation = by_partition[{table, key, {}}];
        mutation.table = table;
        mutation.key = key;
        mutation.partition_deletion = {write_timestamp_us, deleted_at};
    }
    for (const auto& address : changes.removed) {
        change_at(address).deletion = {write_timestamp_us, deleted_at};
    }
    for (const auto& [address, values] : changes.written) {
        change_at(address) = to_row(*address.table, values, write_timestamp_us);
    }
    std::vector<data::mutation> mutations;
    for (auto& [address, mutation] : by_partition) mutations.push_back(std::move(mutation));
    return mutations;
}

}  // namespace nacre::catalog
