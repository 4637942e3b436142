// Every limit of a function at its edge: exactly at, and one beyond.

#include <chrono>

#include <gmock/gmock.h>

#include "udf/wasm/engine_state.h"
#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::HasSubstr;
using types::type_kind;

class limits : public wasm_test {
  protected:
    using options = std::map<std::string, std::string>;

    /// A bigint → bigint function `f` declared WITH `given`.
    static schema::function_ptr function_with(options given, std::string_view body,
                                              std::string_view memory = "1") {
        auto made = std::make_shared<schema::function_definition>(*define(
            "f", {native(type_kind::bigint)}, native(type_kind::bigint), null_input::returns_null,
            fmt::format("(module (memory (export \"memory\") {}) {} {})", memory, abi_one, body)));
        made->options = std::move(given);
        return made;
    }

    /// What the function answers to `n`: a number, or the error's message.
    std::string answer(const schema::function_ptr& definition, std::int64_t n) {
        const auto code = compile(definition);
        if (!code.ok()) return code.error().message();
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, {n}));
        const auto out = call(**code, native(type_kind::bigint), columns);
        if (!out.ok()) return out.error().message();
        return std::to_string(out->native<std::int64_t>()[0]);
    }
};

constexpr std::string_view grow_by = R"((func (export "f") (param i64) (result i64)
    (i64.extend_i32_s (memory.grow (i32.wrap_i64 (local.get 0))))))";

TEST_F(limits, memory_grows_to_the_limit_and_no_further) {
    const auto one_mebibyte = options{{"memory_bytes_max", "1048576"}};
    EXPECT_EQ(answer(function_with(one_mebibyte, grow_by), 15), "1");
    EXPECT_EQ(answer(function_with(one_mebibyte, grow_by), 16), "-1");
    const auto higher = std::to_string(_limits.memory_bytes_max * 2);
    const auto pages = _limits.memory_bytes_max / 65536;
    EXPECT_EQ(answer(function_with({}, grow_by), pages - 1), "1");
    EXPECT_EQ(answer(function_with({}, grow_by), pages), "-1");
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", higher}}, grow_by), pages * 2 - 1), "1");
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", higher}}, grow_by), pages * 2), "-1");
}

TEST_F(limits, a_memory_that_begins_beyond_the_limit_is_refused) {
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", "131072"}}, grow_by, "2"), 0), "2");
    EXPECT_EQ(refusal(function_with({{"memory_bytes_max", "131072"}}, grow_by, "3")),
              "The module's memory begins with 196608 bytes, the limit is 131072 bytes");
}

TEST_F(limits, of_a_function_stay_in_their_range) {
    EXPECT_EQ(refusal(function_with({{"memory_bytes_max", "1"}}, grow_by)),
              "memory_bytes_max must be a number between 65536 and 67108864, got 1");
    EXPECT_EQ(refusal(function_with({{"cpu_per_call_ms_max", "60001"}}, grow_by)),
              "cpu_per_call_ms_max must be a number between 1 and 60000, got 60001");
}

