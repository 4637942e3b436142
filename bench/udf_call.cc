/// What a call of a WebAssembly function costs a row: udf_call [rounds]. For three functions, by
/// ABI 1, 2 and 3: the batch interface beside the same loop in native C++ over the same columns,
/// and beside one asynchronous call from the host for every row. All figures are processor time of
/// one thread; of the rounds, which take turns, the fastest counts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "measure.h"
#include "runtime/shard.h"
#include "types/value.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/guest_program.h"
#include "udf/wasm/language.h"
#include "udf/wasm/sandbox.h"
#include "udf_call_guests.h"

namespace nacre::udf::wasm {
namespace {

using bench::batch_rows;
using bench::cpu_ns;
using bench::must;
using types::type_kind;

constexpr std::uint32_t list_elements = 8;

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

// ---- What is measured ---------------------------------------------------------------------------

struct subject {
    std::string name;
    types::type_ptr argument;
    types::type_ptr result;
    std::function<void(const data::column_vector&, data::column_vector&)> native;

    data::column_vector in;
    double native_ns = 0;
    double abi_ns[3] = {};
    double per_row_ns = 0;
};

void native_next(const data::column_vector& in, data::column_vector& out) {
    for (const auto value : in.native<std::int64_t>()) out.append_native(value + 1);
}

void native_capital(const data::column_vector& in, data::column_vector& out) {
    bytes value;
    for (std::uint32_t row = 0; row < in.size(); ++row) {
        value = in.view(row);
        auto& c = value.front();
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        out.append_serialised(value);
    }
}

void native_total(const data::column_vector& in, data::column_vector& out) {
    for (std::uint32_t row = 0; row < in.size(); ++row) {
        const auto value = in.view(row);
        std::uint32_t sum = 0;
        for (std::size_t at = 8; at < value.size(); at += 8) {
            sum += load_big_endian<std::uint32_t>(value.data() + at);
        }
        out.append_native(static_cast<std::int32_t>(sum));
    }
}

std::vector<subject> make_subjects() {
    const auto bigint = types::type::native(type_kind::bigint);
    const auto text = types::type::native(type_kind::text);
    const auto number = types::type::native(type_kind::int_);
    const auto list = types::type::list_of(number, true);
    std::vector<subject> all;
    all.push_back({.name = "next", .argument = bigint, .result = bigint, .native = native_next});
    all.push_back({.name = "capital", .argument = text, .result = text, .native = native_capital});
    all.push_back({.name = "total", .argument = list, .result = number, .native = native_total});
    for (auto& one : all) {
        one.in = data::column_vector(one.argument);
        for (std::uint32_t row = 0; row < batch_rows; ++row) {
            if (one.argument == bigint) {
                one.in.append_native<std::int64_t>(row);
            } else if (one.argument == text) {
                one.in.append_serialised(fmt::format("text {:05}", row));
            } else {
                std::vector<optional_bytes> elements;
                for (std::uint32_t i = 0; i < list_elements; ++i) {
                    elements.emplace_back(to_big_endian<std::int32_t>(
                        static_cast<std::int32_t>(row * list_elements + i)));
                }
                one.in.append_serialised(types::join_list(elements));
            }
        }
    }
    return all;
}

void keep_fastest(double& fastest, double began, std::uint64_t rows) {
    const auto ns = (cpu_ns() - began) / static_cast<double>(rows);
    fastest = fastest == 0 ? ns : std::min(fastest, ns);
}

void expect_same(const data::column_vector& have, const data::column_vector& want) {
    for (std::uint32_t row = 0; row < want.size(); ++row) {
        if (have.serialised(row) == want.serialised(row)) continue;
        fmt::print(stderr, "row {} is wrong\n", row);
        std::exit(1);
    }
}

constexpr std::uint64_t batches_per_round = 256;

void run_native(subject& one) {
    data::column_vector out(one.result);
    const auto began = cpu_ns();
    for (std::uint64_t i = 0; i < batches_per_round; ++i) {
        out.clear();
        one.native(one.in, out);
        asm volatile("" : : "r"(out.fixed_bytes().data()) : "memory");
    }
    keep_fastest(one.native_ns, began, batches_per_round * batch_rows);
}

runtime::task<void> run_batches(subject& one, double& fastest, const function::compiled& code) {
    const std::vector<const data::column_vector*> arguments{&one.in};
    data::selection rows(batch_rows);
    for (std::uint32_t row = 0; row < batch_rows; ++row) rows[row] = row;
    data::column_vector want(one.result);
    one.native(one.in, want);
    data::column_vector out(one.result);
    const function::call_batch batch{.arguments = arguments, .rows = rows, .result = out};
    const auto instance = must(code.instantiate({}));
    // The first call makes the sandbox and touches its memory.
    must(co_await instance->call(batch));
    expect_same(out, want);
    const auto began = cpu_ns();
    for (std::uint64_t i = 0; i < batches_per_round; ++i) {
        out.clear();
        must(co_await instance->call(batch));
    }
    keep_fastest(fastest, began, batches_per_round * batch_rows);
}

// What a host does that calls the user's function for each row, with as little around the calls as
// can be: the allocator's calls, the argument copied in, the result copied out.
class row_caller {
  public:
    row_caller(engine_state& engine, std::shared_ptr<const guest_function> whose,
               const subject& one)
        : _guest(engine, std::move(whose), nullptr), _one(one) {}

