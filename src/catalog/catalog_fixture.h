#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "catalog/describe.h"
#include "cql/parse.h"
#include "storage/memory/memory_store.h"

namespace nacre::catalog {

/// A language whose functions do nothing; a body that holds "bad" does not compile.
class fake_language final : public function::language {
  public:
    class code final : public function::compiled {
      public:
        explicit code(schema::function_ptr made_from) : definition(std::move(made_from)) {}
        result<std::unique_ptr<function::instance>> instantiate(
            runtime::cancellation_ptr) const override {
            return invalid("a fake has no instances");
        }
        schema::function_ptr definition;
    };

    std::vector<std::string> names() const override { return {"fake", "lua"}; }

    runtime::task<result<function::compiled_ptr>> compile(
        schema::function_ptr definition) override {
        const auto running = ++_running;
        most_at_once = std::max(most_at_once, running);
        // Others get their turn, as they do while a real compiler works elsewhere.
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        do {
            co_await runtime::yield();
        } while (most_at_once < at_once_wanted && std::chrono::steady_clock::now() < patience);
        --_running;
        ++compilations;
        if (fails || definition->body.find("bad") != std::string::npos) {
            co_return invalid("syntax error near 'bad'");
        }
        co_return std::make_shared<code>(std::move(definition));
    }

    std::atomic<std::uint32_t> compilations = 0;
    std::uint32_t most_at_once = 0;    ///< shard 0's
    std::uint32_t at_once_wanted = 1;  ///< compilations wait until there were so many
    bool fails = false;

  private:
    std::uint32_t _running = 0;
};

/// A catalog over a memory store, with two shards and no server.
class catalog_test : public testing::Test {
  protected:
    catalog_test() { start(); }
    ~catalog_test() override { stop(); }

    void start() {
        auto opened = runtime::run_blocking(_shards.at(0), [this] { return open(make_options()); });
        ASSERT_TRUE(opened.ok()) << opened.error().message();
        _catalog = std::move(*opened);
        _catalog->on_change([this](const schema::change& change) {
            if (runtime::this_shard().id() == 1) _changes.push_back(change);
        });
    }

    void stop() {
        if (!_catalog) return;
        runtime::run_blocking(_shards.at(0), [this] { return _catalog->stop(); });
        _catalog.reset();
    }

    void restart() {
        stop();
        start();
    }

    result<ddl_outcome> execute(std::string_view text, std::uint32_t shard = 1) {
        const auto parsed = cql::parse(text);
        if (!parsed) return parsed.error();
        return runtime::run_blocking(_shards.at(shard),
                                     [&] { return _catalog->execute(*parsed, _session_keyspace); });
    }

    void run(std::string_view text) {
        const auto done = execute(text);
        ASSERT_TRUE(done.ok()) << text << "\n" << done.error().message();
    }

    void expect_error(std::string_view text, error_code code, std::string_view message) {
        const auto done = execute(text);
        ASSERT_FALSE(done.ok()) << text;
        EXPECT_EQ(done.error().message(), message) << text;
        EXPECT_EQ(done.error().code(), code) << text;
    }
    void expect_invalid(std::string_view text, std::string_view message) {
        expect_error(text, error_code::invalid, message);
    }

    published_ptr current(std::uint32_t shard = 0) {
        return runtime::run_blocking(_shards.at(shard),
                                     [this]() { return current_here(_catalog.get()); });
    }
    schema::snapshot_ptr schema() { return current()->schema; }

    /// The last column of every row of a DESCRIBE.
    std::vector<std::string> described(std::string_view text) {
        const auto parsed = cql::parse(text);
        EXPECT_TRUE(parsed.ok()) << text;
        const auto snapshot = schema();
        const auto found =
            describe(*snapshot, std::get<cql::describe_statement>(*parsed), _session_keyspace);
        if (!found) return {found.error().message()};
        std::vector<std::string> last;
        for (const auto& row : found->rows) last.push_back(row().back());
        return last;
    }

    /// Everything about a schema that must survive a restart.
    std::vector<std::string> fingerprint() {
        const auto snapshot = schema();
        auto lines = described("DESCRIBE FULL SCHEMA WITH INTERNALS");
        lines.push_back(snapshot->version.to_string());
        for (const auto& [keyspace_name, keyspace] : snapshot->keyspaces) {
            for (const auto& [name, table] : keyspace->tables()) {
                std::string line = fmt::format("{}.{} {} {}", keyspace_name, name,
                                               table->storage_id(), table->next_column_id());
                for (const auto& column : table->columns()) {
                    line += fmt::format(" {}:{}", column.name, column.id);
                }
                lines.push_back(std::move(line));
            }
            for (const auto& [name, overloads] : keyspace->functions()) {
                for (const auto& function : overloads) {
                    lines.push_back(name + " " + function->version.to_string());
                }
            }
        }
        return lines;
    }

    runtime::shard_group _shards{2};
    std::shared_ptr<storage::table_store> _store = storage::make_memory_store();
    std::shared_ptr<fake_language> _language = std::make_shared<fake_language>();
    std::unique_ptr<catalog> _catalog;
    std::string _session_keyspace;
    std::atomic<int> _contested_won = 0;
    std::vector<schema::change> _changes;  ///< as shard 1 was told

  private:
    static runtime::task<published_ptr> current_here(catalog* from) { co_return from->current(); }

    catalog::options make_options() {
        catalog::options options;
        options.shards = &_shards;
        options.store = _store.get();
        options.languages = {_language};
        options.node.host_id = *uuid::parse("6b5c1a90-1111-4222-8333-0123456789ab");
        options.node.listen_address = "127.0.0.1";
        options.node.release_version = "5.0.8";
        return options;
    }
};

}  // namespace nacre::catalog
