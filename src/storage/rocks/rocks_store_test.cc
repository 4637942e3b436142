#include "storage/rocks/rocks_store.h"

#include <csignal>
#include <fstream>
#include <map>
#include <thread>

#include <rocksdb/db.h>

#include "storage/rocks/format_file.h"
#include "storage/rocks/reconcile_operator.h"
#include "storage/store_fixture.h"

namespace nacre::storage::testing {
namespace {

namespace fs = std::filesystem;
using rows = std::vector<std::string>;

const type_ptr integer = type::native(type_kind::int_);

schema::table_ptr plain_table(std::int32_t gc_grace_seconds = 864000) {
    return table_builder()
        .partition("p", integer)
        .regular("v", integer)
        .gc_grace(gc_grace_seconds)
        .make();
}
schema::table_ptr wide_table(std::int32_t gc_grace_seconds = 864000) {
    return table_builder()
        .gc_grace(gc_grace_seconds)
        .partition("p", integer)
        .clustering("c", integer)
        .regular("v", integer)
        .make();
}
data::partition_key key(std::int32_t p) {
    return {int_value(p)};
}

class rocks : public ::testing::Test {
  protected:
    rocks_options options() {
        return {.path = _directory.path(),
                .blocking = &_loop.blocking(),
                .block_cache_bytes = 8 << 20,
                .now_seconds = [this] { return _now_seconds; }};
    }
    void open() {
        auto opened = open_rocks_store(options());
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        _store = std::move(*opened);
    }
    void close() {
        if (!_store) return;
        ASSERT_TRUE(_loop.run(_store->close()).ok());
        _store.reset();
    }
    void TearDown() override { close(); }
    std::string refusal() {
        const auto refused = open_rocks_store(options());
        return refused.ok() ? "it opened" : refused.error().message();
    }

    void apply(std::vector<data::mutation> mutations) {
        const auto done = _loop.run(_store->apply(std::move(mutations)));
        ASSERT_TRUE(done.ok()) << done.error().message();
    }
    rows read(scan_request request) {
        auto found = _loop.run(read_all(*_store, std::move(request)));
        EXPECT_TRUE(found.ok()) << found.error().message();
        return found.ok() ? found->rows : rows();
    }
    void compact() {
        // Once to bring everything to the bottom, once to purge there.
        for (int i = 0; i < 2; ++i) ASSERT_TRUE(_loop.run(_store->compact()).ok());
    }
    /// Every file with its size and content's hash.
    std::map<std::string, std::size_t> files() {
        std::map<std::string, std::size_t> found;
        for (const auto& each : fs::recursive_directory_iterator(_directory.path())) {
            if (!each.is_regular_file()) continue;
            std::ifstream in(each.path());
            const std::string content(std::istreambuf_iterator<char>(in), {});
            found[each.path().string()] = std::hash<std::string>()(content);
        }
        return found;
    }
    /// How many keys there are in the closed database.
    int stored_keys() {
        rocksdb::Options settings;
        settings.merge_operator = make_reconcile_operator();
        rocksdb::DB* opened = nullptr;
        const auto path = database_path(_directory.path()).string();
        EXPECT_TRUE(rocksdb::DB::OpenForReadOnly(settings, path, &opened).ok());
        const std::unique_ptr<rocksdb::DB> db(opened);
        const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}));
        int count = 0;
        for (at->SeekToFirst(); at->Valid(); at->Next()) ++count;
        return count;
    }

    temporary_directory _directory;
    loop _loop;
    std::int64_t _now_seconds = 0;
    std::unique_ptr<rocks_store> _store;
};

TEST_F(rocks, rows_survive_a_restart) {
    const auto table = plain_table();
    open();
    apply({change(table, key(1), 1).insert({}).set("v", int_value(7))});
    close();
    open();
    EXPECT_EQ(read(request_for(table, {"p", "v"})), (rows{"1 7"}));
}

TEST_F(rocks, synced_writes) {
    const auto table = plain_table();
    auto synced = options();
    synced.sync = sync_mode::always;
    auto opened = open_rocks_store(synced);
    ASSERT_TRUE(opened.ok());
    _store = std::move(*opened);
    apply({change(table, key(1), 1).insert({})});
    EXPECT_EQ(read(request_for(table, {"p"})), (rows{"1"}));
}

TEST_F(rocks, a_second_server_on_the_same_data_is_refused) {
    open();
    EXPECT_EQ(refusal(),
              fmt::format("The data directory {} is in use by another server", _directory.path()));
}

