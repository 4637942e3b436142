/// What a call of a WebAssembly function costs a row: udf_call [rows]. Compares a native loop, the
/// batch interface, and one call from the host for every row. All figures are processor time.
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "runtime/shard.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/language.h"
#include "udf/wasm/sandbox.h"

namespace nacre::udf::wasm {
namespace {

using types::type_kind;

constexpr std::uint32_t batch_rows = 1024;

constexpr std::string_view plus_body = R"((module (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\01")
  (func (export "plus") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))))";

constexpr std::string_view larger_body = R"((module (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\01")
  (func (export "larger") (param i64 i64) (result i64)
    (select (local.get 0) (local.get 1) (i64.gt_s (local.get 0) (local.get 1))))))";

// Version 2 with an allocator of one free list; the function returns a copy of its argument.
constexpr std::string_view copy_body = R"((module (memory (export "memory") 4)
  (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\02")
  (global $top (mut i32) (i32.const 65536)) (global $list (mut i32) (i32.const 0))
  (func $malloc (export "_scylla_malloc") (param i32) (result i32) (local $at i32)
    (if (global.get $list) (then (local.set $at (global.get $list))
      (global.set $list (i32.load (local.get $at))) (return (local.get $at))))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at) (i32.const 256))) (local.get $at))
  (func $free (export "_scylla_free") (param $at i32)
    (i32.store (local.get $at) (global.get $list)) (global.set $list (local.get $at)))
  (func (export "copy") (param i64) (result i64) (local $to i32) (local $size i32)
    (local.set $size (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
    (local.set $to (call $malloc (local.get $size)))
    (memory.copy (local.get $to) (i32.wrap_i64 (local.get 0)) (local.get $size))
    (call $free (i32.wrap_i64 (local.get 0)))
    (i64.or (i64.and (local.get 0) (i64.const 0xffffffff00000000))
      (i64.extend_i32_u (local.get $to))))))";

double cpu_ns() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

template <typename T>
T must(result<T> outcome) {
    if (!outcome.ok()) {
        fmt::print(stderr, "{}\n", outcome.error().message());
        std::exit(1);
    }
    return std::move(*outcome);
}
void must(const status& outcome) {
    if (outcome.ok()) return;
    fmt::print(stderr, "{}\n", outcome.error().message());
    std::exit(1);
}

schema::function_ptr define(std::string name, std::vector<types::type_ptr> arguments,
                            types::type_ptr returns, std::string_view body) {
    auto made = std::make_shared<schema::function_definition>();
    made->keyspace = "bench";
    made->name = std::move(name);
    made->argument_types = std::move(arguments);
    made->return_type = std::move(returns);
    made->on_null = schema::null_input::returns_null;
    made->language = "wasm";
    made->body = body;
    return made;
}

[[gnu::noinline]] std::int64_t native_plus(std::int64_t value) {
    asm volatile("" : "+r"(value));
    return value + 1;
}

struct input {
    data::column_vector column;
    data::selection rows;
};

input make_input(type_kind kind) {
    input made{.column = data::column_vector(types::type::native(kind)), .rows = {}};
    for (std::uint32_t row = 0; row < batch_rows; ++row) {
        if (kind == type_kind::text) {
            made.column.append_serialised(fmt::format("the value {:06}", row));
        } else {
            made.column.append_native<std::int64_t>(row);
        }
        made.rows.push_back(row);
    }
    return made;
}

void print(std::string_view what, double ns, std::uint64_t rows) {
    fmt::print("{:<64} {:>10.2f} ns a row\n", what, ns / static_cast<double>(rows));
}

void run_native(std::uint64_t rows) {
    const auto in = make_input(type_kind::bigint);
    data::column_vector out(types::type::native(type_kind::bigint));
    const auto began = cpu_ns();
    for (std::uint64_t done = 0; done < rows; done += batch_rows) {
        out.clear();
        for (const auto value : in.column.native<std::int64_t>()) {
            out.append_native(native_plus(value));
        }
    }
    print("native loop, not inlined, into a column", cpu_ns() - began, rows);
}

runtime::task<void> run_calls(const function::compiled& code, type_kind kind, std::uint32_t step,
                              std::uint64_t rows, std::string_view what) {
    const auto in = make_input(kind);
    const std::vector<const data::column_vector*> arguments{&in.column};
    data::column_vector out(types::type::native(kind));
    const auto instance = must(code.instantiate({}));
    // The first round makes the sandbox and touches its memory.
    double began = 0;
    for (std::uint64_t done = 0; done < rows + batch_rows;) {
        if (done == batch_rows) began = cpu_ns();
        out.clear();
        for (std::uint32_t from = 0; from < batch_rows; from += step) {
            const function::call_batch batch{.arguments = arguments,
                                             .rows = std::span(in.rows).subspan(from, step),
                                             .result = out};
            must(co_await instance->call(batch));
        }
        done += batch_rows;
    }
    print(what, cpu_ns() - began, rows);
}

