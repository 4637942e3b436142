#include "storage/rocks/purge_filter.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <rocksdb/db.h>

#include "data/reconcile.h"
#include "storage/key_codec.h"
#include "storage/range_deletions.h"
#include "storage/row_codec.h"

namespace nacre::storage {

namespace {

// Rows of a partition that are looked at to find out whether its tombstones are still needed. In a
// larger partition they stay.
constexpr std::uint32_t rows_examined_max = 100'000;

// The oldest thing in a partition that a deletion could hide, over everything that the database
// holds now. The least timestamp if that can't be told.
std::int64_t oldest_timestamp(rocksdb::DB& db, bytes_view partition) {
    constexpr auto unknown = std::numeric_limits<std::int64_t>::min();
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
    bytes first(partition);
    first.push_back(static_cast<char>(key_kind::static_row));
    auto oldest = std::numeric_limits<std::int64_t>::max();
    std::uint32_t examined = 0;
    for (at->Seek({first.data(), first.size()}); at->Valid(); at->Next()) {
        if (!bytes_view(at->key().data(), at->key().size()).starts_with(partition)) break;
        if (++examined > rows_examined_max) return unknown;
        row_reader reader;
        if (!reader.open({at->value().data(), at->value().size()})) return unknown;
        if (reader.marker.exists()) oldest = std::min(oldest, reader.marker.write_timestamp_us);
        data::cell_view cell;
        while (reader.next_cell(cell)) {
            if (cell.has_value) oldest = std::min(oldest, cell.write_timestamp_us);
        }
        if (reader.malformed()) return unknown;
    }
    return at->status().ok() ? oldest : unknown;
}

// One per compaction, used by its thread alone, keys ascending: so it may remember the partition.
class purge_filter final : public rocksdb::CompactionFilter {
  public:
    purge_filter(std::shared_ptr<const table_registry> tables, std::int64_t now_seconds,
                 rocksdb::DB* db)
        : _tables(std::move(tables)), _now_seconds(now_seconds), _db(db) {}

    const char* Name() const override { return "nacre.purge.v1"; }

    Decision FilterV2(int /*level*/, const rocksdb::Slice& key_slice, ValueType type,
                      const rocksdb::Slice& value_slice, std::string* new_value,
                      std::string* /*skip_until*/) const override {
        if (type != ValueType::kValue && type != ValueType::kMergeOperand) return Decision::kKeep;
        const bytes_view key(key_slice.data(), key_slice.size());
        const bytes_view value(value_slice.data(), value_slice.size());
        const auto prefix_size = key.size() > key_head_bytes ? partition_prefix_size(key) : 0;
        if (prefix_size == 0) return Decision::kKeep;
        const auto kind = key_kind{static_cast<std::uint8_t>(key[prefix_size])};
        const auto partition = key.substr(0, prefix_size);
        if (kind == key_kind::partition_tombstone || kind == key_kind::range_tombstone) {
            return judge_tombstone(key, partition, kind, value);
        }
        data::tombstone outer;
        if (partition == _partition) {
            outer = _deletion;
            if (kind == key_kind::row && !_ranges.empty()) {
                outer = data::reconcile(outer, _ranges.covering(key.substr(prefix_size + 1)));
            }
        }
        return judge(key, value, type == ValueType::kValue, outer, *new_value);
    }

  private:
    [[nodiscard]] Decision judge_tombstone(bytes_view key, bytes_view partition, key_kind kind,
                                           bytes_view value) const {
        row_reader reader;
        if (!reader.open(value)) return Decision::kKeep;
        const auto deletion = reader.deletion;
        // One that some reader may not see yet must not take rows from it.
        if (deletion.deleted_at >= _now_seconds - purge_margin_seconds) return Decision::kKeep;
        if (partition != _partition) {
            _partition.assign(partition);
            _deletion = {};
            _ranges.clear();
            _oldest.reset();
        }
        if (kind == key_kind::partition_tombstone) {
            _deletion = data::reconcile(_deletion, deletion);
        } else if (auto range = parse_positions(key.substr(partition.size() + 1))) {
            _ranges.add(std::move(*range), deletion);
        }
        return hides_nothing(key, deletion) ? Decision::kRemove : Decision::kKeep;
    }

