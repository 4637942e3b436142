#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

#include <gmock/gmock.h>

#include "udf/wasm/engine_state.h"
#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using types::type_kind;

constexpr function_limits tight{.memory_bytes_max = 4 << 20,
                                .cpu_per_call_ms_max = 100,
                                .cpu_per_statement_ms_max = 200,
                                .batch_argument_bytes_max = 1 << 20};

/// Guests that do everything but what they promised.
class hostile : public wasm_test {
  protected:
    hostile() : wasm_test(tight) {}

    static std::string module_of(std::string_view function) {
        return fmt::format("(module (memory (export \"memory\") 2) {} {})", abi_one, function);
    }

    /// Compiles bigint → bigint `f` and calls it for 1, 2, 3.
    error failure_of(const std::string& body, type_kind returns = type_kind::bigint) {
        const auto code = compile(define("f", {native(type_kind::bigint)}, native(returns),
                                         null_input::returns_null, body));
        if (!code.ok()) return code.error();
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1, 2, 3}));
        const auto out = call(**code, native(returns), columns);
        if (out.ok()) return {error_code::server_error, "it ran"};
        return out.error();
    }
};

TEST_F(hostile, traps_name_the_function_and_the_row) {
    const auto why = failure_of(module_of(R"((func (export "f") (param i64) (result i64)
        (i64.div_s (i64.const 1) (i64.sub (local.get 0) (i64.const 2)))))"));
    EXPECT_EQ(why.code(), error_code::function_failure);
    EXPECT_EQ(why.message(),
              "execution of 'ks.f[bigint]' failed: wasm trap: integer divide by zero, called with "
              "(2)");
    const auto& fields = std::get<function_failure_fields>(why.fields());
    EXPECT_EQ(fields.keyspace, "ks");
    EXPECT_EQ(fields.function, "f");
    EXPECT_EQ(fields.argument_types, std::vector<std::string>{"bigint"});
}

TEST_F(hostile, recursion_without_end_is_a_trap) {
    EXPECT_THAT(failure_of(module_of(R"((func $f (export "f") (param i64) (result i64)
        (i64.add (i64.const 1) (call $f (local.get 0)))))"))
                    .message(),
                HasSubstr("the stack overflowed"));
}

TEST_F(hostile, broken_instances_stay_broken) {
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i64)
                                         (if (i64.eqz (local.get 0)) (then unreachable))
                                         (local.get 0)))")));
    ASSERT_TRUE(code.ok());
    run([](const function::compiled& c) -> runtime::task<void> {
        auto instance = std::move(*c.instantiate({}));
        const auto good = column_of<std::int64_t>(type_kind::bigint, {5});
        const auto bad = column_of<std::int64_t>(type_kind::bigint, {0});
        const data::selection rows{0};
        for (const auto& [column, works] :
             {std::pair(&good, true), std::pair(&bad, false), std::pair(&good, false)}) {
            const std::vector<const data::column_vector*> arguments{column};
            data::column_vector out(native(type_kind::bigint));
            const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
            const auto called = co_await instance->call(batch);
            EXPECT_EQ(called.ok(), works);
        }
    }(**code));
}

