#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "schema/table.h"

namespace nacre::data {

inline constexpr std::int64_t no_timestamp = std::numeric_limits<std::int64_t>::min();

/// A deletion: everything written at or before `write_timestamp_us` is gone. `deleted_at` (seconds
/// since the epoch) lets it be purged after gc_grace_seconds. Default: nothing is deleted.
struct tombstone {
    std::int64_t write_timestamp_us = no_timestamp;
    std::int32_t deleted_at = 0;
    [[nodiscard]] bool exists() const { return write_timestamp_us != no_timestamp; }
    bool operator==(const tombstone&) const = default;
};

/// The row's own liveness, written by INSERT: a row with a live marker exists without any cell.
struct row_marker {
    std::int64_t write_timestamp_us = no_timestamp;
    std::int32_t ttl_seconds = 0;  ///< 0: does not expire
    std::int32_t expires_at = 0;   ///< seconds since the epoch, if ttl_seconds != 0
    [[nodiscard]] bool exists() const { return write_timestamp_us != no_timestamp; }
    bool operator==(const row_marker&) const = default;
};

/// One cell: a column's value, or one element of a multi-cell column (then `path` is the element's
/// key: list cell's timeuuid, set element, map key, user-type field index as 2 bytes big-endian).
struct cell {
    std::uint32_t column_id = 0;
    std::optional<bytes> path;
    std::optional<bytes> value;  ///< absent: a cell tombstone
    std::int64_t write_timestamp_us = no_timestamp;
    std::int32_t ttl_seconds = 0;
    /// Seconds since the epoch: when it expires (ttl_seconds != 0) or was deleted (tombstone).
    std::int32_t expires_or_deleted_at = 0;
    bool operator==(const cell&) const = default;
};

/// A multi-cell column's deletion of all elements up to a time (`SET m = {…}` writes one first).
struct complex_deletion {
    std::uint32_t column_id = 0;
    tombstone deletion;
    bool operator==(const complex_deletion&) const = default;
};

/// What is known, or is to be written, of one row. Cells are sorted by (column_id, path).
struct row {
    row_marker marker;
    tombstone deletion;
    std::vector<complex_deletion> complex_deletions;  ///< sorted by column_id
    std::vector<cell> cells;
    bool operator==(const row&) const = default;
};

/// A bound among the clustering keys of a partition: a prefix of clustering values, and whether
/// rows that start with the prefix are inside. An empty inclusive prefix is the partition's end.
struct clustering_bound {
    std::vector<bytes> prefix;
    bool inclusive = true;
};
/// From `start` to `end` in clustering order (as stored: DESC columns reversed).
struct clustering_range {
    clustering_bound start;
    clustering_bound end;
};

struct range_tombstone {
    clustering_range range;
    tombstone deletion;
};

/// A partition's key: its serialised components, one per partition-key column.
using partition_key = std::vector<bytes>;
/// A row's clustering key: one serialised value per clustering column.
using clustering_key = std::vector<bytes>;

struct row_change {
    std::optional<clustering_key> clustering;  ///< absent: the static row
    row content;
};

/// A change to one partition of one table; what one mutation holds is applied atomically.
struct mutation {
    schema::table_ptr table;
    partition_key key;
    tombstone partition_deletion;
    std::vector<range_tombstone> range_tombstones;
    std::vector<row_change> rows;
};

}  // namespace nacre::data
