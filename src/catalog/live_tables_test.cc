#include "catalog/live_tables.h"

#include <gtest/gtest.h>

#include "catalog/system_tables.h"
#include "runtime/shard.h"
#include "storage/memory/memory_store.h"
#include "types/value.h"

namespace nacre::catalog {
namespace {

live_row pool(const std::string& name, std::optional<int> active) {
    live_row row{{"name", name}};
    if (active) row.emplace("active_tasks", types::serialise_integer(std::int32_t{*active}));
    return row;
}

class live_tables_test : public testing::Test {
  protected:
    ~live_tables_test() override { _shards.stop(); }

    storage::scan_request request() const {
        storage::scan_request made;
        made.table = _table;
        made.columns = {{*_table->find("name")}, {*_table->find("active_tasks")}};
        made.partitions = std::vector{data::token_range()};
        made.want_positions = true;
        return made;
    }

    struct read_all {
        storage::table_store* store;
        storage::scan_request request;
        bytes* last_position = nullptr;
        runtime::task<std::vector<std::string>> operator()() {
            std::vector<std::string> rows;
            const auto cursor = store->scan(std::move(request));
            data::row_batch batch;
            for (;;) {
                const auto more = co_await (*cursor)->next(batch);
                if (!more || !*more) break;
                for (std::uint32_t i = 0; i < batch.row_count; ++i) {
                    const auto active = batch.columns[1].serialised(i);
                    rows.push_back(bytes(*batch.columns[0].serialised(i)) + " " +
                                   (active ? to_hex(bytes(*active)) : "null"));
                    if (last_position != nullptr) *last_position = batch.positions.view(i);
                }
            }
            co_return rows;
        }
    };
    std::vector<std::string> rows(storage::scan_request what, bytes* last_position = nullptr) {
        return runtime::run_blocking(_shards.at(0),
                                     read_all{&_tables, std::move(what), last_position});
    }

    runtime::shard_group _shards{1};
    std::unique_ptr<storage::table_store> _under = storage::make_memory_store();
    live_tables _tables{*_under};
    schema::table_ptr _table = system_table("system_views", "thread_pools");
};

TEST_F(live_tables_test, rows_are_made_at_each_read) {
    int reads = 0;
    _tables.provide("system_views", "thread_pools", [&reads](const auto*) {
        return [](int count) -> runtime::task<std::vector<live_row>> {
            co_return std::vector{pool("a", count), pool("b", std::nullopt)};
        }(++reads);
    });
    auto first = rows(request());
    std::ranges::sort(first);
    EXPECT_EQ(first, (std::vector<std::string>{"a 00000001", "b null"}));
    auto second = rows(request());
    std::ranges::sort(second);
    EXPECT_EQ(second.front(), "a 00000002");
}

TEST_F(live_tables_test, partitions_that_are_asked_for_are_told_to_the_source) {
    std::vector<data::partition_key> told;
    _tables.provide("system_views", "thread_pools", [&told](const auto* wanted) {
        if (wanted != nullptr) told = *wanted;
        return []() -> runtime::task<std::vector<live_row>> {
            co_return std::vector{pool("a", 1), pool("b", 2)};
        }();
    });
    auto one = request();
    one.partitions = std::vector<data::partition_key>{{"b"}};
    EXPECT_EQ(rows(std::move(one)), std::vector<std::string>{"b 00000002"});
    EXPECT_EQ(told, (std::vector<data::partition_key>{{"b"}}));
}

TEST_F(live_tables_test, many_rows_in_the_order_of_their_tokens_and_on_from_any) {
    constexpr int count = 2000;
    _tables.provide("system_views", "thread_pools", [](const auto*) {
        return []() -> runtime::task<std::vector<live_row>> {
            std::vector<live_row> made;
            for (int i = 0; i < count; ++i) made.push_back(pool(std::to_string(i), i));
            co_return made;
        }();
    });
    const auto all = rows(request());
    ASSERT_EQ(all.size(), count);
    EXPECT_EQ(rows(request()), all);
    auto first = request();
    first.partitions = std::vector{data::token_range{data::minimum_token, data::token{0}}};
    bytes position;
    const auto head = rows(first, &position);
    EXPECT_EQ(head, std::vector(all.begin(), all.begin() + static_cast<long>(head.size())));
    auto rest = request();
    rest.resume_after = position;
    EXPECT_EQ(rows(std::move(rest)),
              std::vector(all.begin() + static_cast<long>(head.size()), all.end()));
}

TEST_F(live_tables_test, other_tables_are_those_of_the_store) {
    auto other = request();
    other.table = system_table("system_views", "clients");
    other.columns = {{0}, {1}};
    EXPECT_TRUE(rows(std::move(other)).empty());
}

}  // namespace
}  // namespace nacre::catalog
