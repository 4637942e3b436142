#include "storage/rocks/rocks_store.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "runtime/shard.h"
#include "storage/key_codec.h"
#include "storage/mutation_codec.h"
#include "storage/rocks/format_file.h"
#include "storage/rocks/memtable_switch.h"
#include "storage/rocks/purge_filter.h"
#include "storage/rocks/reconcile_operator.h"
#include "storage/rocks/rocks_source.h"
#include "storage/row_scanner.h"
#include "storage/size_sample.h"

namespace nacre::storage {

namespace {

rocksdb::Slice slice(bytes_view data) {
    return {data.data(), data.size()};
}

// Copying more than this into the log takes too long for a shard's loop.
constexpr std::size_t write_on_shard_bytes_max = 256 << 10;

// Decoding more may take longer than a turn should.
constexpr std::size_t large_row_bytes_min = 128 << 10;

// A key that is written again and again is merged once this many of its states wait in memory, so
// that reading it stays cheap. Every write of such a key counts them, so the number can't be large.
constexpr std::size_t merges_in_memory_max = 200;

// What these may have to answer for when a turn of the loop was long.
const runtime::fixed_name opening("storage: a cursor is opened");
const runtime::fixed_name reading("storage: rows are read from memory");
const runtime::fixed_name writing("storage: a write to the log and the memtable");
const runtime::fixed_name closing("storage: a cursor is closed");

constexpr std::uint32_t writing_threads = 2;

// Who works longer than this on a batch of rows is expected to do so again: a scan would keep the
// memtables of its beginning for as long. To find its place again takes a fraction of it.
constexpr std::chrono::milliseconds waited_for_min(10);

class rocks_cursor final : public scan_cursor {
  public:
    rocks_cursor(row_scanner scanner, std::unique_ptr<rocks_source> source,
                 runtime::blocking_pool& blocking)
        : _scanner(std::move(scanner)), _source(std::move(source)), _blocking(blocking) {}

    runtime::task<result<bool>> next(data::row_batch& batch) override {
        using outcome = row_scanner::outcome;
        const bool was_waited_for = clock::now() - _answered_at > waited_for_min;
        _scanner.prepare(batch);
        auto what = outcome::blocked;
        while (!_source->on_disk()) {
            if (runtime::turn_is_over()) co_await runtime::yield();
            {
                const runtime::turn_part timed(reading);
                if (_source->is_resting()) _source->wake();
                what = _scanner.fill(*_source, batch, runtime::this_shard().turn_end(),
                                     large_row_bytes_min);
            }
            if (what != outcome::paused) break;
        }
        if (what == outcome::blocked || what == outcome::large) {
            what = co_await _blocking.run([this, &batch] { return fill_aside(batch); });
        }
        if (what == outcome::failed) co_return _scanner.failure();
        // Who asked may work on the rows for as long as a statement may take.
        if (what == outcome::finished) {
            const runtime::turn_part timed(closing);
            _source->close();
        } else if (was_waited_for) {
            const runtime::turn_part timed(closing);
            _source->rest();
        }
        _answered_at = clock::now();
        co_return batch.row_count != 0;
    }

    [[nodiscard]] std::optional<data::token_range> end_at_token() override {
        return _scanner.end_at_token(*_source);
    }

    ~rocks_cursor() override {
        const runtime::turn_part timed(closing);
        _source.reset();
    }

  private:
    row_scanner::outcome fill_aside(data::row_batch& batch) {
        auto what = row_scanner::outcome::blocked;
        if (_source->is_resting()) _source->wake();
        while (what == row_scanner::outcome::blocked) {
            if (_source->where() == entry_source::state::blocked) _source->unblock();
            what = _scanner.fill(*_source, batch, row_scanner::clock::time_point::max());
        }
        return what;
    }

    using clock = row_scanner::clock;

    row_scanner _scanner;
    std::unique_ptr<rocks_source> _source;
    runtime::blocking_pool& _blocking;
    /// Who asks for the first time is not known to be quick.
    clock::time_point _answered_at;
};

// The keys between which the scan's partitions lie.
std::pair<bytes, bytes> bounds_of(const scan_request& request) {
    const auto id = request.table->storage_id();
    std::pair bounds(table_position(id, data::minimum_token), table_end(id));
    const auto* ranges = std::get_if<0>(&request.partitions);
    if (ranges == nullptr || ranges->empty()) return bounds;
    if (ranges->front().after != data::maximum_token) {
        bounds.first = table_position(id, {ranges->front().after.value + 1});
    }
    if (ranges->back().up_to != data::maximum_token) {
        bounds.second = table_position(id, {ranges->back().up_to.value + 1});
    }
    return bounds;
}

class rocks_store_impl final : public rocks_store {
  public:
    rocks_store_impl(rocks_options options, std::shared_ptr<table_registry> tables,
                     std::unique_ptr<rocksdb::DB> db)
        : _options(std::move(options)),
          _tables(std::move(tables)),
          _db(std::move(db)),
          _memtables(*_db, *_options.blocking, _options.write_buffer_bytes) {}
    ~rocks_store_impl() override { _memtables.forget(); }

