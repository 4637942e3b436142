#include "function/merge_laws.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "function/sample_values.h"
#include "runtime/shard.h"
#include "types/value.h"

namespace nacre::function {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using types::type;
using types::type_kind;

std::int64_t number(bytes_view raw) {
    return load_big_endian<std::int64_t>(raw.data());
}

/// A function of two bigints, or of one.
class number_code final : public compiled {
  public:
    using work = std::function<std::optional<std::int64_t>(std::int64_t, std::int64_t)>;
    explicit number_code(work does) : _does(std::move(does)) {}
    [[nodiscard]] result<std::unique_ptr<instance>> instantiate(
        runtime::cancellation_ptr) const override {
        return std::make_unique<running>(_does);
    }

  private:
    class running final : public instance {
      public:
        explicit running(work does) : _does(std::move(does)) {}
        runtime::task<status> call(call_batch batch) override {
            for (const auto row : batch.rows) {
                const auto left = number(*batch.arguments[0]->serialised(row));
                const auto right =
                    batch.arguments.size() == 1 ? 0 : number(*batch.arguments[1]->serialised(row));
                const auto answer = _does(left, right);
                if (!answer) co_return invalid("no answer");
                batch.result.append_native(*answer);
            }
            co_return status();
        }
        runtime::task<status> set_state(optional_bytes state) override {
            _state = number(*state);
            co_return status();
        }
        runtime::task<status> fold(fold_batch batch) override {
            for (const auto row : batch.rows) {
                const auto next = _does(_state, number(*batch.arguments[0]->serialised(row)));
                if (!next) co_return invalid("no answer");
                _state = *next;
            }
            co_return status();
        }
        runtime::task<result<optional_bytes>> state() override {
            co_return optional_bytes(to_big_endian(_state));
        }

