#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"
#include "catalog/catalog.h"
#include "data/mutation.h"
#include "schema/snapshot.h"

/// The schema as rows of the system tables, which are its durable form.
namespace nacre::catalog {

/// Where a row lies.
struct row_address {
    schema::table_ptr table;
    data::partition_key key;
    data::clustering_key clustering;
    [[nodiscard]] auto rank() const { return std::tie(key, clustering); }
    bool operator<(const row_address& other) const {
        if (table->storage_id() != other.table->storage_id()) {
            return table->storage_id() < other.table->storage_id();
        }
        return rank() < other.rank();
    }
};

/// Non-null values by column name. A set or map that is stored by element is given as its
/// serialised form like any other.
using row_values = std::map<std::string, bytes, std::less<>>;
using row_set = std::map<row_address, row_values>;

/// Every row that describes a keyspace and what is in it.
[[nodiscard]] row_set rows_of(const schema::keyspace& keyspace);

/// The rows in which `after` differs from `before`, one of which may be null: what is only before
/// is to go. Objects that both share are not looked at.
struct row_changes {
    std::vector<row_address> removed;
    std::vector<row_address> removed_partitions;  ///< without clustering
    row_set written;
};
[[nodiscard]] row_changes difference(const schema::keyspace* before, const schema::keyspace* after);

/// The row of system.local.
[[nodiscard]] row_set local_row(const node_info& node, const uuid& schema_version);

/// A counter of system_nacre.counters.
[[nodiscard]] row_set counter_row(const std::string& name, std::int64_t value);
inline constexpr const char* storage_id_counter = "storage_id";
inline constexpr const char* timestamp_counter = "schema_timestamp";

/// The address of a table's row in system_nacre.dropped_tables, and the row.
[[nodiscard]] row_address dropped_table_address(std::uint32_t storage_id);
[[nodiscard]] row_set dropped_table_row(const schema::table& table);

/// Turns rows into mutations, one for each partition. A written row replaces whatever was there
/// before `write_timestamp_us`.
[[nodiscard]] std::vector<data::mutation> to_mutations(const row_changes& changes,
                                                       std::int64_t write_timestamp_us);

}  // namespace nacre::catalog
