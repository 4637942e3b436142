/// The law by which folds are shared out: whatever the pieces and the order in which neighbours are
/// merged, an aggregate whose reduce function is associative and whose initial condition is neutral
/// to it gives what one fold over all rows gives. NACRE_SEED repeats a run.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "function/user_aggregate.h"
#include "runtime/shard.h"

namespace nacre::function {
namespace {

using types::type_kind;

/// Joins texts: associative, but not commutative, so that a piece in a wrong place or one that is
/// lost or merged twice shows. Yields between rows, as a guest may.
class joining_instance final : public instance {
  public:
    runtime::task<status> call(call_batch batch) override {
        for (const auto row : batch.rows) {
            co_await runtime::yield();
            bytes joined;
            for (const auto* column : batch.arguments) joined += column->view(row);
            batch.result.append_serialised(joined);
        }
        co_return status();
    }
    runtime::task<status> set_state(optional_bytes state) override {
        _state = std::move(*state);
        co_return status();
    }
    runtime::task<status> fold(fold_batch batch) override {
        for (const auto row : batch.rows) {
            co_await runtime::yield();
            _state += batch.arguments[0]->view(row);
        }
        co_return status();
    }
    runtime::task<result<optional_bytes>> state() override { co_return _state; }

  private:
    bytes _state;
};

class joining_code final : public compiled {
  public:
    [[nodiscard]] result<std::unique_ptr<instance>> instantiate(
        runtime::cancellation_ptr) const override {
        return std::make_unique<joining_instance>();
    }
};

aggregate_function_ptr make_joined() {
    const auto text = types::type::native(type_kind::text);
    auto join = std::make_shared<scalar_function>();
    join->signature = {
        .keyspace = "ks", .name = "join", .argument_types = {text, text}, .return_type = text};
    join->on_null = schema::null_input::returns_null;
    join->is_native = false;
    join->code = std::make_shared<joining_code>();
    auto definition = std::make_shared<schema::aggregate_definition>();
    definition->keyspace = "ks";
    definition->name = "joined";
    definition->argument_types = {text};
    definition->state_type = text;
    definition->return_type = text;
    definition->initial_condition = bytes();
    return make_user_aggregate({.definition = definition, .state = join, .reduce = join});
}

/// One random way to fold rows 0 … `rows`, each of them its number as a text.
class random_tree {
  public:
    explicit random_tree(std::uint64_t seed) : _chance(seed) {}

    runtime::task<std::unique_ptr<accumulator>> fold(std::uint32_t begin, std::uint32_t end) {
        if (end - begin > 1 && below(4) != 0) {
            const auto middle = begin + below(end - begin + 1);
            auto left = co_await fold(begin, middle);
            auto right = co_await fold(middle, end);
            const auto partial = co_await right->take_partial();
            EXPECT_TRUE((co_await left->merge(*partial)).ok());
            // What was taken is no longer there.
            EXPECT_EQ(*co_await right->take_partial(), std::nullopt);
            co_return left;
        }
        auto whole = std::move(*_joined->make_accumulator({}));
        while (begin != end) {
            const auto batch_end = begin + 1 + below(end - begin);
            co_await add(*whole, begin, batch_end);
            begin = batch_end;
        }
        co_return whole;
    }

    runtime::task<bytes> result_of(accumulator& of) {
        constexpr std::uint32_t here = 0;
        EXPECT_TRUE((co_await of.fold({}, std::span(&here, 1))).ok());
        data::column_vector results(types::type::native(type_kind::text));
        EXPECT_TRUE((co_await of.results(std::span(&here, 1), results)).ok());
        co_return bytes(results.view(0));
    }

    std::uint32_t below(std::uint32_t bound) {
        return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(_chance);
    }

  private:
    runtime::task<void> add(accumulator& to, std::uint32_t begin, std::uint32_t end) {
        data::column_vector column(types::type::native(type_kind::text));
        data::selection rows;
        for (auto row = begin; row < end; ++row) {
            if (below(5) == 0) column.append_null();  // not selected
            if (column.size() != 0 && below(5) == 0) column.append_serialised("unselected");
            rows.push_back(column.size());
            column.append_serialised(std::to_string(row) + " ");
        }
        const data::column_vector* const columns[] = {&column};
        EXPECT_TRUE((co_await to.fold({.arguments = columns, .rows = rows}, {})).ok());
    }

    std::mt19937_64 _chance;
    aggregate_function_ptr _joined = make_joined();
};

TEST(merge_trees, give_what_one_fold_gives) {
    const auto* given = std::getenv("NACRE_SEED");
    const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
    const std::uint64_t seeds = given != nullptr ? 1 : 200;
    runtime::shard_group shards(1);
    for (auto seed = first; seed < first + seeds; ++seed) {
        random_tree tree(seed);
        const auto rows = tree.below(60);
        bytes serial;
        for (std::uint32_t row = 0; row < rows; ++row) serial += std::to_string(row) + " ";
        const auto folded = runtime::run_blocking(shards.at(0), [&]() -> runtime::task<bytes> {
            return [](random_tree& how, std::uint32_t end) -> runtime::task<bytes> {
                const auto root = co_await how.fold(0, end);
                co_return co_await how.result_of(*root);
            }(tree, rows);
        });
        ASSERT_EQ(folded, serial) << "NACRE_SEED=" << seed;
    }
}

}  // namespace
}  // namespace nacre::function
