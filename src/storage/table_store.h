#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "data/mutation.h"
#include "data/row_batch.h"
#include "data/token.h"
#include "runtime/cancellation.h"
#include "runtime/task.h"
#include "schema/table.h"
#include "storage/identity.h"

namespace nacre::storage {

/// What a scan yields of a column.
struct wanted_column {
    enum class part : std::uint8_t {
        value,            ///< the value; a multi-cell column assembled into its serialised form
        write_timestamp,  ///< bigint, microseconds; null where there is no live cell
        ttl,              ///< int, seconds left; null if the cell does not expire
        path,             ///< blob; only of multi-cell columns
    };
    /// Of a multi-cell column all parts but the value are lists, one entry per element in the
    /// value's order; a user type has an entry for each field, null for an absent one.
    [[nodiscard]] types::type_ptr type_in(const schema::table& table) const;

    std::uint32_t ordinal = 0;  ///< in table::columns()
    part what = part::value;
};

/// Something that all rows have which are wanted of a scan.
struct row_condition {
    enum class relation : std::uint8_t {
        equal,
        less,
        less_or_equal,
        greater,
        greater_or_equal,
        contains,
        contains_key,
        has_entry,  ///< a map holds `value` under `key`
    };
    std::uint32_t ordinal = 0;  ///< of the column, in table::columns()
    relation what = relation::equal;
    bytes value;  ///< serialised
    bytes key;    ///< of has_entry
};

/// Which rows to read, in which order, and what of them.
struct scan_request {
    schema::table_ptr table;
    std::vector<wanted_column> columns;

    /// Either whole token ranges in ring order, or these partitions in the given order.
    std::variant<std::vector<data::token_range>, std::vector<data::partition_key>> partitions;
    /// Slices of each partition, ascending and disjoint in clustering order as stored; empty means
    /// all rows.
    std::vector<data::clustering_range> slices;
    bool reversed = false;  ///< rows within a partition from last to first
    /// SELECT DISTINCT and static-only reads: one row per live partition, without clustering.
    bool partitions_only = false;
    /// A partition that has a static row but no regular row gives one row with null clustering
    /// and regular columns (only when no slice restricts it), as CQL wants it.
    bool static_rows = true;

    /// A hint: a store may leave out rows that do not meet all of them. Who asks looks himself.
    std::vector<row_condition> conditions;

    std::uint32_t rows_per_partition_max = 0;  ///< 0: no limit
    std::uint32_t batch_rows_max = 1024;
    bool want_positions = false;
    /// Start after this position (a value of row_batch::positions of an equal request).
    std::optional<bytes> resume_after;
    /// Seconds since the epoch against which TTLs are judged, fixed for a statement.
    std::int64_t now_seconds = 0;
    /// How many copies of a row must answer, as the protocol numbers the levels; where there is one
    /// copy, it says nothing.
    std::uint16_t consistency = 1;
    /// Null: nobody's.
    std::shared_ptr<identity> reader;
};

/// An open scan: sees the store as it was when opened. Used from the shard that opened it, one
/// call at a time, destroyed there.
class scan_cursor {
  public:
    virtual ~scan_cursor() = default;
    /// Fills `batch` (cleared first; its columns made on first use) with the next rows, at most
    /// batch_rows_max. False at the end, and the batch is then empty. Long work yields.
    virtual runtime::task<result<bool>> next(data::row_batch& batch) = 0;
    /// Of a scan of token ranges, between two batches: makes it end with the partitions of the
    /// token that it has come to, so that what is behind can be left to other scans. Says from
    /// where to where it goes then; empty: it does not know, and goes on.
    [[nodiscard]] virtual std::optional<data::token_range> end_at_token() { return std::nullopt; }
};

/// About how much of a table is stored in a range of tokens; what is deleted and not yet purged
/// counts.
struct size_estimate {
    std::uint64_t partitions = 0;
    std::uint64_t mean_partition_bytes = 0;
};

/// Rows of tables, wherever they are kept. One per process, callable from any shard. What is
/// acknowledged by `apply` survives a crash of the process.
class table_store {
  public:
    virtual ~table_store() = default;

    [[nodiscard]] virtual result<std::unique_ptr<scan_cursor>> scan(scan_request request) = 0;

    /// Applies all mutations atomically and durably, or none. Where it has to wait, it gives up
    /// when `until` says so, which may be null; whether they are applied then is not known.
    virtual runtime::task<status> apply(std::vector<data::mutation> mutations,
                                        runtime::cancellation_ptr until = nullptr) = 0;

    /// Removes every row of a table at once (TRUNCATE, DROP). Later writes are not affected.
    virtual runtime::task<status> truncate(schema::table_ptr table) = 0;

    /// Looks at a part of the range and concludes for the whole; exact for small tables.
    [[nodiscard]] virtual runtime::task<result<size_estimate>> estimate(
        schema::table_ptr table, data::token_range range) = 0;

    /// Orderly end; no call is running or comes after.
    virtual runtime::task<status> close() = 0;
};

}  // namespace nacre::storage