TEST_F(limits, tables_grow_to_the_limit_and_no_further) {
    constexpr std::string_view grow_table = R"((table $t 1 funcref)
        (func (export "f") (param i64) (result i64)
          (i64.extend_i32_s (table.grow $t (ref.null func) (i32.wrap_i64 (local.get 0))))))";
    const auto ten = options{{"table_elements_max", "10"}};
    EXPECT_EQ(answer(function_with(ten, grow_table), 9), "1");
    EXPECT_EQ(answer(function_with(ten, grow_table), 10), "-1");
    EXPECT_EQ(answer(function_with({}, grow_table), _limits.table_elements_max - 1), "1");
    EXPECT_EQ(answer(function_with({}, grow_table), _limits.table_elements_max), "-1");
    const auto more = options{{"table_elements_max", "100000"}};
    EXPECT_EQ(answer(function_with(more, grow_table), 99'999), "1");
    EXPECT_EQ(answer(function_with(more, grow_table), 100'000), "-1");
}

TEST_F(limits, cpu_time_is_the_functions_own) {
    constexpr std::string_view loop =
        "(func (export \"f\") (param i64) (result i64) (loop $l (br $l)) unreachable)";
    EXPECT_THAT(answer(function_with({{"cpu_per_call_ms_max", "20"}}, loop), 1),
                HasSubstr("it ran for more than 20 ms of CPU time in one call"));
    EXPECT_THAT(answer(function_with({{"cpu_per_statement_ms_max", "10"}}, loop), 1),
                HasSubstr("it ran for more than 10 ms of CPU time in one statement"));
}

// A clock that shows a millisecond more for every slice: what a guest has left is known exactly.
class metered_limits : public limits {
  protected:
    metered_limits() {
        engine->stop();
        engine = std::move(*wasm_engine::create(
            {.limits = {.instances_max = 4}, .cpu_clock = [this] {
                 // Looked at before and after each slice.
                 _shown += std::chrono::milliseconds(++_looks % 2 == 0 ? 1 : 0);
                 return _shown;
             }}));
        language = make_language(*engine, statistics, {});
    }

    /// Of `f`, all that it was charged for since it was compiled.
    std::uint64_t charged_ms() {
        const auto found = statistics.find("ks", "f", {native(type_kind::bigint)});
        return found->statistics->cpu_ns.load() / 1'000'000;
    }

  private:
    std::chrono::nanoseconds _shown{0};
    std::uint64_t _looks = 0;
};

constexpr std::string_view endless =
    "(func (export \"f\") (param i64) (result i64) (loop $l (br $l)) unreachable)";

TEST_F(metered_limits, a_guest_goes_on_at_the_limit_and_ends_one_slice_later) {
    // Before the call the guest is started and asked for room, which the statement pays for: a
    // slice each, or more on a machine that lets the shard wait meanwhile.
    constexpr std::uint64_t ms_before_the_call = 2;
    for (const std::string_view unit : {"call", "statement"}) {
        const auto limit = fmt::format("cpu_per_{}_ms_max", unit);
        const auto code = *compile(function_with({{limit, "7"}}, endless));
        EXPECT_EQ(charged_ms(), 0u);
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
        const auto out = call(*code, native(type_kind::bigint), columns);
        ASSERT_FALSE(out.ok());
        EXPECT_THAT(out.error().message(),
                    HasSubstr("it ran for more than 7 ms of CPU time in one " + std::string(unit)));
        if (unit == "call") {
            EXPECT_GE(charged_ms(), ms_before_the_call + 8);
        } else {
            EXPECT_EQ(charged_ms(), 8u);
        }
    }
}

// Calls of one slice each: the one that goes past the limit keeps its result, none is made after.
TEST_F(metered_limits, a_statement_of_short_calls_ends_with_the_first_past_the_limit) {
    constexpr std::string_view identity =
        "(func (export \"f\") (param i64) (result i64) (local.get 0))";
    const auto code = *compile(
        function_with({{"cpu_per_statement_ms_max", "20"}, {"batch_rows_max", "1"}}, identity));
    std::uint64_t charged_before = charged_ms();
    for (std::uint32_t rows = 1;; ++rows) {
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(
            type_kind::bigint, std::vector<std::optional<std::int64_t>>(rows, 1)));
        const auto out = call(*code, native(type_kind::bigint), columns);
        const auto charged = charged_ms() - std::exchange(charged_before, charged_ms());
        if (out.ok()) {
            ASSERT_LE(charged, 21u) << rows;
            continue;
        }
        EXPECT_THAT(out.error().message(),
                    HasSubstr("it ran for more than 20 ms of CPU time in one statement"));
        EXPECT_EQ(charged, 21u);
        EXPECT_GE(rows, 10u);
        break;
    }
}

// A text function that answers n times a byte.
std::string repeater() {
    return fmt::format(R"((module (memory (export "memory") 100) {}
        (func (export "f") (param $n i32) (result i64)
          (memory.fill (i32.const 2048) (i32.const 97) (local.get $n))
          (i64.or (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32)) (i64.const 2048)))))",
                       abi_one);
}

