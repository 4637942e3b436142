#include "query/large_rows.h"

#include <gtest/gtest.h>

namespace nacre::query {
namespace {

data::row_batch texts(std::initializer_list<std::size_t> sizes) {
    data::row_batch batch;
    batch.columns.emplace_back(types::type::native(types::type_kind::bigint));
    batch.columns.emplace_back(types::type::native(types::type_kind::text));
    for (const auto size : sizes) {
        batch.columns[0].append_serialised(bytes(8, '\0'));
        batch.columns[1].append_serialised(bytes(size, 'x'));
        ++batch.row_count;
    }
    return batch;
}

TEST(large_rows, one_large_value_among_small_ones_counts_not_their_sum) {
    EXPECT_FALSE(has_large_row(texts({})));
    EXPECT_FALSE(has_large_row(texts({60 << 10, 60 << 10, 60 << 10})));
    EXPECT_TRUE(has_large_row(texts({1, 64 << 10, 1})));
}

TEST(large_rows, work_on_them_runs_on_the_loop_for_large_requests) {
    runtime::shard_group shards(1);
    const execution_context context{&shards, nullptr, nullptr};
    runtime::run_blocking(shards.at(0), [&]() -> runtime::task<void> {
        auto where = []() -> runtime::task<std::uint32_t> { co_return runtime::this_shard().id(); };
        const auto small = texts({1});
        const auto large = texts({1 << 20});
        EXPECT_EQ(co_await where_it_fits(context, small, where), 0u);
        EXPECT_EQ(co_await where_it_fits(context, large, where), shards.for_large_requests().id());
        EXPECT_EQ(runtime::this_shard().id(), 0u);
    });
}

}  // namespace
}  // namespace nacre::query