TEST_F(hostile, an_endless_loop_ends_by_budget_and_the_shard_stays_responsive) {
    const auto code = compile(define(
        "f", {native(type_kind::bigint)}, native(type_kind::bigint), null_input::returns_null,
        module_of("(func (export \"f\") (param i64) (result i64) (loop $l (br $l)) unreachable)")));
    ASSERT_TRUE(code.ok());
    // A second coroutine of the same shard notes how long it had to wait for its turns.
    std::atomic<bool> stop{false};
    std::vector<std::chrono::nanoseconds> gaps;
    auto neighbour = boost::asio::co_spawn(
        shards.at(0).context(),
        [](std::atomic<bool>& stopped,
           std::vector<std::chrono::nanoseconds>& seen) -> runtime::task<void> {
            auto last = std::chrono::steady_clock::now();
            while (!stopped) {
                co_await runtime::yield();
                const auto now = std::chrono::steady_clock::now();
                seen.push_back(now - last);
                last = now;
            }
        }(stop, gaps),
        boost::asio::use_future);
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
    const auto out = call(**code, native(type_kind::bigint), columns);
    stop = true;
    neighbour.get();
    ASSERT_FALSE(out.ok());
    EXPECT_EQ(out.error().code(), error_code::function_failure);
    EXPECT_THAT(out.error().message(),
                AllOf(StartsWith("execution of 'ks.f[bigint]' failed: it ran for more than 100 ms"),
                      HasSubstr("called with (1)")));
    // A slice is 0.35 ms of CPU time at most; the median leaves out what a busy machine adds.
    std::erase_if(gaps, [](auto gap) { return gap < std::chrono::microseconds(100); });
    ASSERT_GT(gaps.size(), 150u);
    std::ranges::nth_element(gaps, gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2));
    EXPECT_LT(gaps[gaps.size() / 2], std::chrono::milliseconds(1));
}

TEST_F(hostile, the_budget_of_a_statement_counts_all_rows) {
    // About a millisecond a row: no row is over the limit of a call, all of them are.
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i64)
        (local $i i32) (loop $l (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (i32.store (i32.const 0) (local.get $i))
          (br_if $l (i32.lt_u (local.get $i) (i32.const 3000000)))) (local.get 0)))")));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint,
                                              std::vector<std::optional<std::int64_t>>(2000, 1)));
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_FALSE(out.ok());
    EXPECT_THAT(out.error().message(), HasSubstr("more than 200 ms of CPU time in one statement"));
}

TEST_F(hostile, an_endless_start_function_is_refused) {
    const auto why =
        failure_of(module_of(R"((func (export "f") (param i64) (result i64) (local.get 0))
        (func $go (loop $l (br $l))) (start $go))"));
    EXPECT_EQ(why.code(), error_code::invalid);
    EXPECT_THAT(why.message(), HasSubstr("it ran for more than 100 ms"));
}

TEST_F(hostile, wild_results_are_errors) {
    const auto result_of = [&](std::string_view pair) {
        return failure_of(module_of(fmt::format("(func (export \"f\") (param i64) (result i64) "
                                                "(i64.const {}))",
                                                pair)),
                          type_kind::text)
            .message();
    };
    EXPECT_THAT(result_of("0x00000004_0001fffe"), HasSubstr("outside of its memory"));
    EXPECT_THAT(result_of("0x7fffffff_ffffffff"), HasSubstr("outside of its memory"));
    EXPECT_THAT(result_of("0x00000001_fffffff0"), HasSubstr("outside of its memory"));
    EXPECT_THAT(result_of("0xfffffffe_00000000"), HasSubstr("negative size"));
}

TEST_F(hostile, results_must_be_valid_values) {
    const auto bad_text = failure_of(
        module_of(R"((data (i32.const 8) "\ff\fe") (func (export "f") (param i64) (result i64)
            (i64.const 0x00000002_00000008)))"),
        type_kind::text);
    EXPECT_EQ(bad_text.code(), error_code::function_failure);
    EXPECT_THAT(bad_text.message(), HasSubstr("its result is not a valid text"));
    const auto bad_time = failure_of(module_of(R"((data (i32.const 8) "\7f\ff\ff\ff\ff\ff\ff\ff")
            (func (export "f") (param i64) (result i64) (i64.const 0x00000008_00000008)))"),
                                     type_kind::time);
    EXPECT_THAT(bad_time.message(), HasSubstr("its result is not a valid time"));
    const auto bad_size = failure_of(
        module_of(
            R"((func (export "f") (param i64) (result i64) (i64.const 0x00000007_00000008)))"),
        type_kind::timestamp);
    EXPECT_THAT(bad_size.message(), HasSubstr("wrong size for its type"));
}