TEST_F(limits, results_of_one_call_are_bounded_by_bytes) {
    auto definition = std::make_shared<schema::function_definition>(
        *define("f", {native(type_kind::int_)}, native(type_kind::text), null_input::returns_null,
                repeater()));
    definition->options = {{"output_bytes_max", "10000"}};
    const auto code = compile(definition);
    ASSERT_TRUE(code.ok()) << code.error().message();
    const auto called_with = [&](const std::vector<std::optional<std::int32_t>>& sizes) {
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int32_t>(type_kind::int_, sizes));
        return call(**code, native(type_kind::text), columns);
    };
    EXPECT_TRUE(called_with({10'000}).ok());
    EXPECT_TRUE(called_with({5'000, 5'000}).ok());
    for (const auto& sizes : {std::vector<std::optional<std::int32_t>>{10'001},
                              std::vector<std::optional<std::int32_t>>{5'000, 5'001}}) {
        const auto refused = called_with(sizes);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), error_code::function_failure);
        EXPECT_THAT(refused.error().message(),
                    HasSubstr("its results take 10001 bytes, output_bytes_max is 10000"));
    }
}

// ---- Of all functions together ----------------------------------------------------------------

class shared_limits : public wasm_test {
  protected:
    shared_limits() {
        engine->stop();
        engine = std::move(*wasm_engine::create(
            {.limits = {.instances_max = 8, .memory_bytes_total_max = 8 << 20}}));
        language = make_language(*engine, statistics, {});
    }

    /// Grows by so many pages of 64 KiB, then yields now and then if `is_slow`.
    schema::function_ptr grower(bool is_slow) {
        return define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                      null_input::returns_null,
                      fmt::format(R"((module (memory (export "memory") 1) {}
            (func (export "f") (param i64) (result i64) (local $i i32)
              (drop (memory.grow (i32.wrap_i64 (local.get 0))))
              (local.set $i (i32.const {}))
              (loop $l (local.set $i (i32.sub (local.get $i) (i32.const 1)))
                (br_if $l (local.get $i)))
              (i64.extend_i32_u (memory.size)))))",
                                  abi_one, is_slow ? 50'000'000 : 1));
    }

    /// Starts an instance and calls it with `pages`.
    result<std::int64_t> call_one(function::instance& instance, std::int64_t pages) {
        return run([](function::instance& i,
                      std::int64_t n) -> runtime::task<result<std::int64_t>> {
            const auto column = column_of<std::int64_t>(type_kind::bigint, {n});
            const std::vector<const data::column_vector*> arguments{&column};
            const data::selection rows{0};
            data::column_vector out(native(type_kind::bigint));
            const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
            NACRE_CO_CHECK(co_await i.call(batch));
            co_return out.native<std::int64_t>()[0];
        }(instance, pages));
    }
    /// Guests and their memory, once those that have ended are gone.
    std::pair<std::uint64_t, std::uint64_t> remaining() {
        run([](engine_state& state) -> runtime::task<void> {
            co_await state.disposals.run([] {});
        }(engine->state()));
        return {engine->now().guests, engine->now().guest_memory_bytes};
    }
    /// Instances belong to the shard.
    std::unique_ptr<function::instance> instance_of(const function::compiled& code) {
        return run(
            [](const function::compiled& c) -> runtime::task<std::unique_ptr<function::instance>> {
                co_return std::move(*c.instantiate({}));
            }(code));
    }
    void end(std::unique_ptr<function::instance> instance) {
        run([](std::unique_ptr<function::instance> ended) -> runtime::task<void> {
            ended.reset();
            co_return;
        }(std::move(instance)));
    }
};