    runtime::task<void> start(const wasmtime_instance_pre_t& linked) {
        const auto instance = must(co_await _guest.start(linked));
        _memory = _guest.find(instance, "memory")->of.memory;
        _function = _guest.find(instance, _one.name)->of.func;
        _malloc = _guest.find(instance, "_scylla_malloc")->of.func;
        _free = _guest.find(instance, "_scylla_free")->of.func;
    }

    runtime::task<void> call(std::uint32_t row, data::column_vector& out) {
        const bool is_plain = _one.in.physical() != types::physical_type::serialised;
        wasmtime_val_t value{.kind = WASMTIME_I64, .of = {.i64 = 0}};
        if (is_plain) {
            value.of.i64 = _one.in.native<std::int64_t>()[row];
        } else {
            const auto bytes = _one.in.view(row);
            wasmtime_val_t at{.kind = WASMTIME_I32,
                              .of = {.i32 = static_cast<std::int32_t>(bytes.size())}};
            must(co_await _guest.call(_malloc, std::span(&at, 1), std::span(&at, 1)));
            std::ranges::copy(bytes,
                              _guest.memory(_memory)
                                  .writable(static_cast<std::uint32_t>(at.of.i32), bytes.size())
                                  ->data());
            value.of.i64 = static_cast<std::int64_t>(bytes.size() << 32 |
                                                     static_cast<std::uint32_t>(at.of.i32));
        }
        must(co_await _guest.call(_function, std::span(&value, 1), std::span(&value, 1)));
        if (out.physical() == types::physical_type::int32) {
            out.append_native(value.of.i32);
        } else if (out.physical() == types::physical_type::int64) {
            out.append_native(value.of.i64);
        } else {
            const auto pair = static_cast<std::uint64_t>(value.of.i64);
            out.append_serialised(*_guest.memory(_memory).view(pair & UINT32_MAX, pair >> 32));
            const wasmtime_val_t at{.kind = WASMTIME_I32,
                                    .of = {.i32 = static_cast<std::int32_t>(pair)}};
            must(co_await _guest.call(_free, std::span(&at, 1), {}));
        }
    }

