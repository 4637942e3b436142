#include "storage/rocks/purge_filter.h"

#include <string>
#include <utility>

#include "data/reconcile.h"
#include "storage/key_codec.h"
#include "storage/row_codec.h"

namespace nacre::storage {

namespace {

// One per compaction, used by its thread alone, keys ascending: so it may remember the partition.
class purge_filter final : public rocksdb::CompactionFilter {
  public:
    purge_filter(std::shared_ptr<const table_registry> tables, std::int64_t now_seconds)
        : _tables(std::move(tables)), _now_seconds(now_seconds) {}

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
        if (kind == key_kind::partition_tombstone) {
            remember(key.substr(0, prefix_size), value);
            return Decision::kKeep;
        }
        if (kind == key_kind::range_tombstone) return Decision::kKeep;

        data::tombstone outer;
        if (_deletion.exists() && key.substr(0, prefix_size) == _partition) outer = _deletion;
        return judge(key, value, type == ValueType::kValue, outer, *new_value);
    }

  private:
    // A tombstone that some reader may not see yet must not take rows from it.
    void remember(bytes_view partition, bytes_view value) const {
        row_reader reader;
        _deletion = {};
        if (!reader.open(value)) return;
        if (reader.deletion.deleted_at >= _now_seconds - purge_margin_seconds) return;
        _partition.assign(partition);
        _deletion = reader.deletion;
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
    mutable bytes _partition;
    mutable data::tombstone _deletion;
};

class purge_filter_factory final : public rocksdb::CompactionFilterFactory {
  public:
    purge_filter_factory(std::shared_ptr<const table_registry> tables, seconds_clock now)
        : _tables(std::move(tables)), _now(std::move(now)) {}

    const char* Name() const override { return "nacre.purge.v1"; }

    std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
        const rocksdb::CompactionFilter::Context& /*context*/) override {
        return std::make_unique<purge_filter>(_tables, _now());
    }

  private:
    std::shared_ptr<const table_registry> _tables;
    seconds_clock _now;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_purge_filter_factory(
    std::shared_ptr<const table_registry> tables, seconds_clock now) {
    return std::make_shared<purge_filter_factory>(std::move(tables), std::move(now));
}

}  // namespace nacre::storage