TEST_F(hostile, memory_stops_growing_at_the_limit) {
    // Grows page by page and returns how many pages there were when that failed.
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i64)
            (block $full (loop $more
              (br_if $full (i32.eq (i32.const -1) (memory.grow (i32.const 1)))) (br $more)))
            (i64.extend_i32_u (memory.size))))")));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(out->native<std::int64_t>()[0], tight.memory_bytes_max / 65536);
    EXPECT_GE(statistics.snapshot()[0].statistics->memory_bytes_peak, tight.memory_bytes_max);
}

TEST_F(hostile, malloc_may_fail_or_lie) {
    const auto with_malloc = [&](std::string_view body) {
        const auto code = compile(define("f", {native(type_kind::text)}, native(type_kind::text),
                                         null_input::returns_null,
                                         fmt::format(R"((module (memory (export "memory") 2) {}
                (func (export "_scylla_malloc") (param i32) (result i32) {})
                (func (export "_scylla_free") (param i32))
                (func (export "f") (param i64) (result i64) (local.get 0))))",
                                                     abi_two, body)));
        if (!code.ok()) return code.error().message();
        std::vector<data::column_vector> columns;
        columns.push_back(text_column({"hello"}));
        const auto out = call(**code, native(type_kind::text), columns);
        return out.ok() ? std::string("it ran") : out.error().message();
    };
    EXPECT_THAT(with_malloc("(i32.const 0)"), HasSubstr("no memory left for the arguments"));
    EXPECT_THAT(with_malloc("(i32.const -1)"), HasSubstr("out of bounds memory access"));
    EXPECT_THAT(with_malloc("(loop $l (br $l)) unreachable"), HasSubstr("more than 100 ms"));
}

TEST_F(hostile, one_argument_too_large_for_the_guest_is_named) {
    const auto code = compile(define("f", {native(type_kind::blob)}, native(type_kind::int_),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i32)
                                         (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))))")));
    ASSERT_TRUE(code.ok());
    for (const auto& [size, reason] : {std::pair(3 << 20, ""), std::pair(5 << 20, "bytes holds"),
                                       std::pair((4 << 20) - 1024, "no memory left")}) {
        std::vector<data::column_vector> columns;
        columns.emplace_back(native(type_kind::blob));
        columns[0].append_serialised(bytes(static_cast<std::size_t>(size), 'x'));
        const auto out = call(**code, native(type_kind::int_), columns);
        EXPECT_EQ(out.ok(), *reason == '\0');
        if (!out.ok()) EXPECT_THAT(out.error().message(), HasSubstr(reason));
    }
}

TEST_F(hostile, the_world_of_wasi_is_empty) {
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     fmt::format(R"((module
        (import "wasi_snapshot_preview1" "path_open" (func $open
          (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 2) {}
        (data (i32.const 64) "\50\00\00\00\03\00\00\00") (data (i32.const 80) "hi\0a")
        (func (export "f") (param i64) (result i64)
          (i32.store (i32.const 0) (i32.const 77))
          (if (i32.ne (call $sizes (i32.const 0) (i32.const 4)) (i32.const 0)) (then unreachable))
          (if (i32.load (i32.const 0)) (then unreachable))
          (if (i32.ne (call $prestat (i32.const 3) (i32.const 0)) (i32.const 8)) (then unreachable))
          (if (i32.ne (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 96))
              (i32.const 0)) (then unreachable))
          (if (i32.ne (call $write (i32.const 1) (i32.const -4) (i32.const 9) (i32.const 96))
              (i32.const 21)) (then unreachable))
          (if (i64.eqz (local.get 0)) (then (call $exit (i32.const 3))))
          (i64.extend_i32_u (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))))",
                                                 abi_one)));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(out->native<std::int64_t>()[0], 8);  // no such descriptor
    columns[0] = column_of<std::int64_t>(type_kind::bigint, {0});
    const auto exited = call(**code, native(type_kind::bigint), columns);
    ASSERT_FALSE(exited.ok());
    EXPECT_THAT(exited.error().message(), HasSubstr("it exited with status 3"));
}

