#include "gateway/cluster_rows.h"

#include <utility>

#include "catalog/keyspace_options.h"
#include "catalog/system_tables.h"
#include "cluster/read_rows.h"
#include "types/value.h"

namespace nacre::gateway {

namespace {

using catalog::row_address;
using catalog::row_set;
using catalog::system_table;
using cluster::named_row;

// Puts a row where our table of that name has it. Columns that it lacks are left out.
void add(row_set& rows, const schema::table_ptr& table, named_row row) {
    row_address address{table, {}, {}};
    catalog::row_values values;
    for (const auto& column : table->columns()) {
        auto node = row.extract(column.name);
        if (column.kind == schema::column_kind::partition_key) {
            address.key.push_back(node.empty() ? bytes() : std::move(node.mapped()));
        } else if (column.kind == schema::column_kind::clustering) {
            address.clustering.push_back(node.empty() ? bytes() : std::move(node.mapped()));
        } else if (!node.empty()) {
            values.emplace(column.name, std::move(node.mapped()));
        }
    }
    rows[std::move(address)] = std::move(values);
}

bytes text_of(const named_row& row, std::string_view column) {
    const auto found = row.find(column);
    return found == row.end() ? bytes() : found->second;
}

bool is_system(const named_row& row) {
    return catalog::is_system_keyspace(text_of(row, "keyspace_name"));
}

runtime::task<result<std::vector<named_row>>> read(cluster::client& cluster, const char* table) {
    co_return co_await cluster::read_rows(cluster,
                                          fmt::format("SELECT * FROM system_schema.{}", table));
}

using names = std::pair<bytes, bytes>;

// What system_nacre.tables says of a table.
named_row our_row(const named_row& table, std::vector<bytes> columns, table_numbers& numbers) {
    std::vector<std::pair<bytes, bytes>> ids;
    std::int32_t next = 1;
    for (auto& column : columns)
        ids.emplace_back(std::move(column), types::serialise_integer(next++));
    const auto number = static_cast<std::int32_t>(numbers.of(text_of(table, "id")));
    return {{"keyspace_name", text_of(table, "keyspace_name")},
            {"table_name", text_of(table, "table_name")},
            {"storage_id", types::serialise_integer(number)},
            {"next_column_id", types::serialise_integer(next)},
            {"column_ids", types::join_map(ids)}};
}

}  // namespace

std::uint32_t table_numbers::of(const bytes& table_id) {
    const auto next = catalog::first_user_storage_id + static_cast<std::uint32_t>(_by_id.size());
    return _by_id.emplace(table_id, next).first->second;
}

runtime::task<result<cluster_rows>> read_cluster_rows(cluster::client& cluster,
                                                      table_numbers& numbers) {
    cluster_rows made;
    for (const char* name : {"keyspaces", "types", "dropped_columns", "indexes"}) {
        NACRE_CO_TRY(auto rows, co_await read(cluster, name));
        for (auto& row : rows) {
            if (is_system(row)) continue;
            add(made.schema, system_table("system_schema", name), std::move(row));
        }
    }
    std::map<names, std::vector<bytes>> columns;
    NACRE_CO_TRY(auto column_rows, co_await read(cluster, "columns"));
    for (auto& row : column_rows) {
        if (is_system(row)) continue;
        columns[{text_of(row, "keyspace_name"), text_of(row, "table_name")}].push_back(
            text_of(row, "column_name"));
        add(made.schema, system_table("system_schema", "columns"), std::move(row));
    }
    // A materialized view reads like a table.
    for (const auto& [name, key] : {std::pair("tables", "table_name"), {"views", "view_name"}}) {
        NACRE_CO_TRY(auto rows, co_await read(cluster, name));
        for (auto& row : rows) {
            if (is_system(row)) continue;
            row["table_name"] = text_of(row, key);
            auto found = columns.find({text_of(row, "keyspace_name"), row["table_name"]});
            if (found == columns.end()) continue;
            add(made.schema, system_table("system_nacre", "tables"),
                our_row(row, std::move(found->second), numbers));
            add(made.schema, system_table("system_schema", "tables"), std::move(row));
        }
    }
    for (const char* name : {"functions", "aggregates"}) {
        NACRE_CO_TRY(auto rows, co_await read(cluster, name));
        for (auto& row : rows) {
            add(made.functions, system_table("system_schema", name), std::move(row));
        }
    }
    co_return made;
}

}  // namespace nacre::gateway
