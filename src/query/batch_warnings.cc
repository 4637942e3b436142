#include "query/batch_warnings.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nacre::query {

namespace {

constexpr std::size_t batch_bytes_before_warning = 5 << 10;
constexpr std::size_t unlogged_partitions_before_warning = 10;

// Sizes by which Cassandra measures what a batch writes.
constexpr std::size_t partition_bytes = 8;
constexpr std::size_t row_bytes = 21;
constexpr std::size_t cell_bytes = 20;
constexpr std::size_t complex_column_bytes = 12;
constexpr std::size_t range_tombstone_bytes = 16;
constexpr std::size_t expiry_bytes = 12;

std::size_t size_of(const std::vector<bytes>& values) {
    std::size_t size = 0;
    for (const auto& each : values) size += each.size();
    return size;
}

// All that a batch does to one partition of one table: each row and each cell counts once.
class partition_size {
  public:
    void add(const data::mutation& mutation) {
        for (const auto& each : mutation.range_tombstones) {
            _ranges += range_tombstone_bytes +
                       std::max(size_of(each.range.start.prefix), size_of(each.range.end.prefix));
        }
        for (const auto& change : mutation.rows) add(change);
    }

    [[nodiscard]] std::size_t total() const {
        std::size_t size = partition_bytes + row_bytes + _ranges;
        for (const auto& [clustering, row] : _rows) {
            if (clustering) size += row_bytes + size_of(*clustering);
            size += row.marker;
            for (const auto& [where, cell] : row.cells) size += cell;
            size += row.complex_columns.size() * complex_column_bytes;
        }
        return size;
    }

  private:
    struct row {
        std::size_t marker = 0;
        std::map<std::pair<std::uint32_t, optional_bytes>, std::size_t> cells;
        std::set<std::uint32_t> complex_columns;
    };

    void add(const data::row_change& change) {
        auto& into = _rows[change.clustering];
        if (change.content.marker.ttl_seconds != 0) into.marker = expiry_bytes;
        for (const auto& cell : change.content.cells) {
            const auto path_bytes = cell.path ? cell.path->size() : 0;
            const auto value_bytes = cell.value ? cell.value->size() : 0;
            into.cells[{cell.column_id, cell.path}] = cell_bytes + path_bytes + value_bytes;
            if (cell.path) into.complex_columns.insert(cell.column_id);
        }
        for (const auto& each : change.content.complex_deletions) {
            into.complex_columns.insert(each.column_id);
        }
    }

    std::size_t _ranges = 0;
    std::map<std::optional<data::clustering_key>, row> _rows;
};

}  // namespace

std::vector<std::string> batch_warnings(const std::vector<data::mutation>& mutations, bool logged) {
    std::map<std::pair<const schema::table*, data::partition_key>, partition_size> sizes;
    std::set<std::pair<std::string, data::partition_key>> partitions;
    std::set<data::partition_key> keys;
    std::vector<std::string> tables;
    for (const auto& each : mutations) {
        sizes[{each.table.get(), each.key}].add(each);
        partitions.emplace(each.table->keyspace(), each.key);
        keys.insert(each.key);
        auto name = each.table->keyspace() + "." + each.table->name();
        if (std::ranges::find(tables, name) == tables.end()) tables.push_back(std::move(name));
    }
    std::vector<std::string> warnings;
    if (partitions.size() < 2) return warnings;
    std::size_t size = 0;
    for (const auto& [where, each] : sizes) size += each.total();
    if (size > batch_bytes_before_warning) {
        warnings.push_back(
            fmt::format("Batch for [{}] is of size {}, exceeding specified threshold of {} by {}.",
                        fmt::join(tables, ", "), size, batch_bytes_before_warning,
                        size - batch_bytes_before_warning));
    }
    if (!logged && keys.size() > unlogged_partitions_before_warning) {
        warnings.push_back(fmt::format(
            "Unlogged batch covering {} partitions detected against table{} [{}]. You should use a "
            "logged batch for atomicity, or asynchronous writes for performance.",
            keys.size(), tables.size() == 1 ? "" : "s", fmt::join(tables, ", ")));
    }
    return warnings;
}

}  // namespace nacre::query