TEST_F(shared_limits, memory_of_all_guests_is_bounded_and_given_back) {
    for (const bool is_slow : {false, true}) {
        const auto code = *compile(grower(is_slow));
        auto first = instance_of(*code);
        auto second = instance_of(*code);
        // Each guest has a page, a page for its batches, and what it grew by: 64 in one, 62 in the
        // other make 128 pages of 64 KiB, all there is.
        ASSERT_TRUE(call_one(*first, 62).ok());
        EXPECT_EQ(engine->now().guests, 1u);
        EXPECT_EQ(engine->now().guest_memory_bytes, 64u << 16);
        ASSERT_TRUE(call_one(*second, 62).ok());
        EXPECT_EQ(engine->now().guest_memory_bytes, 128u << 16);

        const auto refused = call_one(*first, 1);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), error_code::overloaded);
        EXPECT_EQ(refused.error().message(),
                  "the memory of all running functions would exceed 8388608 bytes "
                  "(sandbox_memory_bytes_total_max)");
        // The guest has ended there and then; the other one goes on and may have its memory.
        EXPECT_TRUE(call_one(*second, 64).ok());
        EXPECT_EQ(remaining(), std::pair(std::uint64_t{1}, std::uint64_t{128} << 16));
        end(std::move(first));
        end(std::move(second));
        EXPECT_EQ(remaining(), std::pair(std::uint64_t{0}, std::uint64_t{0}));
    }
}

TEST_F(shared_limits, nothing_is_left_behind_by_any_way_out) {
    constexpr std::string_view frame = R"((module (memory (export "memory") 3) {} {}))";
    const auto attempt = [&](std::string_view body, const function_limits& limits) {
        language = make_language(*engine, statistics, limits);
        const auto code =
            compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                           null_input::returns_null, fmt::format(frame, abi_one, body)));
        if (code.ok()) (void)call_one(*instance_of(**code), 1).ok();
        EXPECT_EQ(remaining(), std::pair(std::uint64_t{0}, std::uint64_t{0})) << body;
    };
    const function_limits tight{.cpu_per_call_ms_max = 5};
    attempt("(func (export \"f\") (param i64) (result i64) unreachable)", {});
    attempt("(func (export \"f\") (param i64) (result i64) (loop $l (br $l)) unreachable)", tight);
    attempt(
        "(start 0) (func unreachable) (func (export \"f\") (param i64) (result i64) "
        "(local.get 0))",
        {});
    attempt(
        "(start 0) (func (loop $l (br $l))) (func (export \"f\") (param i64) (result i64) "
        "(local.get 0))",
        tight);
    attempt(
        "(func (export \"_initialize\") unreachable) (func (export \"f\") (param i64) "
        "(result i64) (local.get 0))",
        {});
}

TEST_F(shared_limits, instances_are_counted) {
    const auto code = *compile(grower(false));
    std::vector<std::unique_ptr<function::instance>> alive;
    for (int i = 0; i < 8; ++i) {
        alive.push_back(instance_of(*code));
        ASSERT_TRUE(call_one(*alive.back(), 0).ok());
    }
    auto one_more = instance_of(*code);
    const auto refused = call_one(*one_more, 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code::overloaded);
    end(std::move(alive.back()));
    alive.pop_back();
    auto another = instance_of(*code);
    EXPECT_TRUE(call_one(*another, 0).ok());
    for (auto& each : alive) end(std::move(each));
    end(std::move(another));
    end(std::move(one_more));
}

// ---- What a guest can't do about it
// ---------------------------------------------------------------

TEST_F(limits, the_deadline_is_no_exception_that_a_guest_could_catch) {
    constexpr std::string_view catcher = R"((tag $t)
        (func (export "f") (param i64) (result i64)
          (loop $again
            (block $caught
              (try_table (catch_all $caught) (loop $l (br $l))))
            (br $again))
          unreachable))";
    EXPECT_THAT(answer(function_with({{"cpu_per_call_ms_max", "20"}}, catcher), 1),
                HasSubstr("it ran for more than 20 ms of CPU time in one call"));
}

