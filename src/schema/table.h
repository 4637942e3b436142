#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/uuid.h"
#include "types/type.h"

namespace nacre::schema {

enum class column_kind : std::uint8_t { partition_key, clustering, static_, regular };
enum class clustering_order : std::uint8_t { none, ascending, descending };
/// By what a secondary index finds rows. Only clusters beneath a gateway have such.
enum class column_index : std::uint8_t { none, equality, ranges };

/// One column. `id` names the column in stored rows: unique in its table for ever, never reused,
/// so a column dropped and added again does not see the old cells. Key columns have ids too but
/// live in the key.
struct column_definition {
    std::string name;
    types::type_ptr type;
    column_kind kind = column_kind::regular;
    std::uint32_t position = 0;  ///< within the partition key or the clustering key
    clustering_order order = clustering_order::none;
    std::uint32_t id = 0;
    column_index index = column_index::none;
};

/// A column that a table had once. Its stored cells are never seen again, whatever takes its name.
struct dropped_column {
    std::string name;
    types::type_ptr type;  ///< user types expanded to tuples, since they may be dropped too
    column_kind kind = column_kind::regular;
    std::int64_t dropped_time_us = 0;
};

/// Table options by name, as `WITH name = value` gave them, in the canonical text of
/// system_schema.tables; maps as their entries.
struct table_options {
    std::string comment;
    std::int32_t default_time_to_live_seconds = 0;
    std::int32_t gc_grace_seconds = 864000;
    std::map<std::string, std::string> scalars;                      ///< other plain options
    std::map<std::string, std::map<std::string, std::string>> maps;  ///< compaction, caching, …
    bool operator==(const table_options&) const = default;
};

/// An immutable table description; a changed table is a new object. Shared by all shards.
class table {
  public:
    /// `columns` in any order; they are arranged as `SELECT *` shows them: partition key,
    /// clustering key, then static and regular columns each by name.
    table(std::string keyspace, std::string name, uuid id, std::uint32_t storage_id,
          std::uint32_t next_column_id, std::vector<column_definition> columns,
          table_options options, std::vector<dropped_column> dropped = {});

    [[nodiscard]] const std::string& keyspace() const { return _keyspace; }
    [[nodiscard]] const std::string& name() const { return _name; }
    [[nodiscard]] const uuid& id() const { return _id; }
    /// The table's prefix in stored keys; never reused.
    [[nodiscard]] std::uint32_t storage_id() const { return _storage_id; }
    [[nodiscard]] std::uint32_t next_column_id() const { return _next_column_id; }
    [[nodiscard]] const table_options& options() const { return _options; }

    /// All columns; a column's *ordinal* is its index here.
    [[nodiscard]] const std::vector<column_definition>& columns() const { return _columns; }
    [[nodiscard]] std::uint32_t partition_key_size() const { return _partition_key_size; }
    [[nodiscard]] std::uint32_t clustering_key_size() const { return _clustering_key_size; }
    [[nodiscard]] const column_definition& partition_key_column(std::uint32_t i) const {
        return _columns[i];
    }
    [[nodiscard]] const column_definition& clustering_column(std::uint32_t i) const {
        return _columns[_partition_key_size + i];
    }
    /// By name, one for each.
    [[nodiscard]] const std::vector<dropped_column>& dropped_columns() const { return _dropped; }
    [[nodiscard]] bool has_static_columns() const { return _has_static; }
    [[nodiscard]] bool is_counter() const { return _is_counter; }
    /// Ordinal of a column by its exact (case-sensitive) name.
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view column) const;
    /// Ordinal of a non-key column by stored id.
    [[nodiscard]] std::optional<std::uint32_t> find_by_id(std::uint32_t column_id) const;

  private:
    std::string _keyspace;
    std::string _name;
    uuid _id;
    std::uint32_t _storage_id;
    std::uint32_t _next_column_id;
    std::vector<column_definition> _columns;
    table_options _options;
    std::vector<dropped_column> _dropped;
    std::uint32_t _partition_key_size = 0;
    std::uint32_t _clustering_key_size = 0;
    bool _has_static = false;
    bool _is_counter = false;
    std::map<std::string, std::uint32_t, std::less<>> _by_name;
    std::unordered_map<std::uint32_t, std::uint32_t> _by_id;
};

using table_ptr = std::shared_ptr<const table>;

}  // namespace nacre::schema
