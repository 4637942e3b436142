#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "runtime/blocking_pool.h"
#include "runtime/shard.h"
#include "storage/memory/memory_store.h"
#include "storage/rocks/rocks_store.h"
#include "types/value.h"

/// What the tests of the stores share: tables, writes and reads in few words.
namespace nacre::storage::testing {

using types::type;
using types::type_kind;
using types::type_ptr;

/// A directory that goes with the test.
class temporary_directory {
  public:
    temporary_directory() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "nacre-store-XXXXXX").string();
        _path = mkdtemp(pattern.data());
    }
    temporary_directory(const temporary_directory&) = delete;
    ~temporary_directory() { std::filesystem::remove_all(_path); }
    [[nodiscard]] const std::string& path() const { return _path; }

  private:
    std::string _path;
};

/// One shard and a pool, and tasks run on them from the test's thread.
class loop {
  public:
    template <typename T>
    T run(runtime::task<T> work) {
        return boost::asio::co_spawn(_shards.at(0).context(), std::move(work),
                                     boost::asio::use_future)
            .get();
    }
    runtime::blocking_pool& blocking() { return _blocking; }

  private:
    runtime::shard_group _shards{1};
    runtime::blocking_pool _blocking{2, runtime::blocking_pool::priority::normal};
};

inline bytes int_value(std::int32_t v) {
    return to_big_endian(v);
}

/// Columns by kind, in order of mention; ids count up from 10.
class table_builder {
  public:
    explicit table_builder(std::uint32_t storage_id = 1) : _storage_id(storage_id) {}

    table_builder& partition(const std::string& name, type_ptr t) {
        return add({.name = name,
                    .type = std::move(t),
                    .kind = schema::column_kind::partition_key,
                    .position = _partition++});
    }
    table_builder& clustering(
        const std::string& name, type_ptr t,
        schema::clustering_order order = schema::clustering_order::ascending) {
        return add({.name = name,
                    .type = std::move(t),
                    .kind = schema::column_kind::clustering,
                    .position = _clustering++,
                    .order = order});
    }
    table_builder& fixed(const std::string& name, type_ptr t) {
        return add({.name = name, .type = std::move(t), .kind = schema::column_kind::static_});
    }
    table_builder& regular(const std::string& name, type_ptr t) {
        return add({.name = name, .type = std::move(t)});
    }
    table_builder& gc_grace(std::int32_t seconds) {
        _options.gc_grace_seconds = seconds;
        return *this;
    }
    [[nodiscard]] schema::table_ptr make() const {
        return std::make_shared<schema::table>("ks", "t", uuid(), _storage_id, _next_id, _columns,
                                               _options);
    }

  private:
    table_builder& add(schema::column_definition column) {
        column.id = _next_id++;
        _columns.push_back(std::move(column));
        return *this;
    }

    std::uint32_t _storage_id;
    std::uint32_t _next_id = 10;
    std::uint32_t _partition = 0;
    std::uint32_t _clustering = 0;
    std::vector<schema::column_definition> _columns;
    schema::table_options _options;
};

