/// Rows per second and core of the store alone: storage_scan [rows] [directory]. Writes `rows`
/// (default 1,000,000) into (id int PRIMARY KEY, v bigint), then reads max(v) by full scans, and
/// single rows by key.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "runtime/blocking_pool.h"
#include "runtime/shard.h"
#include "storage/rocks/rocks_store.h"

namespace nacre {
namespace {

/// Seconds of processor time, all threads, since it was made: what a core would have to give,
/// whatever else the machine is doing.
class stopwatch {
  public:
    [[nodiscard]] double seconds() const { return now() - _start; }

  private:
    static double now() {
        timespec t{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
    }
    double _start = now();
};

schema::table_ptr make_table() {
    using types::type;
    using types::type_kind;
    schema::column_definition id{.name = "id",
                                 .type = type::native(type_kind::int_),
                                 .kind = schema::column_kind::partition_key,
                                 .id = 0};
    schema::column_definition v{.name = "v", .type = type::native(type_kind::bigint), .id = 1};
    return std::make_shared<schema::table>("bench", "numbers", uuid::random(), 7, 2,
                                           std::vector{id, v}, schema::table_options());
}

data::mutation insert(const schema::table_ptr& table, std::int32_t id, std::int64_t v) {
    const std::int64_t now = 1'700'000'000'000'000 + id;
    data::row row;
    row.marker.write_timestamp_us = now;
    row.cells.push_back({.column_id = 1,
                         .path = std::nullopt,
                         .value = to_big_endian(v),
                         .write_timestamp_us = now});
    data::mutation change{.table = table,
                          .key = {to_big_endian(id)},
                          .partition_deletion = {},
                          .range_tombstones = {},
                          .rows = {}};
    change.rows.push_back({data::clustering_key(), std::move(row)});
    return change;
}

storage::scan_request request_of(const schema::table_ptr& table) {
    storage::scan_request request;
    request.table = table;
    request.columns = {{.ordinal = 1}};
    request.now_seconds = 1'800'000'000;
    return request;
}

runtime::task<void> load(storage::table_store& store, schema::table_ptr table, std::int32_t rows) {
    const stopwatch watch;
    for (std::int32_t id = 0; id < rows; ++id) {
        std::vector<data::mutation> one;
        one.push_back(insert(table, id, std::int64_t{id} * 7919 % 1'000'003));
        const auto done = co_await store.apply(std::move(one));
        if (!done) {
            fmt::print("write failed: {}\n", done.error().message());
            std::exit(1);
        }
        // As between requests, so that the longest turn means something.
        if (id % 64 == 0) co_await runtime::yield();
    }
    if (rows == 0) co_return;
    const double took = watch.seconds();
    fmt::print("apply, one row each: {:.2f} us a row\n", took * 1e6 / rows);
}

runtime::task<void> scan(storage::table_store& store, schema::table_ptr table, const char* what) {
    for (int round = 0; round < 3; ++round) {
        const stopwatch watch;
        auto request = request_of(table);
        request.partitions = std::vector<data::token_range>{data::token_range()};
        auto cursor = store.scan(std::move(request));
        std::int64_t greatest = 0;
        std::uint64_t rows = 0;
        data::row_batch batch;
        while (true) {
            const auto more = co_await (*cursor)->next(batch);
            if (!more || !*more) break;
            rows += batch.row_count;
            for (const auto v : batch.columns[0].native<std::int64_t>()) {
                greatest = std::max(greatest, v);
            }
        }
        const double took = watch.seconds();
        fmt::print("{}: {} rows, max {}, {:.2f} M rows/s, {:.0f} ns a row\n", what, rows, greatest,
                   static_cast<double>(rows) / took / 1e6, took * 1e9 / static_cast<double>(rows));
    }
}

runtime::task<void> point_reads(storage::table_store& store, schema::table_ptr table,
                                std::int32_t rows) {
    constexpr int count = 100'000;
    if (rows == 0) co_return;
    const stopwatch watch;
    data::row_batch batch;
    std::uint64_t found = 0;
    for (int i = 0; i < count; ++i) {
        auto request = request_of(table);
        const auto id = static_cast<std::int32_t>(std::int64_t{i} * 104'729 % rows);
        request.partitions = std::vector<data::partition_key>{{to_big_endian(id)}};
        auto cursor = store.scan(std::move(request));
        const auto more = co_await (*cursor)->next(batch);
        found += more && *more ? batch.row_count : 0;
        if (i % 64 == 0) co_await runtime::yield();
    }
    fmt::print("by key: {} found, {:.2f} us a row\n", found, watch.seconds() * 1e6 / count);
}

int run(std::int32_t rows, const std::string& directory) {
    runtime::shard_group shards(1);
    runtime::blocking_pool blocking(2, runtime::blocking_pool::priority::normal);
    const auto table = make_table();
    const auto open = [&] {
        auto opened = storage::open_rocks_store(
            {.path = directory, .blocking = &blocking, .now_seconds = {}});
        if (!opened) {
            fmt::print("{}\n", opened.error().message());
            std::exit(1);
        }
        return std::move(*opened);
    };
    auto& shard = shards.at(0);
    const auto close = [&](storage::table_store& store) {
        (void)runtime::run_blocking(shard, [&] { return store.close(); });
    };
    auto store = open();
    runtime::run_blocking(shard, [&] { return load(*store, table, rows); });
    runtime::run_blocking(shard, [&] { return scan(*store, table, "as written"); });
    runtime::run_blocking(shard, [&] { return point_reads(*store, table, rows); });
    close(*store);
    store = open();
    runtime::run_blocking(shard, [&] { return scan(*store, table, "after a restart"); });
    (void)runtime::run_blocking(shard, [&] { return store->compact(); });
    runtime::run_blocking(shard, [&] { return scan(*store, table, "compacted"); });
    runtime::run_blocking(shard, [&] { return point_reads(*store, table, rows); });
    fmt::print("longest turn of the loop: {} us\n",
               shard.loop_turns().turns().longest().count() / 1000);
    close(*store);
    return 0;
}

}  // namespace
}  // namespace nacre

int main(int argc, char** argv) {
    const auto rows = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
    std::string directory = argc > 2 ? argv[2] : "";
    const bool temporary = directory.empty();
    if (temporary) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "nacre-scan-XXXXXX").string();
        directory = mkdtemp(pattern.data());
    }
    const int code = nacre::run(rows, directory);
    if (temporary) std::filesystem::remove_all(directory);
    return code;
}