      private:
        work _does;
        std::int64_t _state = 0;
    };
    work _does;
};

scalar_function_ptr make(const std::string& name, std::size_t arguments, number_code::work does) {
    const auto bigint = type::native(type_kind::bigint);
    auto made = std::make_shared<scalar_function>();
    made->signature = {.keyspace = "ks",
                       .name = name,
                       .argument_types = std::vector(arguments, bigint),
                       .return_type = bigint};
    made->on_null = schema::null_input::returns_null;
    made->code = std::make_shared<number_code>(std::move(does));
    return made;
}

std::vector<std::string> check(number_code::work state, number_code::work reduce,
                               std::int64_t initial, number_code::work last = nullptr) {
    auto definition = std::make_shared<schema::aggregate_definition>();
    definition->argument_types = {type::native(type_kind::bigint)};
    definition->state_type = type::native(type_kind::bigint);
    definition->initial_condition = to_big_endian(initial);
    const aggregate_parts parts{.definition = definition,
                                .state = make("s", 2, std::move(state)),
                                .reduce = make("r", 2, std::move(reduce)),
                                .last = last ? make("f", 1, std::move(last)) : nullptr};
    runtime::shard_group shards(1);
    return runtime::run_blocking(shards.at(0),
                                 [&parts] { return find_broken_merge_laws(parts, nullptr); });
}

std::int64_t add(std::int64_t a, std::int64_t b) {
    return a + b;
}

TEST(merge_laws, hold_for_a_sum_and_a_maximum) {
    EXPECT_THAT(check(add, add, 0), IsEmpty());
    const auto larger = [](std::int64_t a, std::int64_t b) { return std::max(a, b); };
    EXPECT_THAT(check(larger, larger, INT64_MIN), IsEmpty());
}

TEST(merge_laws, an_initial_condition_that_is_not_neutral) {
    EXPECT_THAT(
        check(add, add, 100),
        ElementsAre("identity, r(INITCOND, s) = s: of s = 101, the state of [(1)], it makes 201",
                    "split, r(fold of some rows, fold of the rest) = fold of all: of 101 and 105, "
                    "the states of [(1)] and [(5)], it makes 206, and the state of all of them is "
                    "106"));
}

TEST(merge_laws, a_reduce_function_that_is_neutral_on_one_side_only) {
    const auto left = [](std::int64_t a, std::int64_t) { return a; };
    EXPECT_THAT(
        check(add, left, 0),
        ElementsAre(HasSubstr("identity, r(INITCOND, s) = s: of s = 1,"), HasSubstr("split, ")));
    const auto right = [](std::int64_t, std::int64_t b) { return b; };
    EXPECT_THAT(
        check(add, right, 0),
        ElementsAre(HasSubstr("identity, r(s, INITCOND) = s: of s = 1,"), HasSubstr("split, ")));
}

TEST(merge_laws, a_mean_of_means_is_not_associative) {
    const auto mean = [](std::int64_t a, std::int64_t b) { return (a + b) / 2; };
    EXPECT_THAT(check(add, mean, 0),
                testing::Contains(HasSubstr("associativity, r(r(a, b), c) = r(a, r(b, c))")));
}

TEST(merge_laws, states_may_differ_where_results_do_not) {
    // The last digit tells how often states were merged.
    const auto fold = [](std::int64_t s, std::int64_t v) { return s + 10 * v; };
    const auto merge = [](std::int64_t a, std::int64_t b) { return a / 10 * 10 + b / 10 * 10 + 1; };
    EXPECT_THAT(check(fold, merge, 0), testing::SizeIs(2));
    EXPECT_THAT(
        check(fold, merge, 0, [](std::int64_t s, std::int64_t) { return s < 0 ? 0 : s / 10; }),
        IsEmpty());
}

TEST(merge_laws, a_function_that_fails_ends_the_check) {
    const auto never = [](std::int64_t, std::int64_t) { return std::optional<std::int64_t>(); };
    EXPECT_THAT(check(never, add, 0), IsEmpty());
    EXPECT_THAT(check(add, never, 0), IsEmpty());
    const auto not_for_long = [](std::int64_t s, std::int64_t v) {
        return s > 3 ? std::nullopt : std::optional(s + v);
    };
    EXPECT_THAT(check(not_for_long, add, 1), ElementsAre(HasSubstr("identity")))
        << "what was found before stands";
}

TEST(nearly_equal, floating_point_to_some_digits_wherever_it_is) {
    const auto wide = type::native(type_kind::double_);
    const auto d = [](double v) { return types::serialise_double(v); };
    EXPECT_TRUE(nearly_equal(*wide, d(0.1 + 0.2), d(0.3)));
    EXPECT_TRUE(nearly_equal(*wide, d(std::nan("")), d(std::nan(""))));
    EXPECT_FALSE(nearly_equal(*wide, d(1), d(1.001)));
    EXPECT_FALSE(nearly_equal(*wide, d(0), std::nullopt));
    const auto narrow = type::native(type_kind::float_);
    EXPECT_TRUE(
        nearly_equal(*narrow, types::serialise_float(0.1F + 0.7F), types::serialise_float(0.8F)));
    const auto tuple = type::tuple_of({type::native(type_kind::int_), wide});
    const auto pair = [&](std::int32_t a, double b) {
        return types::join_fields(std::vector<optional_bytes>{to_big_endian(a), d(b)});
    };
    EXPECT_TRUE(nearly_equal(*tuple, pair(1, 0.1 + 0.2), pair(1, 0.3)));
    EXPECT_FALSE(nearly_equal(*tuple, pair(1, 0.3), pair(2, 0.3)));
    const auto list = type::list_of(wide, true);
    EXPECT_FALSE(nearly_equal(*list, types::join_list(std::vector<optional_bytes>{d(1)}),
                              types::join_list(std::vector<optional_bytes>{d(1), d(1)})));
}

TEST(sample_values, are_valid_different_values_of_every_type) {
    std::vector<types::type_ptr> some;
    for (int kind = 0; kind <= static_cast<int>(type_kind::varint); ++kind) {
        some.push_back(type::native(static_cast<type_kind>(kind)));
    }
    const auto natives = some;
    for (const auto& t : natives) {
        some.push_back(type::list_of(t, true));
        some.push_back(type::tuple_of({t, type::native(type_kind::text)}));
        some.push_back(type::vector_of(t, 3));
        if (t->kind() == type_kind::duration) continue;
        some.push_back(type::set_of(t, true));
        some.push_back(type::map_of(t, type::list_of(t, true), true));
    }
    for (const auto& t : some) {
        const auto values = sample_values(*t);
        EXPECT_GE(values.size(), 2U) << t->to_cql();
        for (const auto& value : values) {
            EXPECT_TRUE(types::validate(*t, value).ok()) << t->to_cql();
            EXPECT_EQ(std::ranges::count(values, value), 1) << t->to_cql();
        }
    }
}

}  // namespace
}  // namespace nacre::function