    // Whether a tombstone is past its grace and there is nothing left that it hides, wherever that
    // may be stored. What is written from now on with such an old timestamp comes too late.
    [[nodiscard]] bool hides_nothing(bytes_view key, const data::tombstone& deletion) const {
        if (_db == nullptr) return false;
        const auto grace = _tables->gc_grace_seconds(load_big_endian<std::uint32_t>(key.data()));
        if (!grace || deletion.deleted_at >= _now_seconds - *grace - purge_margin_seconds) {
            return false;
        }
        if (!_oldest) _oldest = oldest_timestamp(*_db, _partition);
        return deletion.write_timestamp_us < *_oldest;
    }

    // Most rows have nothing to remove; find that out without building anything.
    [[nodiscard]] bool is_untouchable(bytes_view value, const data::tombstone& outer) const {
        row_reader reader;
        if (!reader.open(value)) return true;
        if (outer.exists() || reader.deletion.exists() || reader.marker.ttl_seconds != 0 ||
            !reader.marker.exists()) {
            return false;
        }
        data::cell_view cell;
        while (reader.next_cell(cell)) {
            if (!cell.has_value || cell.ttl_seconds != 0) return false;
        }
        return true;
    }

    [[nodiscard]] Decision judge(bytes_view key, bytes_view value, bool is_oldest,
                                 const data::tombstone& outer, std::string& changed_value) const {
        if (is_untouchable(value, outer)) return Decision::kKeep;
        data::row_view row;
        if (!parse_row(value, row)) return Decision::kKeep;
        bool changed = false;
        if (outer.exists()) {
            const auto before = row.cells.size();
            const auto marker = row.marker;
            const auto deletion = row.deletion;
            data::remove_shadowed(row, outer);
            changed =
                row.cells.size() != before || row.marker != marker || row.deletion != deletion;
        }
        changed |= data::expire(row, _now_seconds - purge_margin_seconds);
        if (is_oldest) {
            const auto grace =
                _tables->gc_grace_seconds(load_big_endian<std::uint32_t>(key.data()));
            if (grace) {
                changed |= data::purge(row, _now_seconds - *grace - purge_margin_seconds);
            }
        }
        if (!changed) return Decision::kKeep;
        if (data::is_empty(row)) return Decision::kRemove;
        changed_value.clear();
        encode_row(row, changed_value);
        return Decision::kChangeValue;
    }

    std::shared_ptr<const table_registry> _tables;
    std::int64_t _now_seconds;
    rocksdb::DB* _db;  ///< null while it is being opened
    /// The partition whose tombstones were seen last, and those.
    mutable bytes _partition;
    mutable data::tombstone _deletion;
    mutable range_deletions _ranges;
    mutable std::optional<std::int64_t> _oldest;
};

class purge_filter_factory final : public rocksdb::CompactionFilterFactory {
  public:
    purge_filter_factory(std::shared_ptr<const table_registry> tables, seconds_clock now,
                         std::shared_ptr<const database_pointer> db)
        : _tables(std::move(tables)), _now(std::move(now)), _db(std::move(db)) {}

    const char* Name() const override { return "nacre.purge.v1"; }

    std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
        const rocksdb::CompactionFilter::Context& /*context*/) override {
        return std::make_unique<purge_filter>(_tables, _now(), _db->load());
    }

  private:
    std::shared_ptr<const table_registry> _tables;
    seconds_clock _now;
    std::shared_ptr<const database_pointer> _db;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_purge_filter_factory(
    std::shared_ptr<const table_registry> tables, seconds_clock now,
    std::shared_ptr<const database_pointer> db) {
    return std::make_shared<purge_filter_factory>(std::move(tables), std::move(now), std::move(db));
}

}  // namespace nacre::storage
