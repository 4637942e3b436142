#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "data/mutation.h"
#include "data/token.h"
#include "schema/table.h"
#include "storage/ordered_value.h"

/// Stored keys: docs/internals/storage-format.md, section 2.
namespace nacre::storage {

enum class key_kind : std::uint8_t {
    partition_tombstone = 1,
    range_tombstone = 2,
    static_row = 3,
    row = 4,
};

/// Bytes before the partition key: table and token. Keys of one partition share them.
inline constexpr std::size_t key_head_bytes = 12;

/// Sorts after every clustering suffix.
inline constexpr bytes_view after_all_rows = "\xff";

[[nodiscard]] inline direction direction_of(const schema::column_definition& column) {
    return column.order == schema::clustering_order::descending ? direction::descending
                                                                : direction::ascending;
}

/// The first key of a table's tokens from `from` on.
[[nodiscard]] bytes table_position(std::uint32_t storage_id, data::token from);
/// The end of the table's keys, as an exclusive bound.
[[nodiscard]] bytes table_end(std::uint32_t storage_id);

/// What all keys of the partition begin with, up to but without the kind.
[[nodiscard]] bytes partition_prefix(const schema::table& table, const data::partition_key& key);

/// Appends a row's suffix; `clustering` has a value for every clustering column.
void append_clustering(bytes& out, const schema::table& table,
                       const data::clustering_key& clustering);

/// A range as positions among the clustering suffixes: from `first` up to, without, `second`.
using position_range = std::pair<bytes, bytes>;
[[nodiscard]] position_range positions_of(const schema::table& table,
                                          const data::clustering_range& range);

/// Appends the suffix of a range tombstone.
void append_positions(bytes& out, const position_range& range);
[[nodiscard]] std::optional<position_range> parse_positions(bytes_view suffix);

/// Where the partition's prefix ends in a stored key: the kind follows. 0 if the key is malformed.
[[nodiscard]] inline std::size_t partition_prefix_size(bytes_view key) {
    for (std::size_t at = key_head_bytes; at < key.size(); at += 2) {
        const auto zero = find_zero(key, at);
        // The terminator and the kind must fit.
        if (zero + 2 >= key.size()) return 0;
        if (key[zero + 1] == 0) return zero + 2;
        at = zero;
    }
    return 0;
}
[[nodiscard]] inline data::token token_in(bytes_view key) {
    return {static_cast<std::int64_t>(load_big_endian<std::uint64_t>(key.data() + 4) ^
                                      (std::uint64_t{1} << 63))};
}

/// The partition key's components from a prefix; false if they do not fit the table. They borrow
/// from the prefix, or from `scratch` where it does not hold them as they are.
[[nodiscard]] bool decode_partition(bytes_view prefix, const schema::table& table, bytes& scratch,
                                    std::vector<bytes_view>& key);

/// Whether any clustering column has values that can be spelt in several ways.
[[nodiscard]] bool has_spellings(const schema::table& table);
/// The spelling to keep beside a row: empty optional if the suffix decodes to just these values.
[[nodiscard]] std::optional<bytes> spelling_of(const schema::table& table,
                                               const data::clustering_key& clustering,
                                               bytes_view suffix);

/// The smallest key after all that begin with `prefix`, which is not all ff.
[[nodiscard]] bytes after_prefix(bytes_view prefix);

}  // namespace nacre::storage
