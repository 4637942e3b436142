#include "function/user_aggregate.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/shard.h"

namespace nacre::function {
namespace {

using schema::null_input;
using testing::ElementsAre;
using types::type_kind;

optional_bytes big(std::int64_t value) {
    return to_big_endian(value);
}

std::int64_t number(const bytes& raw) {
    return load_big_endian<std::int64_t>(raw.data());
}

// state + argument for folds and two-argument calls, −state for one argument; negative results are
// null. Counts its calls.
class arithmetic_instance final : public instance {
  public:
    arithmetic_instance(int& calls, int& batches, int& folds)
        : _calls(calls), _batches(batches), _folds(folds) {}

    runtime::task<status> call(call_batch batch) override {
        ++_batches;
        for (const auto row : batch.rows) {
            ++_calls;
            std::int64_t sum = 0;
            for (const auto* column : batch.arguments) {
                if (const auto value = column->serialised(row)) sum += number(*value);
            }
            batch.result.append_native(batch.arguments.size() == 1 ? -sum : sum);
        }
        co_return status();
    }
    runtime::task<status> set_state(optional_bytes state) override {
        _state = std::move(state);
        co_return status();
    }
    runtime::task<status> fold(fold_batch batch) override {
        ++_folds;
        for (const auto row : batch.rows) {
            ++_calls;
            std::int64_t sum = _state ? number(*_state) : 0;
            if (const auto value = batch.arguments[0]->serialised(row)) sum += number(*value);
            _state = big(sum);
        }
        co_return status();
    }
    runtime::task<result<optional_bytes>> state() override { co_return _state; }

  private:
    int& _calls;
    int& _batches;
    int& _folds;
    optional_bytes _state;
};

class arithmetic_code final : public compiled {
  public:
    [[nodiscard]] result<std::unique_ptr<instance>> instantiate(
        runtime::cancellation_ptr) const override {
        ++instances;
        return std::make_unique<arithmetic_instance>(calls, batches, folds);
    }
    mutable int calls = 0;    ///< rows of calls and folds
    mutable int batches = 0;  ///< of calls
    mutable int folds = 0;
    mutable int instances = 0;
};

class user_aggregate : public testing::Test {
  protected:
    struct part {
        std::shared_ptr<arithmetic_code> code = std::make_shared<arithmetic_code>();
        scalar_function_ptr function;
    };

    static part make_part(std::size_t arguments, null_input on_null) {
        part made;
        auto function = std::make_shared<scalar_function>();
        function->signature = {
            .keyspace = "ks",
            .name = "part",
            .argument_types = std::vector(arguments, types::type::native(type_kind::bigint)),
            .return_type = types::type::native(type_kind::bigint)};
        function->on_null = on_null;
        function->code = made.code;
        made.function = std::move(function);
        return made;
    }

    std::unique_ptr<accumulator> accumulator_of(optional_bytes initial, const part& state,
                                                const part* reduce, const part* last) {
        auto definition = std::make_shared<schema::aggregate_definition>();
        definition->keyspace = "ks";
        definition->name = "total";
        definition->state_type = types::type::native(type_kind::bigint);
        definition->return_type = definition->state_type;
        definition->initial_condition = std::move(initial);
        aggregate = make_user_aggregate({.definition = definition,
                                         .state = state.function,
                                         .reduce = reduce != nullptr ? reduce->function : nullptr,
                                         .last = last != nullptr ? last->function : nullptr});
        return std::move(*aggregate->make_accumulator({}));
    }

    template <typename Work>
    auto run(Work work) {
        return runtime::run_blocking(shards.at(0), std::move(work));
    }
    void add(accumulator& to, const std::vector<std::optional<std::int64_t>>& values,
             const std::vector<std::uint32_t>& ends = {}) {
        data::column_vector column(types::type::native(type_kind::bigint));
        data::selection rows;
        for (const auto& value : values) {
            rows.push_back(column.size());
            value ? column.append_native(*value) : column.append_null();
        }
        const data::column_vector* const columns[] = {&column};
        ASSERT_TRUE(run(to.fold({.arguments = columns, .rows = rows}, ends)).ok());
    }
    std::vector<optional_bytes> results(accumulator& of, const std::vector<std::uint32_t>& groups) {
        data::column_vector column(types::type::native(type_kind::bigint));
        EXPECT_TRUE(run(of.results(groups, column)).ok());
        of.forget_groups();
        std::vector<optional_bytes> values;
        for (std::uint32_t i = 0; i < column.size(); ++i) values.push_back(column.serialised(i));
        return values;
    }
    /// Ends the open group.
    optional_bytes finish(accumulator& of) {
        add(of, {}, {0});
        return results(of, {0}).front();
    }