/// A mutation of one partition, built step by step; every write carries `at`.
class change {
  public:
    change(schema::table_ptr table, data::partition_key key, std::int64_t at) : _at(at) {
        _made.table = std::move(table);
        _made.key = std::move(key);
    }
    /// Later cells go to this row; its marker is written too unless it is an UPDATE.
    change& insert(data::clustering_key key) {
        update(std::move(key));
        content().marker = {.write_timestamp_us = _at, .ttl_seconds = _ttl, .expires_at = _expires};
        return *this;
    }
    change& update(data::clustering_key key) {
        _made.rows.push_back({std::move(key), {}});
        return *this;
    }
    change& update_static() {
        _made.rows.push_back({std::nullopt, {}});
        return *this;
    }
    change& at(std::int64_t write_timestamp_us) {
        _at = write_timestamp_us;
        return *this;
    }
    change& ttl(std::int32_t seconds, std::int32_t expires_at) {
        _ttl = seconds;
        _expires = expires_at;
        return *this;
    }
    change& set(const std::string& column, bytes value) {
        content().cells.push_back({.column_id = id_of(column),
                                   .value = std::move(value),
                                   .write_timestamp_us = _at,
                                   .ttl_seconds = _ttl,
                                   .expires_or_deleted_at = _expires});
        return *this;
    }
    change& element(const std::string& column, bytes path, optional_bytes value) {
        content().cells.push_back({.column_id = id_of(column),
                                   .path = std::move(path),
                                   .value = std::move(value),
                                   .write_timestamp_us = _at});
        return *this;
    }
    change& clear(const std::string& column) {
        content().complex_deletions.push_back({id_of(column), {_at, deleted_at}});
        return *this;
    }
    change& unset(const std::string& column) {
        content().cells.push_back({.column_id = id_of(column),
                                   .write_timestamp_us = _at,
                                   .expires_or_deleted_at = deleted_at});
        return *this;
    }
    change& delete_row(data::clustering_key key) {
        update(std::move(key));
        content().deletion = {_at, deleted_at};
        return *this;
    }
    change& delete_range(data::clustering_bound start, data::clustering_bound end) {
        _made.range_tombstones.push_back({{std::move(start), std::move(end)}, {_at, deleted_at}});
        return *this;
    }
    change& delete_partition() {
        _made.partition_deletion = {_at, deleted_at};
        return *this;
    }
    operator data::mutation() const { return _made; }

    static constexpr std::int32_t deleted_at = 1000;

  private:
    data::row& content() { return _made.rows.back().content; }
    std::uint32_t id_of(const std::string& column) {
        return _made.table->columns()[*_made.table->find(column)].id;
    }

    data::mutation _made;
    std::int64_t _at;
    std::int32_t _ttl = 0;
    std::int32_t _expires = 0;
};

/// A request for all of a table, by column names.
inline scan_request request_for(schema::table_ptr table, const std::vector<std::string>& columns) {
    scan_request request;
    for (const auto& each : columns) request.columns.push_back({.ordinal = *table->find(each)});
    request.table = std::move(table);
    request.partitions = std::vector<data::token_range>{data::token_range()};
    request.now_seconds = 2000;
    return request;
}

/// What a scan gave, as text: "1 'a' null", one string a row.
struct scanned {
    std::vector<std::string> rows;
    std::vector<bytes> positions;
    std::vector<std::uint32_t> partition_starts;  ///< row numbers within the whole scan
    std::vector<std::uint32_t> batches;           ///< their sizes

    bool operator==(const scanned& other) const { return rows == other.rows; }
};

inline std::string row_text(const data::row_batch& batch, std::uint32_t row) {
    std::string text;
    for (const auto& column : batch.columns) {
        if (!text.empty()) text += ' ';
        const auto value = column.serialised(row);
        text += value ? types::to_cql_literal(*column.type(), *value) : "null";
    }
    return text;
}

inline runtime::task<result<scanned>> read_all(table_store& store, scan_request request) {
    scanned found;
    const bool positions = request.want_positions;
    NACRE_CO_TRY(auto cursor, store.scan(std::move(request)));
    data::row_batch batch;
    while (true) {
        NACRE_CO_TRY(const bool more, co_await cursor->next(batch));
        if (!more) {
            EXPECT_EQ(batch.row_count, 0u);
            break;
        }
        EXPECT_NE(batch.row_count, 0u);
        const auto before = static_cast<std::uint32_t>(found.rows.size());
        for (const auto start : batch.partition_starts) {
            found.partition_starts.push_back(before + start);
        }
        for (std::uint32_t row = 0; row < batch.row_count; ++row) {
            found.rows.push_back(row_text(batch, row));
            if (positions) found.positions.emplace_back(batch.positions.view(row));
        }
        for (const auto& column : batch.columns) EXPECT_EQ(column.size(), batch.row_count);
        found.batches.push_back(batch.row_count);
    }
    co_return found;
}

}  // namespace nacre::storage::testing