  private:
    sandbox _guest;
    const subject& _one;
    wasmtime_memory_t _memory{};
    wasmtime_func_t _function{};
    wasmtime_func_t _malloc{};
    wasmtime_func_t _free{};
};

runtime::task<void> run_row_calls(engine_state& engine, const wasmtime_instance_pre_t& linked,
                                  std::shared_ptr<const guest_function> whose, subject& one) {
    row_caller caller(engine, std::move(whose), one);
    co_await caller.start(linked);
    data::column_vector want(one.result);
    one.native(one.in, want);
    data::column_vector out(one.result);
    for (std::uint32_t row = 0; row < batch_rows; ++row) co_await caller.call(row, out);
    expect_same(out, want);
    constexpr std::uint64_t batches = batches_per_round / 32;
    const auto began = cpu_ns();
    for (std::uint64_t i = 0; i < batches; ++i) {
        out.clear();
        for (std::uint32_t row = 0; row < batch_rows; ++row) co_await caller.call(row, out);
    }
    keep_fastest(one.per_row_ns, began, batches * batch_rows);
}

runtime::task<double> run_instances(const function::compiled& code, const subject& one) {
    constexpr std::uint64_t rounds = 2'000;
    const std::vector<const data::column_vector*> arguments{&one.in};
    const std::uint32_t only_row = 0;
    data::column_vector out(one.result);
    const auto began = cpu_ns();
    for (std::uint64_t i = 0; i < rounds; ++i) {
        out.clear();
        const auto instance = must(code.instantiate({}));
        must(co_await instance->call(
            {.arguments = arguments, .rows = std::span(&only_row, 1), .result = out}));
    }
    co_return (cpu_ns() - began) / 1e3 / static_cast<double>(rounds);
}

void print(const std::vector<subject>& subjects, double instance_us) {
    fmt::print("{:<24}{:>9}{:>16}{:>16}{:>16}{:>20}\n", "ns a row", "native", "ABI 3", "ABI 2",
               "ABI 1", "a call per row");
    for (const auto& one : subjects) {
        const auto against_native = [&](double ns) {
            return fmt::format("{:.1f} ({:.1f}x)", ns, ns / one.native_ns);
        };
        fmt::print(
            "{:<24}{:>9.1f}{:>16}{:>16}{:>16}{:>20}\n",
            fmt::format("{} -> {}", one.argument->to_cql_without_frozen(),
                        one.result->to_cql_without_frozen()),
            one.native_ns, against_native(one.abi_ns[2]), against_native(one.abi_ns[1]),
            against_native(one.abi_ns[0]),
            fmt::format("{:.0f} ({:.0f}x ABI 2)", one.per_row_ns, one.per_row_ns / one.abi_ns[1]));
    }
    fmt::print(
        "Batches of {} rows; text of 10 bytes, lists of {} elements. (x) is against "
        "native.\n"
        "A fresh sandbox, one call of one row, and its end: {:.1f} us.\n",
        batch_rows, list_elements, instance_us);
}

runtime::task<void> run_all(wasm_engine& engine, statistics_registry& statistics,
                            std::uint64_t rounds) {
    const function_limits limits{.cpu_per_call_ms_max = 600'000,
                                 .cpu_per_statement_ms_max = 600'000};
    const auto wasm = make_language(engine, statistics, limits);
    const std::string sources[3] = {bench::module_with(bench::abi_one_work),
                                    bench::module_with(bench::abi_two_work),
                                    bench::module_with(bench::abi_three_work)};
    auto subjects = make_subjects();
    std::vector<function::compiled_ptr> codes;
    for (const auto& one : subjects) {
        for (const auto& source : sources) {
            codes.push_back(
                must(co_await wasm->compile(define(one.name, {one.argument}, one.result, source))));
        }
    }
    const auto module = must(engine.state().modules->get(module_source::of(bytes(sources[1]))));
    double instance_us = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < subjects.size(); ++i) {
            auto& one = subjects[i];
            run_native(one);
            for (std::size_t abi = 0; abi < 3; ++abi) {
                co_await run_batches(one, one.abi_ns[abi], *codes[i * 3 + abi]);
            }
            const auto definition = define(one.name, {one.argument}, one.result, sources[1]);
            auto whose = std::make_shared<guest_function>(
                guest_function{.definition = definition,
                               .statistics = statistics.of(*definition, "ABI 2", limits),
                               .limits = limits});
            co_await run_row_calls(engine.state(), *module->linked, std::move(whose), one);
        }
        const auto us = co_await run_instances(*codes.front(), subjects.front());
        instance_us = instance_us == 0 ? us : std::min(instance_us, us);
    }
    print(subjects, instance_us);
}

}  // namespace
}  // namespace nacre::udf::wasm

int main(int argc, char** argv) {
    using namespace nacre;
    const auto rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20;
    runtime::shard_group shards(1);
    auto engine = udf::wasm::must(udf::wasm::wasm_engine::create({}));
    udf::statistics_registry statistics;
    runtime::run_blocking(shards.at(0), udf::wasm::run_all(*engine, statistics, rounds));
    engine->stop();
    return 0;
}
