#include "catalog/live_tables.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "catalog/schema_rows.h"
#include "catalog/system_tables.h"
#include "storage/memory/memory_store.h"

namespace nacre::catalog {

namespace {

/// Rows that are put in order at once.
constexpr std::size_t rows_at_once = 16;

bytes taken(live_row& row, const std::string& column) {
    auto node = row.extract(column);
    return node.empty() ? bytes() : std::move(node.mapped());
}

void add(row_set& rows, const schema::table_ptr& table, live_row row) {
    row_address address{table, {}, {}};
    for (const auto& column : table->columns()) {
        if (column.kind == schema::column_kind::partition_key) {
            address.key.push_back(taken(row, column.name));
        } else if (column.kind == schema::column_kind::clustering) {
            address.clustering.push_back(taken(row, column.name));
        }
    }
    rows[std::move(address)] = std::move(row);
}

// Makes the rows at the first batch, keeps them in a store of its own, and scans that.
class live_cursor final : public storage::scan_cursor {
  public:
    live_cursor(const live_rows& rows, storage::scan_request request, runtime::reclaimer& garbage)
        : _rows(rows), _request(std::move(request)), _garbage(garbage) {}
    ~live_cursor() override {
        // It has the last hold on the rows.
        if (_cursor) _garbage.later([doomed = std::move(_cursor)] {});
    }
    live_cursor(const live_cursor&) = delete;

    runtime::task<result<bool>> next(data::row_batch& batch) override {
        if (!_cursor) NACRE_CO_CHECK(co_await begin());
        co_return co_await _cursor->next(batch);
    }

  private:
    runtime::task<status> begin() {
        auto made = co_await _rows(std::get_if<1>(&_request.partitions));
        const auto store = storage::make_memory_store();
        row_changes changes;
        for (std::size_t i = 0; i < made.size(); ++i) {
            add(changes.written, _request.table, std::move(made[i]));
            if (changes.written.size() < rows_at_once && i + 1 != made.size()) continue;
            NACRE_CO_CHECK(co_await store->apply(to_mutations(changes, write_timestamp_us)));
            changes.written.clear();
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
        NACRE_CO_TRY(_cursor, store->scan(std::move(_request)));
        co_return status();
    }

    static constexpr std::int64_t write_timestamp_us = 4;

    const live_rows& _rows;
    storage::scan_request _request;
    runtime::reclaimer& _garbage;
    std::unique_ptr<storage::scan_cursor> _cursor;
};

}  // namespace

void live_tables::provide(std::string_view keyspace, std::string_view table, live_rows rows) {
    _by_storage_id[system_table(keyspace, table)->storage_id()] = std::move(rows);
}

result<std::unique_ptr<storage::scan_cursor>> live_tables::scan(storage::scan_request request) {
    const auto found = _by_storage_id.find(request.table->storage_id());
    if (found == _by_storage_id.end()) return _under.scan(std::move(request));
    return std::make_unique<live_cursor>(found->second, std::move(request), _garbage);
}

runtime::task<status> live_tables::apply(std::vector<data::mutation> mutations,
                                         runtime::cancellation_ptr until) {
    return _under.apply(std::move(mutations), std::move(until));
}

runtime::task<status> live_tables::truncate(schema::table_ptr table) {
    return _under.truncate(std::move(table));
}

runtime::task<result<storage::size_estimate>> live_tables::estimate(schema::table_ptr table,
                                                                    data::token_range range) {
    return _under.estimate(std::move(table), range);
}

runtime::task<status> live_tables::close() {
    return _under.close();
}

}  // namespace nacre::catalog