    [[nodiscard]] result<std::unique_ptr<scan_cursor>> scan(scan_request request) override {
        const runtime::turn_part timed(opening);
        _tables->note(*request.table);
        NACRE_TRY(auto scanner, row_scanner::make(std::move(request)));
        const auto pattern = scanner.request().partitions.index() == 0
                                 ? rocks_source::access::ranges
                                 : rocks_source::access::partitions;
        auto [lower, upper] = bounds_of(scanner.request());
        auto source = std::make_unique<rocks_source>(*_db, take_snapshot(), pattern,
                                                     std::move(lower), std::move(upper));
        return std::make_unique<rocks_cursor>(std::move(scanner), std::move(source),
                                              *_options.blocking);
    }

    runtime::task<status> apply(std::vector<data::mutation> mutations,
                                runtime::cancellation_ptr until) override {
        for (const auto& change : mutations) _tables->note(*change.table);
        if (value_bytes(mutations) > write_on_shard_bytes_max) {
            co_return co_await write_elsewhere(std::move(mutations), rocksdb::WriteBatch(),
                                               std::move(until));
        }
        // Most writes have fewer entries and need no look at the clock.
        constexpr std::uint32_t entries_at_once = 16;
        rocksdb::WriteBatch batch;
        std::uint32_t entries = 0;
        for (const auto& change : mutations) {
            mutation_encoder encoder(change);
            while (encoder.next()) {
                batch.Merge(slice(encoder.key()), slice(encoder.value()));
                if (++entries % entries_at_once == 0 && runtime::turn_is_over()) {
                    co_await runtime::yield();
                }
            }
        }
        if (batch.GetDataSize() > write_on_shard_bytes_max) {
            // Their destruction would hold the shard up, too.
            _options.blocking->post([doomed = std::move(mutations)] {});
        }
        co_return co_await write(std::move(batch), std::move(until));
    }

    runtime::task<status> truncate(schema::table_ptr table) override {
        const auto id = table->storage_id();
        const bytes from = table_position(id, data::minimum_token);
        const bytes to = table_end(id);
        rocksdb::WriteBatch batch;
        batch.DeleteRange(slice(from), slice(to));
        co_return co_await write(std::move(batch), nullptr);
    }

    runtime::task<result<size_estimate>> estimate(schema::table_ptr table,
                                                  data::token_range range) override {
        co_return co_await _options.blocking->run([this, &table, range] {
            const auto id = table->storage_id();
            rocks_source source(*_db, take_snapshot(), rocks_source::access::ranges,
                                table_position(id, data::minimum_token), table_end(id));
            return sample_size(source, id, range);
        });
    }

    rocks_memory memory() const override {
        const auto of = [this](const std::string& property) {
            std::uint64_t value = 0;
            return _db->GetIntProperty(property, &value) ? value : 0;
        };
        return {.block_cache = of(rocksdb::DB::Properties::kBlockCacheUsage),
                .memtables = of(rocksdb::DB::Properties::kSizeAllMemTables),
                .table_readers = of(rocksdb::DB::Properties::kEstimateTableReadersMem)};
    }

    runtime::task<status> compact() override {
        co_return co_await _options.blocking->run([this]() -> status {
            rocksdb::CompactRangeOptions options;
            options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
            const auto done = _db->CompactRange(options, nullptr, nullptr);
            if (!done.ok()) return to_error(done);
            return {};
        });
    }

    runtime::task<status> close() override {
        co_return co_await _options.blocking->run([this]() -> status {
            _writers.drain();
            _memtables.forget();
            // So that the next start has no log to replay.
            const auto flushed = _db->Flush(rocksdb::FlushOptions());
            const auto closed = _db->Close();
            _db.reset();
            if (!flushed.ok()) return to_error(flushed);
            if (!closed.ok()) return to_error(closed);
            return {};
        });
    }

  private:
    [[nodiscard]] rocksdb::WriteOptions durability() const {
        rocksdb::WriteOptions options;
        options.sync = _options.sync == sync_mode::always;
        return options;
    }

    static std::uint64_t value_bytes(const std::vector<data::mutation>& mutations) {
        std::uint64_t sum = 0;
        for (const auto& change : mutations) {
            for (const auto& row : change.rows) {
                for (const auto& cell : row.content.cells) {
                    if (cell.value) sum += cell.value->size();
                }
            }
        }
        return sum;
    }

    snapshot_ptr take_snapshot() {
        auto* const db = _db.get();
        return {db->GetSnapshot(),
                [db](const rocksdb::Snapshot* snapshot) { db->ReleaseSnapshot(snapshot); }};
    }

    runtime::task<status> write(rocksdb::WriteBatch batch, runtime::cancellation_ptr until) {
        auto options = durability();
        const bool at_once = _memtables.may_write_at_once(batch);
        if (at_once && !options.sync && batch.GetDataSize() <= write_on_shard_bytes_max) {
            options.no_slowdown = true;
            const runtime::turn_part timed(writing);
            const auto written = _db->Write(options, &batch);
            if (written.ok()) co_return status();
            if (!written.IsIncomplete()) co_return to_error(written);
            // Compaction is behind and wants writers to wait.
        }
        co_return co_await write_elsewhere({}, std::move(batch), std::move(until));
    }