TEST_F(rocks, another_format_is_refused_and_left_alone) {
    const auto table = plain_table();
    open();
    apply({change(table, key(1), 1).insert({})});
    close();
    std::ofstream(fs::path(_directory.path()) / "FORMAT") << format_version + 1 << "\n";
    const auto before = files();
    EXPECT_NE(refusal().find("storage format 3, written by a newer version of Nacre"),
              std::string::npos)
        << refusal();
    EXPECT_EQ(files(), before);
    std::ofstream(fs::path(_directory.path()) / "FORMAT") << "1\n";
    EXPECT_NE(refusal().find("storage format 1, which was in use before"), std::string::npos)
        << refusal();
    for (const auto* damaged : {"", "one\n", "0\n"}) {
        std::ofstream(fs::path(_directory.path()) / "FORMAT") << damaged;
        EXPECT_NE(refusal().find("does not hold a format version"), std::string::npos);
    }
}

TEST_F(rocks, a_database_without_a_format_is_refused) {
    open();
    close();
    fs::remove(fs::path(_directory.path()) / "FORMAT");
    EXPECT_NE(refusal().find("no FORMAT file"), std::string::npos) << refusal();
}

TEST_F(rocks, a_directory_that_cannot_be_made_is_an_error) {
    const auto file = fs::path(_directory.path()) / "file";
    std::ofstream(file) << "x";
    for (const auto& path : {file, file / "data"}) {
        auto where = options();
        where.path = path.string();
        const auto refused = open_rocks_store(where);
        ASSERT_FALSE(refused.ok());
        EXPECT_NE(refused.error().message().find("data directory"), std::string::npos);
        EXPECT_NE(refused.error().message().find(path.string()), std::string::npos);
    }
}

TEST_F(rocks, what_is_not_cached_is_read_from_the_disk) {
    const auto table = wide_table();
    open();
    for (int p = 0; p < 200; ++p) {
        change made(table, key(p), 1);
        for (int c = 0; c < 20; ++c) made.insert({int_value(c)}).set("v", int_value(p * 100 + c));
        apply({made});
    }
    auto request = request_for(table, {"p", "c", "v"});
    request.batch_rows_max = 100;
    const auto expected = read(request);
    ASSERT_EQ(expected.size(), 4000u);
    compact();
    // Each opening has a cold cache, so the first move of any kind is blocked.
    for (const bool reversed : {false, true}) {
        for (const bool listed : {false, true}) {
            close();
            open();
            auto cold = request;
            cold.reversed = reversed;
            if (listed) {
                std::vector<data::partition_key> keys;
                for (int p = 0; p < 200; ++p) keys.push_back(key(p));
                cold.partitions = keys;
            }
            auto found = read(cold);
            std::ranges::sort(found);
            auto sorted = expected;
            std::ranges::sort(sorted);
            EXPECT_EQ(found, sorted);
        }
    }
    close();
    open();
    auto sliced = request;
    sliced.partitions = std::vector<data::partition_key>{key(7)};
    sliced.slices = {{{{int_value(5)}, true}, {{int_value(6)}, true}}};
    EXPECT_EQ(read(sliced), (rows{"7 5 705", "7 6 706"}));
}

TEST_F(rocks, a_scan_that_has_read_everything_keeps_no_memtables) {
    const auto table = plain_table();
    open();
    const auto write = [&] {
        for (int i = 0; i < 1000; ++i) {
            apply({change(table, key(i), 1).update({}).set("v", int_value(i))});
        }
    };
    write();
    std::unique_ptr<scan_cursor> cursor;
    const auto scanned = [&]() -> runtime::task<status> {
        NACRE_CO_TRY(cursor, _store->scan(request_for(table, {"v"})));
        data::row_batch batch;
        while (true) {
            NACRE_CO_TRY(const bool more, co_await cursor->next(batch));
            if (!more) co_return status();
        }
    };
    ASSERT_TRUE(_loop.run(scanned()).ok());
    compact();
    const auto without = _store->memory().memtables;
    cursor.reset();
    EXPECT_EQ(_store->memory().memtables, without);
    write();
    EXPECT_GT(_store->memory().memtables, without);
}

