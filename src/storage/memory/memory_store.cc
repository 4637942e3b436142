#include "storage/memory/memory_store.h"

#include <array>
#include <mutex>
#include <utility>

#include "runtime/shard.h"
#include "storage/key_codec.h"
#include "storage/memory/memory_source.h"
#include "storage/mutation_codec.h"
#include "storage/row_codec.h"
#include "storage/row_scanner.h"
#include "storage/size_sample.h"

namespace nacre::storage {

namespace {

class memory_cursor final : public scan_cursor {
  public:
    memory_cursor(row_scanner scanner, std::shared_ptr<const entry_map> entries)
        : _scanner(std::move(scanner)), _source(std::move(entries)) {}

    runtime::task<result<bool>> next(data::row_batch& batch) override {
        _scanner.prepare(batch);
        while (true) {
            if (runtime::turn_is_over()) co_await runtime::yield();
            const auto what = _scanner.fill(_source, batch, runtime::this_shard().turn_end());
            if (what == row_scanner::outcome::failed) co_return _scanner.failure();
            if (what != row_scanner::outcome::paused) co_return batch.row_count != 0;
        }
    }

    [[nodiscard]] std::optional<data::token_range> end_at_token() override {
        return _scanner.end_at_token(_source);
    }

  private:
    row_scanner _scanner;
    memory_source _source;
};

class memory_store final : public table_store {
  public:
    [[nodiscard]] result<std::unique_ptr<scan_cursor>> scan(scan_request request) override {
        NACRE_TRY(auto scanner, row_scanner::make(std::move(request)));
        const std::lock_guard lock(_mutex);
        return std::make_unique<memory_cursor>(std::move(scanner), _entries);
    }

    runtime::task<status> apply(std::vector<data::mutation> mutations,
                                runtime::cancellation_ptr) override {
        const std::lock_guard lock(_mutex);
        auto& entries = writable();
        for (const auto& change : mutations) {
            mutation_encoder encoder(change);
            while (encoder.next()) NACRE_CO_CHECK(merge(entries, encoder.key(), encoder.value()));
        }
        co_return status();
    }

    runtime::task<status> truncate(schema::table_ptr table) override {
        const std::lock_guard lock(_mutex);
        auto& entries = writable();
        const auto id = table->storage_id();
        entries.erase(entries.lower_bound(table_position(id, data::minimum_token)),
                      entries.lower_bound(table_end(id)));
        co_return status();
    }

    runtime::task<result<size_estimate>> estimate(schema::table_ptr table,
                                                  data::token_range range) override {
        const std::lock_guard lock(_mutex);
        memory_source source(_entries);
        co_return sample_size(source, table->storage_id(), range);
    }

    runtime::task<status> close() override { co_return status(); }

  private:
    // Open cursors keep the entries that they began with.
    entry_map& writable() {
        if (_entries.use_count() != 1) _entries = std::make_shared<entry_map>(*_entries);
        return *_entries;
    }

    static status merge(entry_map& entries, bytes_view key, bytes_view value) {
        const auto found = entries.find(key);
        if (found == entries.end()) {
            entries.emplace(key, value);
            return {};
        }
        const std::array<bytes_view, 2> states{found->second, value};
        bytes merged;
        if (!merge_rows(states.data(), states.data() + states.size(), merged)) {
            return server_error("A stored row is damaged");
        }
        found->second = std::move(merged);
        return {};
    }

    std::mutex _mutex;
    std::shared_ptr<entry_map> _entries = std::make_shared<entry_map>();
};

}  // namespace

std::unique_ptr<table_store> make_memory_store() {
    return std::make_unique<memory_store>();
}

}  // namespace nacre::storage