    // A write that may have to wait, for the disk or for compactions that are behind.
    struct waiting_write {
        std::vector<data::mutation> mutations;
        rocksdb::WriteBatch batch;
        boost::asio::steady_timer ended;
        std::optional<rocksdb::Status> outcome;
    };

    // `mutations` are added to `batch` first.
    runtime::task<status> write_elsewhere(std::vector<data::mutation> mutations,
                                          rocksdb::WriteBatch batch,
                                          runtime::cancellation_ptr until) {
        constexpr std::chrono::milliseconds look_every{50};
        const auto home = co_await boost::asio::this_coro::executor;
        // Shared, because the write goes on when nobody waits for it any more.
        auto write = std::make_shared<waiting_write>(std::move(mutations), std::move(batch),
                                                     boost::asio::steady_timer(home), std::nullopt);
        _writers.post([write, home, db = _db.get(), options = durability()] {
            for (const auto& change : write->mutations) {
                mutation_encoder encoder(change);
                while (encoder.next()) {
                    write->batch.Merge(slice(encoder.key()), slice(encoder.value()));
                }
            }
            auto outcome = db->Write(options, &write->batch);
            boost::asio::post(home, [write, outcome = std::move(outcome)] {
                write->outcome = outcome;
                write->ended.cancel();
            });
        });
        const auto whose = runtime::current_work();
        while (!write->outcome) {
            write->ended.expires_after(look_every);
            boost::system::error_code cancelled;
            co_await write->ended.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
            if (!write->outcome && until) NACRE_CO_CHECK(until->check());
        }
        co_await runtime::come_back(whose);
        if (!write->outcome->ok()) co_return to_error(*write->outcome);
        co_return status();
    }

    rocks_options _options;
    std::shared_ptr<table_registry> _tables;
    std::unique_ptr<rocksdb::DB> _db;
    memtable_switch _memtables;
    /// Apart from the threads that read, which must not wait for compactions.
    runtime::blocking_pool _writers{writing_threads, runtime::blocking_pool::priority::normal};
};

rocksdb::Options database_options(const rocks_options& options,
                                  std::shared_ptr<table_registry> tables,
                                  std::shared_ptr<const database_pointer> self) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    table.block_size = 16 << 10;
    table.format_version = 5;
    // Partitions are looked up by their head; whole keys never are.
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = false;

    rocksdb::Options db;
    db.create_if_missing = true;
    db.merge_operator = make_reconcile_operator();
    db.compaction_filter_factory =
        make_purge_filter_factory(std::move(tables), options.now_seconds, std::move(self));
    db.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    db.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(key_head_bytes));
    db.memtable_prefix_bloom_size_ratio = 0.02;
    db.max_successive_merges = merges_in_memory_max;
    db.compression = rocksdb::kLZ4Compression;
    db.write_buffer_size = options.write_buffer_bytes;
    db.max_write_buffer_number = static_cast<int>(options.write_buffer_count);
    db.level_compaction_dynamic_level_bytes = true;
    db.max_background_jobs = static_cast<int>(std::max(options.background_jobs, 2U));
    db.bytes_per_sync = 1 << 20;
    // All files stay open with index and filter in memory: a shard never waits for those.
    db.max_open_files = -1;
    // Obsolete files are deleted in the background, not by the shard that closes a cursor.
    db.avoid_unnecessary_blocking_io = true;
    db.skip_stats_update_on_db_open = true;
    db.stats_dump_period_sec = 0;
    db.info_log_level = rocksdb::WARN_LEVEL;
    db.keep_log_file_num = 4;
    return db;
}

error open_error(const rocks_options& options, const rocksdb::Status& failed) {
    const std::string text = failed.ToString();
    if (failed.IsIOError() && text.find("LOCK") != std::string::npos) {
        return server_error("The data directory {} is in use by another server", options.path);
    }
    return server_error("Cannot open the data directory {}: {}", options.path, text);
}

std::int64_t system_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

result<std::unique_ptr<rocks_store>> open_rocks_store(rocks_options options) {
    if (!options.now_seconds) options.now_seconds = system_seconds;
    NACRE_CHECK(check_data_directory(options.path));
    auto tables = std::make_shared<table_registry>();
    auto self = std::make_shared<database_pointer>(nullptr);
    const auto settings = database_options(options, tables, self);
    rocksdb::DB* opened = nullptr;
    const auto done = rocksdb::DB::Open(settings, database_path(options.path).string(), &opened);
    if (!done.ok()) return open_error(options, done);
    self->store(opened);
    return std::make_unique<rocks_store_impl>(std::move(options), std::move(tables),
                                              std::unique_ptr<rocksdb::DB>(opened));
}

}  // namespace nacre::storage