    runtime::shard_group shards{1};
    aggregate_function_ptr aggregate;
};

TEST_F(user_aggregate, folds_every_batch_of_a_group_into_one_state) {
    const auto state = make_part(2, null_input::called);
    const auto total = accumulator_of(big(100), state, nullptr, nullptr);
    EXPECT_FALSE(aggregate->can_merge());
    EXPECT_FALSE(aggregate->is_native());
    add(*total, {1, 2});
    add(*total, {3});
    EXPECT_EQ(finish(*total), big(106));
    add(*total, {5});
    EXPECT_EQ(finish(*total), big(105));
    EXPECT_EQ(state.code->instances, 1);
}

TEST_F(user_aggregate, skips_null_rows_only_where_the_state_function_returns_null) {
    for (const auto& [on_null, calls] :
         {std::pair(null_input::returns_null, 2), std::pair(null_input::called, 3)}) {
        const auto state = make_part(2, on_null);
        const auto total = accumulator_of(big(0), state, nullptr, nullptr);
        add(*total, {1, std::nullopt, 2});
        EXPECT_EQ(finish(*total), big(3));
        EXPECT_EQ(state.code->calls, calls);
    }
}

TEST_F(user_aggregate, a_null_state_stays_null_where_the_state_function_returns_null) {
    const auto strict = make_part(2, null_input::returns_null);
    const auto never = accumulator_of(std::nullopt, strict, nullptr, nullptr);
    add(*never, {1, 2});
    EXPECT_EQ(finish(*never), std::nullopt);
    EXPECT_EQ(strict.code->calls, 0);

    const auto lenient = make_part(2, null_input::called);
    const auto total = accumulator_of(std::nullopt, lenient, nullptr, nullptr);
    add(*total, {1, 2});
    EXPECT_EQ(finish(*total), big(3));
}

TEST_F(user_aggregate, the_final_function_sees_the_last_state) {
    const auto state = make_part(2, null_input::called);
    const auto last = make_part(1, null_input::called);
    const auto total = accumulator_of(big(0), state, nullptr, &last);
    EXPECT_EQ(finish(*total), big(0)) << "of no rows";
    add(*total, {1, 2});
    EXPECT_EQ(finish(*total), big(-3));
}

TEST_F(user_aggregate, a_final_function_that_returns_null_is_not_called_with_null) {
    const auto state = make_part(2, null_input::called);
    const auto strict = make_part(1, null_input::returns_null);
    EXPECT_EQ(finish(*accumulator_of(std::nullopt, state, nullptr, &strict)), std::nullopt);
    EXPECT_EQ(strict.code->calls, 0);
    const auto lenient = make_part(1, null_input::called);
    EXPECT_EQ(finish(*accumulator_of(std::nullopt, state, nullptr, &lenient)), big(0));
    EXPECT_EQ(lenient.code->calls, 1);
}

TEST_F(user_aggregate, pieces_merge_by_the_reduce_function) {
    const auto state = make_part(2, null_input::called);
    const auto reduce = make_part(2, null_input::called);
    const auto whole = accumulator_of(big(0), state, &reduce, nullptr);
    EXPECT_TRUE(aggregate->can_merge());
    const auto first = std::move(*aggregate->make_accumulator({}));
    const auto second = std::move(*aggregate->make_accumulator({}));
    const auto idle = std::move(*aggregate->make_accumulator({}));
    add(*first, {1, 2});
    add(*second, {30});
    for (auto* piece : {idle.get(), first.get(), second.get()}) {
        auto partial = run(piece->take_partial());
        ASSERT_TRUE(partial.ok());
        ASSERT_TRUE(run(whole->merge(*partial)).ok());
    }
    EXPECT_EQ(reduce.code->calls, 0) << "the first state is taken as it is";
    add(*whole, {4});
    EXPECT_EQ(reduce.code->calls, 1);
    EXPECT_EQ(finish(*whole), big(37));
}

TEST_F(user_aggregate, many_pieces_merge_in_one_batch_whatever_comes_between) {
    const auto state = make_part(2, null_input::called);
    const auto reduce = make_part(2, null_input::called);
    const auto whole = accumulator_of(big(0), state, &reduce, nullptr);
    const auto merge = [&](std::int64_t value) {
        ASSERT_TRUE(run(whole->merge("s" + *big(value))).ok());
    };
    for (int i = 0; i < 1000; ++i) merge(i);
    EXPECT_EQ(finish(*whole), big(499'500));
    EXPECT_EQ(reduce.code->folds, 1);
    // More pieces, a partial state and rows after that.
    for (int i = 0; i < 1000; ++i) merge(i);
    merge(500);
    EXPECT_EQ(*run(whole->take_partial()), "s" + *big(500'000));
    EXPECT_EQ(*run(whole->take_partial()), std::nullopt) << "it has been taken";
    merge(500'000);
    add(*whole, {1});
    merge(9);
    EXPECT_EQ(finish(*whole), big(500'010));
    EXPECT_EQ(finish(*whole), big(0));
    for (int i = 0; i < 5000; ++i) merge(1);
    EXPECT_EQ(finish(*whole), big(5000));
    EXPECT_EQ(reduce.code->instances, 1);
}

TEST_F(user_aggregate, a_null_piece_is_not_the_same_as_no_piece) {
    const auto state = make_part(2, null_input::called);
    const auto strict = make_part(2, null_input::returns_null);
    const auto whole = accumulator_of(big(0), state, &strict, nullptr);
    const auto piece = std::move(*aggregate->make_accumulator({}));
    add(*piece, {1});
    ASSERT_TRUE(run(whole->merge(*run(piece->take_partial()))).ok());
    ASSERT_TRUE(run(whole->merge(bytes("n"))).ok());
    // It is null, so it stays so.
    add(*piece, {1});
    ASSERT_TRUE(run(whole->merge(*run(piece->take_partial()))).ok());
    EXPECT_EQ(finish(*whole), std::nullopt);
}

TEST_F(user_aggregate, small_groups_take_a_call_for_the_rows_of_the_same_number) {
    for (const auto on_null : {null_input::called, null_input::returns_null}) {
        const auto state = make_part(2, on_null);
        const auto last = make_part(1, null_input::returns_null);
        const auto total = accumulator_of(big(100), state, nullptr, &last);
        // Groups of 1, 3, 0, 2, 1 rows, and one that goes on.
        add(*total, {1, 2, std::nullopt, 4, 5, 6, std::nullopt, 8}, {1, 4, 4, 6, 7});
        EXPECT_EQ(state.code->batches, on_null == null_input::called ? 3 : 2);
        add(*total, {9}, {1});
        EXPECT_EQ(last.code->batches, 0);
        EXPECT_THAT(results(*total, {0, 1, 2, 3, 4, 5}),
                    ElementsAre(big(-101), big(-106), big(-100), big(-111), big(-100), big(-117)));
        EXPECT_EQ(last.code->batches, 1) << "for all groups together";
        EXPECT_EQ(state.code->instances, 1);
    }
}

TEST_F(user_aggregate, large_groups_among_small_ones_keep_their_place) {
    const auto state = make_part(2, null_input::called);
    const auto total = accumulator_of(big(0), state, nullptr, nullptr);
    add(*total, {1000});
    std::vector<std::optional<std::int64_t>> values;
    std::vector<std::uint32_t> ends;
    std::vector<optional_bytes> expected;
    for (const std::uint32_t size : {3, 1, 1, 2, 1, 1, 20, 1, 1, 9, 9, 1, 1, 1, 1, 8, 1}) {
        for (std::uint32_t i = 0; i < size; ++i) values.push_back(1);
        ends.push_back(static_cast<std::uint32_t>(values.size()));
        expected.push_back(big(size + (expected.empty() ? 1000 : 0)));
    }
    add(*total, values, ends);
    std::vector<std::uint32_t> all(ends.size());
    std::iota(all.begin(), all.end(), 0U);
    EXPECT_EQ(results(*total, all), expected);
    add(*total, {1, 2}, {1});
    EXPECT_THAT(results(*total, {0}), ElementsAre(big(1)));
}

TEST_F(user_aggregate, results_are_those_of_the_groups_that_are_wanted) {
    const auto state = make_part(2, null_input::called);
    const auto last = make_part(1, null_input::called);
    const auto total = accumulator_of(big(0), state, nullptr, &last);
    add(*total, {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5});
    EXPECT_THAT(results(*total, {1, 3}), ElementsAre(big(-2), big(-4)));
    EXPECT_EQ(last.code->calls, 2) << "a group that nobody wants is not finished";
    EXPECT_EQ(total->group_bytes(), 0U);
}

}  // namespace
}  // namespace nacre::function