runtime::task<void> run_folds(const function::compiled& code, std::uint64_t rows) {
    const auto in = make_input(type_kind::bigint);
    const std::vector<const data::column_vector*> arguments{&in.column};
    const auto instance = must(code.instantiate({}));
    must(co_await instance->set_state(to_big_endian<std::int64_t>(0)));
    const auto began = cpu_ns();
    for (std::uint64_t done = 0; done < rows; done += batch_rows) {
        const function::fold_batch batch{.arguments = arguments, .rows = in.rows};
        must(co_await instance->fold(batch));
    }
    print("fold of bigint, batches of 1,024", cpu_ns() - began, rows);
}

// The user's function itself, without any conversion: the least that a call per row can cost.
runtime::task<void> run_bare_calls(engine_state& engine,
                                   std::shared_ptr<const guest_function> whose,
                                   std::uint64_t rows) {
    const auto module = must(engine.modules->get(plus_body));
    const auto linked = must(link_module(engine, *module));
    sandbox guest(engine, std::move(whose), nullptr);
    const auto instance = must(co_await guest.start(*linked));
    const auto plus = guest.find(instance, "plus");
    wasmtime_val_t value{.kind = WASMTIME_I64, .of = {.i64 = 1}};
    const auto began = cpu_ns();
    for (std::uint64_t row = 0; row < rows; ++row) {
        must(co_await guest.call(plus->of.func, std::span(&value, 1), std::span(&value, 1)));
    }
    print("one asynchronous call per row, nothing else", cpu_ns() - began, rows);
}

runtime::task<void> run_instances(const function::compiled& code) {
    constexpr std::uint64_t rounds = 20'000;
    const auto in = make_input(type_kind::bigint);
    const std::vector<const data::column_vector*> arguments{&in.column};
    data::column_vector out(types::type::native(type_kind::bigint));
    const auto began = cpu_ns();
    for (std::uint64_t i = 0; i < rounds; ++i) {
        out.clear();
        const auto instance = must(code.instantiate({}));
        const function::call_batch batch{
            .arguments = arguments, .rows = std::span(in.rows).first(1), .result = out};
        must(co_await instance->call(batch));
    }
    fmt::print("{:<64} {:>10.2f} us\n", "a fresh sandbox, one call of one row, and its end",
               (cpu_ns() - began) / 1e3 / static_cast<double>(rounds));
}

runtime::task<void> run_all(wasm_engine& engine, statistics_registry& statistics,
                            std::uint64_t rows) {
    const auto bigint = types::type::native(type_kind::bigint);
    const auto text = types::type::native(type_kind::text);
    const function_limits limits{.cpu_per_call_ms_max = 600'000,
                                 .cpu_per_statement_ms_max = 600'000};
    const auto wasm = make_language(engine, statistics, limits);
    const auto definition = define("plus", {bigint}, bigint, plus_body);
    const auto plus = must(co_await wasm->compile(definition));
    const auto larger =
        must(co_await wasm->compile(define("larger", {bigint, bigint}, bigint, larger_body)));
    const auto copy = must(co_await wasm->compile(define("copy", {text}, text, copy_body)));

    run_native(rows);
    co_await run_calls(*plus, type_kind::bigint, batch_rows, rows,
                       "bigint -> bigint, batches of 1,024");
    co_await run_folds(*larger, rows);
    co_await run_calls(*copy, type_kind::text, batch_rows, rows,
                       "text -> text (16 bytes) by ABI 2, batches of 1,024");
    co_await run_calls(*plus, type_kind::bigint, 1, rows / 32, "bigint -> bigint, batches of 1");
    co_await run_bare_calls(
        engine.state(),
        std::make_shared<guest_function>(guest_function{
            .definition = definition, .statistics = statistics.of(*definition), .limits = limits}),
        rows / 32);
    co_await run_instances(*plus);
}

}  // namespace
}  // namespace nacre::udf::wasm

int main(int argc, char** argv) {
    using namespace nacre;
    const auto rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 16ULL << 20;
    runtime::shard_group shards(1);
    auto engine = udf::wasm::must(udf::wasm::wasm_engine::create({}));
    udf::statistics_registry statistics;
    runtime::run_blocking(shards.at(0), udf::wasm::run_all(*engine, statistics, rows));
    engine->stop();
    return 0;
}
