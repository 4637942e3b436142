#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "data/mutation.h"

/// Cassandra's rules for what remains when two writes meet. Commutative, associative and
/// idempotent, so that replicas, memtables and files may merge in any order and any number of
/// times.
namespace nacre::data {

/// A cell whose bytes are borrowed. `value` counts only if `has_value`, else it is a tombstone.
struct cell_view {
    std::uint32_t column_id = 0;
    bool has_path = false;
    bool has_value = false;
    std::int32_t ttl_seconds = 0;
    std::int32_t expires_or_deleted_at = 0;
    std::int64_t write_timestamp_us = no_timestamp;
    bytes_view path;
    bytes_view value;
};

/// A row whose cells are borrowed, sorted by (column_id, path), each at most once; complex
/// deletions by column_id. It is *normal* if it holds nothing that its own deletions shadow.
struct row_view {
    row_marker marker;
    tombstone deletion;
    std::vector<complex_deletion> complex_deletions;
    std::vector<cell_view> cells;
    /// How the writer spelt a clustering key that has several spellings; storage's business,
    /// reconciled along (the bytewise smaller one stays).
    std::optional<bytes_view> spelling;
};

/// Whether something with this expiry is alive: it does not expire, or not yet.
[[nodiscard]] inline bool is_unexpired(std::int32_t ttl_seconds, std::int32_t expires_at,
                                       std::int64_t now_seconds) {
    return ttl_seconds == 0 || now_seconds < expires_at;
}
[[nodiscard]] inline bool is_live(const row_marker& marker, std::int64_t now_seconds) {
    return marker.exists() && is_unexpired(marker.ttl_seconds, marker.expires_at, now_seconds);
}
[[nodiscard]] inline bool is_live(const cell_view& cell, std::int64_t now_seconds) {
    return cell.has_value &&
           is_unexpired(cell.ttl_seconds, cell.expires_or_deleted_at, now_seconds);
}

/// Whether a deletion hides what was written at `write_timestamp_us`.
[[nodiscard]] inline bool shadows(const tombstone& deletion, std::int64_t write_timestamp_us) {
    return deletion.exists() && write_timestamp_us <= deletion.write_timestamp_us;
}

/// The deletion that hides more; of two equal ones the one that was made later.
[[nodiscard]] tombstone reconcile(const tombstone& left, const tombstone& right);

/// The later marker. At the same time an expiring one wins over a lasting one, then the one that
/// expires later, then the smaller TTL.
[[nodiscard]] row_marker reconcile(const row_marker& left, const row_marker& right);

/// Whether `left` stays when it meets `right`, another state of the same cell. The later write
/// wins; at the same time: what is or will be a tombstone wins over a lasting value, a tombstone
/// over an expiring value, then the later expiry or deletion, the smaller TTL, the bytewise larger
/// value.
[[nodiscard]] bool prevails(const cell_view& left, const cell_view& right);

/// Borrows a row, brings its cells into order and makes it normal.
[[nodiscard]] row_view view_of(const row& source);
/// The same row with bytes of its own.
[[nodiscard]] row to_row(const row_view& source);

/// `into` becomes what remains of both, normal. `into` may borrow from wherever `other` does.
void reconcile(row_view& into, const row_view& other);

/// Removes what the row's own deletions and `outer` (a range or partition deletion) shadow. A row
/// deletion that `outer` covers goes too.
void remove_shadowed(row_view& target, const tombstone& outer = {});

/// Whether the row exists for a reader: its marker or any cell is live. The row is normal.
[[nodiscard]] bool is_live(const row_view& target, std::int64_t now_seconds);

/// Expired cells become tombstones, deleted when they were written. True if anything changed.
bool expire(row_view& target, std::int64_t now_seconds);

/// Removes tombstones (row, complex, cell) and expired markers that ended before
/// `deleted_before_seconds`. True if anything changed. Only right where nothing older exists that
/// they hide.
bool purge(row_view& target, std::int64_t deleted_before_seconds);

/// Whether nothing is left of it.
[[nodiscard]] inline bool is_empty(const row_view& target) {
    return !target.marker.exists() && !target.deletion.exists() &&
           target.complex_deletions.empty() && target.cells.empty();
}

}  // namespace nacre::data