TEST_F(rocks, a_scan_whose_reader_is_slow_keeps_no_memtables_and_sees_its_beginning) {
    const auto table = wide_table();
    open();
    std::vector<data::partition_key> keys;
    for (int p = 0; p < 50; ++p) {
        keys.push_back(key(p));
        change made(table, key(p), 1);
        for (int c = 0; c < 20; ++c) made.insert({int_value(c)}).set("v", int_value(p * 100 + c));
        apply({made});
    }
    const auto change_rows = [&](int time) {
        for (int p = 0; p < 50; ++p) {
            apply({change(table, key(p), time).delete_row({int_value(time % 20)}),
                   change(table, key(p), time).insert({int_value(20 + time)})});
        }
    };
    int time = 1;
    for (const bool reversed : {false, true}) {
        auto request = request_for(table, {"p", "c", "v"});
        request.reversed = reversed;
        request.batch_rows_max = 33;  // batches end within partitions
        if (reversed) request.partitions = keys;
        const auto expected = read(request);

        std::unique_ptr<scan_cursor> cursor;
        rows found;
        const auto read_batch = [&]() -> runtime::task<result<bool>> {
            if (!cursor) {
                NACRE_CO_TRY(cursor, _store->scan(request));
            }
            data::row_batch batch;
            NACRE_CO_TRY(const bool more, co_await cursor->next(batch));
            for (std::uint32_t i = 0; i < batch.row_count; ++i) found.push_back(row_text(batch, i));
            co_return more;
        };
        for (int batches = 0; _loop.run(read_batch()).value(); ++batches) {
            if (batches >= 5) continue;
            change_rows(++time);
            compact();
            if (batches % 2 == 1) change_rows(++time);
            std::this_thread::sleep_for(std::chrono::milliseconds(15));
        }
        EXPECT_EQ(found, expected);

        cursor.reset();
        change_rows(++time);
        (void)_loop.run(read_batch());
        compact();
        const auto while_it_waits = _store->memory().memtables;
        cursor.reset();
        EXPECT_EQ(_store->memory().memtables, while_it_waits);
    }
}

TEST_F(rocks, a_key_written_many_times_merges) {
    const auto table = plain_table();
    open();
    for (int i = 0; i < 5000; ++i) {
        apply({change(table, key(1), i).update({}).set("v", int_value(i))});
        if (i == 2500) compact();
    }
    EXPECT_EQ(read(request_for(table, {"v"})), (rows{"4999"}));
    compact();
    EXPECT_EQ(read(request_for(table, {"v"})), (rows{"4999"}));
}

TEST_F(rocks, compaction_drops_values_that_expired_an_hour_ago) {
    const auto table = plain_table();
    open();
    apply({change(table, key(1), 1).insert({}).ttl(10, 2010).set("v", int_value(1))});
    auto while_it_lived = request_for(table, {"p", "v"});
    while_it_lived.now_seconds = 2000;
    _now_seconds = 2010 + 3599;
    compact();
    EXPECT_EQ(read(while_it_lived), (rows{"1 1"}));
    _now_seconds = 2010 + 3600;
    compact();
    EXPECT_EQ(read(while_it_lived), (rows{"1 null"}));
}

TEST_F(rocks, compaction_purges_tombstones_after_the_grace_of_their_table) {
    open();
    const auto table = plain_table(500);
    const auto purged_at = change::deleted_at + 500 + 3600;
    const auto older = [&] {
        return data::mutation(change(table, key(1), 5).update({}).set("v", int_value(1)));
    };
    apply({change(table, key(1), 10).delete_row({})});
    _now_seconds = purged_at;
    compact();
    apply({older()});
    EXPECT_TRUE(read(request_for(table, {"v"})).empty());
    _now_seconds = purged_at + 1;
    compact();
    EXPECT_TRUE(read(request_for(table, {"v"})).empty()) << "what it shadowed went before it";
    apply({older()});
    EXPECT_EQ(read(request_for(table, {"v"})), (rows{"1"}));
}

TEST_F(rocks, tombstones_of_tables_not_seen_since_the_start_stay) {
    const auto table = plain_table(0);
    open();
    apply({change(table, key(1), 10).delete_row({})});
    close();
    _now_seconds = 1'000'000;
    open();
    compact();
    close();
    EXPECT_EQ(stored_keys(), 1);
    open();
    EXPECT_TRUE(read(request_for(table, {"v"})).empty());
    compact();
    close();
    EXPECT_EQ(stored_keys(), 0);
}

TEST_F(rocks, compaction_drops_rows_of_deleted_partitions) {
    const auto table = wide_table();
    open();
    for (int p : {1, 2}) {
        change made(table, key(p), 10);
        for (int c = 0; c < 50; ++c) made.insert({int_value(c)});
        apply({made});
    }
    apply({change(table, key(1), 20).delete_partition(),
           change(table, key(1), 30).insert({int_value(7)})});
    _now_seconds = change::deleted_at + 3601;
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})).size(), 51u);
    close();
    EXPECT_EQ(stored_keys(), 50 + 1 + 1);  // the other partition, the new row, the tombstone
}

