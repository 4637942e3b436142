// No byte of memory, of a table or of a global crosses statements: functions that fill everything
// they have with a pattern, between functions that look for it everywhere.

#include <future>

#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using types::type_kind;

// f(0) looks everywhere and returns how much it found that is not as the module says; f(1) fills
// everything; f(2) does and then traps; f(3) does and then never ends.
constexpr std::string_view body = R"(
  (memory (export "memory") 1 64)
  (table $table 64 1000 funcref)
  (global $a (mut i64) (i64.const 7))
  (global $b (mut f64) (f64.const 1))
  (global $c (mut funcref) (ref.null func))
  (data (i32.const 2048) "\01\02\03\04\05\06\07\08")
  (elem declare func $fill)

  (func $fill
    (drop (memory.grow (i32.const 63)))
    (memory.fill (i32.const 0) (i32.const 0xa5) (i32.shl (memory.size) (i32.const 16)))
    (global.set $a (i64.const 0xa5a5))
    (global.set $b (f64.const 99))
    (global.set $c (ref.func $fill))
    (drop (table.grow $table (ref.func $fill) (i32.const 936)))
    (table.fill $table (i32.const 0) (ref.func $fill) (table.size $table)))

  (func $scan (result i64) (local $found i64) (local $i i32) (local $end i32)
    (if (i64.ne (global.get $a) (i64.const 7))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (if (f64.ne (global.get $b) (f64.const 1))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (if (i32.eqz (ref.is_null (global.get $c)))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (if (i32.ne (table.size $table) (i32.const 64))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (drop (table.grow $table (ref.null func) (i32.const 936)))
    (loop $next
      (if (i32.eqz (ref.is_null (table.get $table (local.get $i))))
        (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (table.size $table))))
    (if (i32.ne (memory.size) (i32.const 1))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (drop (memory.grow (i32.const 63)))
    (if (i64.ne (i64.load (i32.const 2048)) (i64.const 0x0807060504030201))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (i64.store (i32.const 2048) (i64.const 0))
    (if (i32.ne (i32.load8_u (i32.const 1024)) (i32.const 1))
      (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (i32.store8 (i32.const 1024) (i32.const 0))
    (local.set $i (i32.const 0))
    (local.set $end (i32.shl (memory.size) (i32.const 16)))
    (loop $next
      (if (i64.ne (i64.load (local.get $i)) (i64.const 0))
        (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $end))))
    (local.get $found))

  (func (export "f") (param $what i64) (result i64)
    (if (i64.eqz (local.get $what)) (then (return (call $scan))))
    (call $fill)
    (if (i64.eq (local.get $what) (i64.const 2)) (then unreachable))
    (if (i64.eq (local.get $what) (i64.const 3)) (then (loop $l (br $l))))
    (i64.const -1))
)";

constexpr std::uint32_t slots = 3;
constexpr std::uint32_t shard_count = 2;

class isolation : public testing::Test {
  protected:
    isolation() {
        engine = std::move(*wasm_engine::create({.limits = {.instances_max = slots}}));
        language = make_language(*engine, statistics, {.cpu_per_call_ms_max = 50});
        for (const std::string_view difference : {"", "(func)"}) {
            auto made = std::make_shared<schema::function_definition>();
            made->keyspace = "ks";
            made->name = "f";
            made->argument_names = {"what"};
            made->argument_types = {native(type_kind::bigint)};
            made->return_type = native(type_kind::bigint);
            made->on_null = null_input::returns_null;
            made->language = "wasm";
            made->body = fmt::format("(module {} {} {})", body, abi_one, difference);
            functions.push_back(*runtime::run_blocking(
                shards.at(0),
                [](function::language& l,
                   schema::function_ptr d) -> runtime::task<result<function::compiled_ptr>> {
                    co_return co_await l.compile(std::move(d));
                }(*language, made)));
        }
    }
    ~isolation() override { engine->stop(); }

    static runtime::task<result<std::int64_t>> statement(function::compiled_ptr code,
                                                         std::int64_t what) {
        auto instance = std::move(*code->instantiate({}));
        const auto column = column_of<std::int64_t>(type_kind::bigint, {what});
        const std::vector<const data::column_vector*> arguments{&column};
        const data::selection rows{0};
        data::column_vector out(native(type_kind::bigint));
        const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
        NACRE_CO_CHECK(co_await instance->call(batch));
        co_return out.native<std::int64_t>()[0];
    }
    auto begin(std::uint32_t shard, std::size_t function, std::int64_t what) {
        return boost::asio::co_spawn(shards.at(shard).context(),
                                     statement(functions[function], what), boost::asio::use_future);
    }

    runtime::shard_group shards{shard_count};
    statistics_registry statistics;
    std::unique_ptr<wasm_engine> engine;
    std::unique_ptr<function::language> language;
    std::vector<function::compiled_ptr> functions;  ///< the same twice, as two modules
};

TEST_F(isolation, nothing_crosses_from_statement_to_statement) {
    for (std::uint32_t round = 0; round < slots * 4; ++round) {
        const auto shard = round % shard_count;
        for (const std::int64_t what : {1, 2, 3}) {
            const auto filled = begin(shard, round % 2, what).get();
            EXPECT_EQ(filled.ok(), what == 1);
            // The same function and another, on the same shard and on the other one.
            for (std::size_t function = 0; function < 2; ++function) {
                for (std::uint32_t where = 0; where < shard_count; ++where) {
                    const auto found = begin(where, function, 0).get();
                    ASSERT_TRUE(found.ok()) << found.error().message();
                    EXPECT_EQ(*found, 0) << "after " << what << " in round " << round;
                }
            }
        }
    }
}

TEST_F(isolation, nothing_crosses_between_statements_that_run_at_once) {
    for (int round = 0; round < 20; ++round) {
        std::vector<std::future<result<std::int64_t>>> running;
        for (std::uint32_t i = 0; i < slots; ++i) {
            running.push_back(begin(i % shard_count, i % 2, i == 0 ? 1 : 0));
        }
        for (std::uint32_t i = 0; i < slots; ++i) {
            const auto found = running[i].get();
            ASSERT_TRUE(found.ok()) << found.error().message();
            EXPECT_EQ(*found, i == 0 ? -1 : 0);
        }
    }
}

}  // namespace
}  // namespace nacre::udf::wasm