TEST_F(hostile, more_guests_than_the_pool_holds_are_refused_as_overload) {
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i64)
                                         (local.get 0)))")));
    ASSERT_TRUE(code.ok());
    run([](const function::compiled& c) -> runtime::task<void> {
        std::vector<std::unique_ptr<function::instance>> held;
        const auto column = column_of<std::int64_t>(type_kind::bigint, {5});
        const std::vector<const data::column_vector*> arguments{&column};
        const data::selection rows{0};
        for (int i = 0; i < 17; ++i) {
            held.push_back(std::move(*c.instantiate({})));
            data::column_vector out(native(type_kind::bigint));
            const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
            const auto called = co_await held.back()->call(batch);
            EXPECT_EQ(called.ok(), i < 16) << i;
            if (!called.ok()) EXPECT_EQ(called.error().code(), error_code::overloaded);
        }
        held.clear();
        auto again = std::move(*c.instantiate({}));
        data::column_vector out(native(type_kind::bigint));
        const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
        EXPECT_TRUE((co_await again->call(batch)).ok());
    }(**code));
}

TEST(neighbours, guests_share_shards_without_mixing_up) {
    runtime::shard_group shards(2);
    statistics_registry statistics;
    const auto engine = std::move(*wasm_engine::create({.limits = {.instances_max = 16}}));
    const auto language = make_language(*engine, statistics, {});
    auto definition = std::make_shared<schema::function_definition>();
    definition->keyspace = "ks";
    definition->name = "fib";
    definition->argument_types = {native(type_kind::bigint)};
    definition->return_type = native(type_kind::bigint);
    definition->on_null = null_input::returns_null;
    definition->body = fmt::format(R"((module (memory (export "memory") 2) {}
        (func $fib (export "fib") (param $n i64) (result i64)
          (if (i64.lt_s (local.get $n) (i64.const 2)) (then (return (local.get $n))))
          (i64.add (call $fib (i64.sub (local.get $n) (i64.const 1)))
                   (call $fib (i64.sub (local.get $n) (i64.const 2)))))))",
                                   abi_one);
    const auto code = *runtime::run_blocking(
        shards.at(0),
        [](function::language& l,
           schema::function_ptr d) -> runtime::task<result<function::compiled_ptr>> {
            co_return co_await l.compile(std::move(d));
        }(*language, definition));
    const auto work = [](function::compiled_ptr c, std::int64_t n) -> runtime::task<std::int64_t> {
        auto instance = std::move(*c->instantiate({}));
        const auto column = column_of<std::int64_t>(type_kind::bigint, {n});
        const std::vector<const data::column_vector*> arguments{&column};
        const data::selection rows{0};
        data::column_vector out(native(type_kind::bigint));
        for (int i = 0; i < 3; ++i) {
            const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
            const auto called = co_await instance->call(batch);
            EXPECT_TRUE(called.ok());
        }
        co_return out.native<std::int64_t>()[2];
    };
    std::vector<std::future<std::int64_t>> answers;
    for (std::uint32_t i = 0; i < 6; ++i) {
        answers.push_back(boost::asio::co_spawn(shards.at(i % 2).context(), work(code, 25 + i % 3),
                                                boost::asio::use_future));
    }
    for (std::uint32_t i = 0; i < 6; ++i) {
        EXPECT_EQ(answers[i].get(), (std::array{75025, 121393, 196418})[i % 3]);
    }
    engine->stop();
}

TEST_F(hostile, reactors_are_initialised_before_their_first_call) {
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((global $ready (mut i64) (i64.const 0))
            (func (export "_initialize") (global.set $ready (i64.const 7)))
            (func (export "f") (param i64) (result i64) (global.get $ready)))")));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(out->native<std::int64_t>()[0], 7);
}

TEST_F(hostile, what_one_statement_writes_no_other_sees) {
    const auto code = compile(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                     null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64) (result i64)
            (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1)))
            (i64.load (i32.const 8))))")));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {1}));
    for (int statement = 0; statement < 20; ++statement) {
        const auto out = call(**code, native(type_kind::bigint), columns);
        ASSERT_TRUE(out.ok()) << out.error().message();
        EXPECT_EQ(out->native<std::int64_t>()[0], 1);
    }
}

}  // namespace
}  // namespace nacre::udf::wasm