TEST_F(rocks, compaction_drops_rows_of_deleted_ranges) {
    const auto table = wide_table();
    open();
    for (int p : {1, 2}) {
        change made(table, key(p), 10);
        for (int c = 0; c < 50; ++c) made.insert({int_value(c)});
        apply({made});
    }
    apply({change(table, key(1), 20).delete_range({{int_value(10)}, true}, {{int_value(29)}, true}),
           change(table, key(1), 30).insert({int_value(17)})});
    _now_seconds = change::deleted_at + 3601;
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})).size(), 81u);
    close();
    EXPECT_EQ(stored_keys(), 81 + 1);
}

TEST_F(rocks, tombstones_of_partitions_and_ranges_go_once_they_hide_nothing) {
    const auto table = wide_table(500);
    open();
    change made(table, key(1), 10);
    for (int c = 0; c < 9; ++c) made.insert({int_value(c)});
    apply({made, change(table, key(2), 10).insert({int_value(1)})});
    apply({change(table, key(1), 20).delete_range({{int_value(3)}, true}, {{int_value(4)}, true}),
           change(table, key(2), 20).delete_partition(),
           change(table, key(2), 30).insert({int_value(2)})});
    _now_seconds = change::deleted_at + 500 + 3600;
    compact();
    _now_seconds += 1;
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})).size(), 8u);
    close();
    // Partition 1 keeps its tombstone: other rows of it are as old as what it hid.
    EXPECT_EQ(stored_keys(), 7 + 1 + 1);

    open();
    change anew(table, key(1), 40);
    for (int c = 0; c < 9; ++c) anew.insert({int_value(c)});
    apply({anew});
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})).size(), 10u);
    close();
    EXPECT_EQ(stored_keys(), 9 + 1);
}

TEST_F(rocks, a_tombstone_stays_while_what_it_hides_is_in_another_file) {
    const auto table = wide_table(500);
    open();
    _now_seconds = change::deleted_at + 500 + 3601;
    apply({change(table, key(1), 10).insert({int_value(1)})});
    apply({change(table, key(1), 20).delete_partition()});
    compact();
    EXPECT_TRUE(read(request_for(table, {"p"})).empty());
    apply({change(table, key(2), 10).insert({int_value(1)})});
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})).size(), 1u);
    close();
    EXPECT_EQ(stored_keys(), 1);
}

TEST_F(rocks, truncated_rows_stay_away_after_a_restart_and_compaction) {
    const auto table = plain_table();
    open();
    for (int p = 0; p < 100; ++p) apply({change(table, key(p), 1).insert({})});
    compact();
    ASSERT_TRUE(_loop.run(_store->truncate(table)).ok());
    apply({change(table, key(5), 1).insert({})});
    close();
    open();
    EXPECT_EQ(read(request_for(table, {"p"})), (rows{"5"}));
    compact();
    EXPECT_EQ(read(request_for(table, {"p"})), (rows{"5"}));
}

// What the child of the crash test does: it is started anew, so it finds the directory in the
// environment.
constexpr const char* crash_directory = "NACRE_CRASH_TEST_DIRECTORY";
constexpr int acknowledged_writes = 500;

void write_and_die() {
    loop own;
    auto opened =
        open_rocks_store({.path = std::getenv(crash_directory), .blocking = &own.blocking()});
    if (!opened) std::exit(2);
    const auto table = plain_table();
    for (int p = 0; p < acknowledged_writes; ++p) {
        const auto done =
            own.run((*opened)->apply({change(table, key(p), 1).insert({}).set("v", int_value(p)),
                                      change(table, key(p + 100'000), 1).insert({})}));
        if (!done) std::exit(3);
    }
    std::raise(SIGKILL);
}

using crash = rocks;
TEST_F(crash, acknowledged_writes_survive_kill_9) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    setenv(crash_directory, _directory.path().c_str(), 0);
    EXPECT_EXIT(write_and_die(), ::testing::KilledBySignal(SIGKILL), "");
    unsetenv(crash_directory);
    open();
    const auto found = read(request_for(plain_table(), {"p", "v"}));
    EXPECT_EQ(found.size(), 2u * acknowledged_writes);
}

}  // namespace
}  // namespace nacre::storage::testing