constexpr std::string_view recursion = R"((func $f (export "f") (param i64) (result i64)
    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))
      (else (i64.add (i64.const 1) (call $f (i64.sub (local.get 0) (i64.const 1))))))))";

TEST_F(limits, the_stack_ends_in_a_trap_however_deep_it_is) {
    EXPECT_EQ(answer(function_with({}, recursion), 5'000), "5000");
    EXPECT_THAT(answer(function_with({}, recursion), 1'000'000), HasSubstr("the stack overflowed"));
}

// How deep the function can call itself on an engine whose guests have a stack of this size.
class stacks : public limits {
  protected:
    std::int64_t deepest(std::uint64_t stack_bytes) {
        engine->stop();
        engine = std::move(
            *wasm_engine::create({.limits = {.instances_max = 4, .stack_bytes_max = stack_bytes}}));
        language = make_language(*engine, statistics, {});
        const auto code = *compile(function_with({}, recursion));
        const auto comes_back = [&](std::int64_t depth) {
            std::vector<data::column_vector> columns;
            columns.push_back(column_of<std::int64_t>(type_kind::bigint, {depth}));
            const auto out = call(*code, native(type_kind::bigint), columns);
            if (!out.ok()) EXPECT_THAT(out.error().message(), HasSubstr("the stack overflowed"));
            return out.ok();
        };
        std::int64_t good = 0;
        std::int64_t bad = 1'000'000;
        while (bad - good > 1) {
            const auto middle = (good + bad) / 2;
            (comes_back(middle) ? good : bad) = middle;
        }
        // Not now and then: always.
        for (int i = 0; i < 5; ++i) {
            EXPECT_TRUE(comes_back(good));
            EXPECT_FALSE(comes_back(good + 1));
        }
        return good;
    }
};

TEST_F(stacks, end_at_the_same_frame_each_time_and_are_as_large_as_they_are_said_to_be) {
    const auto small = deepest(128 << 10);
    const auto large = deepest(512 << 10);
    // A frame of this function takes the same room everywhere, the first one some more.
    const auto frame_bytes = static_cast<double>(384 << 10) / static_cast<double>(large - small);
    EXPECT_NEAR(frame_bytes * static_cast<double>(small), 128 << 10, 2 << 10);
    EXPECT_GE(frame_bytes, 16);
    EXPECT_LE(frame_bytes, 256);
}

TEST_F(limits, logs_are_cut_at_the_byte) {
    std::size_t logged = 0;
    engine->stop();
    engine = std::move(
        *wasm_engine::create({.limits = {.instances_max = 4},
                              .log = [&](const guest_function&, guest_stream,
                                         std::string_view line) { logged += line.size() + 1; }}));
    language = make_language(*engine, statistics, {});
    // Writes a line of ten bytes as often as it is told.
    constexpr std::string_view writer = R"(
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 2000) "123456789\n") (data (i32.const 2016) "\d0\07\00\00\0a\00\00\00")
        (func (export "f") (param $n i64) (result i64)
          (loop $l
            (drop (call $write (i32.const 1) (i32.const 2016) (i32.const 1) (i32.const 2032)))
            (local.set $n (i64.sub (local.get $n) (i64.const 1)))
            (br_if $l (i64.ne (local.get $n) (i64.const 0))))
          (i64.const 0)))";
    auto definition = std::make_shared<schema::function_definition>(
        *define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                null_input::returns_null, fmt::format("(module {} {})", writer, abi_one)));
    definition->options = {{"log_bytes_per_statement_max", "100"}};
    EXPECT_EQ(answer(definition, 10), "0");
    EXPECT_EQ(logged, 100u);
    logged = 0;
    EXPECT_EQ(answer(definition, 11), "0");
    EXPECT_EQ(logged, 100u);
}

}  // namespace
}  // namespace nacre::udf::wasm
