/// What Lua functions cost in the sandbox beside the native interpreter: lua_call [rows
/// [programs whose name contains this]]; 0 rows for the programs alone. The ratios come from one
/// run. Figures are processor time; the native ones are lua5.4's own os.clock().
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "lua_programs.h"
#include "runtime/shard.h"
#include "types/value.h"
#include "udf/lua/language.h"

namespace nacre::udf::lua {
namespace {

using types::type_kind;

constexpr std::uint32_t batch_rows = 1024;

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

schema::function_ptr define(type_kind kind, std::vector<std::string> names, std::string body) {
    auto made = std::make_shared<schema::function_definition>();
    made->keyspace = "bench";
    made->name = "f";
    for (auto& name : names) {
        made->argument_names.push_back(std::move(name));
        made->argument_types.push_back(types::type::native(kind));
    }
    made->return_type = types::type::native(kind);
    made->on_null = schema::null_input::returns_null;
    made->language = "lua";
    made->body = std::move(body);
    return made;
}

data::column_vector make_column(type_kind kind, std::int64_t same) {
    data::column_vector column(types::type::native(kind));
    for (std::uint32_t row = 0; row < batch_rows; ++row) {
        if (kind == type_kind::text) {
            column.append_serialised(fmt::format("the value {:06}", row));
        } else {
            column.append_native<std::int64_t>(same != 0 ? same : row);
        }
    }
    return column;
}

data::selection first_rows(std::uint32_t count) {
    data::selection rows;
    for (std::uint32_t row = 0; row < count; ++row) rows.push_back(row);
    return rows;
}

/// The best of several batches, so that what else the machine does counts least.
runtime::task<double> time_calls(const function::compiled& code, type_kind kind, std::uint32_t rows,
                                 std::uint64_t total, std::int64_t argument) {
    const auto column = make_column(kind, argument);
    const std::vector<const data::column_vector*> arguments{&column};
    const auto selected = first_rows(rows);
    data::column_vector out(types::type::native(kind));
    const auto instance = must(code.instantiate({}));
    double best = 1e18;
    for (std::uint64_t done = 0; done < total; done += rows) {
        out.clear();
        const function::call_batch batch{.arguments = arguments, .rows = selected, .result = out};
        const auto began = cpu_ns();
        must(co_await instance->call(batch));
        best = std::min(best, cpu_ns() - began);
    }
    co_return best / rows;
}

runtime::task<double> time_folds(const function::compiled& code, type_kind kind, bytes initial,
                                 std::uint64_t total) {
    const auto column = make_column(kind, 0);
    const std::vector<const data::column_vector*> arguments{&column};
    const auto selected = first_rows(batch_rows);
    const auto instance = must(code.instantiate({}));
    must(co_await instance->set_state(std::move(initial)));
    double best = 1e18;
    for (std::uint64_t done = 0; done < total; done += batch_rows) {
        const function::fold_batch batch{.arguments = arguments, .rows = selected};
        const auto began = cpu_ns();
        must(co_await instance->fold(batch));
        best = std::min(best, cpu_ns() - began);
    }
    co_return best / batch_rows;
}

/// From nothing to the first row's result, the instance's end included.
runtime::task<double> time_instances(const function::compiled& code, std::uint32_t count) {
    const auto column = make_column(type_kind::bigint, 0);
    const std::vector<const data::column_vector*> arguments{&column};
    const auto selected = first_rows(1);
    double best = 1e18;
    for (std::uint32_t i = 0; i < count; ++i) {
        data::column_vector out(types::type::native(type_kind::bigint));
        const auto began = cpu_ns();
        {
            const auto instance = must(code.instantiate({}));
            const function::call_batch batch{
                .arguments = arguments, .rows = selected, .result = out};
            must(co_await instance->call(batch));
        }
        best = std::min(best, cpu_ns() - began);
    }
    co_return best;
}

/// Nanoseconds of one call of the same body in the native interpreter, called from a Lua loop.
double native_ns(std::string_view parameters, std::string_view body, std::string_view arguments,
                 std::uint64_t calls) {
    const auto path = std::filesystem::temp_directory_path() /
                      fmt::format("nacre-lua-call-{}.lua", static_cast<std::int64_t>(getpid()));
    std::ofstream(path) << fmt::format(
        "s = {{0, 0}} local f = function({}) {} end local best = 1e18 "
        "for k = 1, 20 do local t = os.clock() for i = 1, {} do f({}) end "
        "best = math.min(best, os.clock() - t) end print(best / {} * 1e9)",
        parameters, body, calls, arguments, calls);
    std::array<char, 64> line{};
    {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
            popen(fmt::format("lua5.4 {}", path.string()).c_str(), "r"), pclose);
        if (!pipe || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) line = {};
    }
    std::filesystem::remove(path);
    return std::strtod(line.data(), nullptr);
}

void print(std::string_view what, double sandboxed, double native) {
    fmt::print("{:<44} {:>12.1f} ns", what, sandboxed);
    if (native > 0) fmt::print(" {:>12.1f} ns native {:>8.2f} x", native, sandboxed / native);
    fmt::print("\n");
}

runtime::task<void> run_all(function::language& lua, std::uint64_t rows) {
    struct measured {
        std::string what;
        std::string body;
        type_kind kind;
        std::int64_t argument;
        std::string native_argument;
    };
    const measured all[] = {
        {"return n + 1", "return n + 1", type_kind::bigint, 0, "i"},
        {"a loop of 100 additions", "local s = 0 for i = 1, n do s = s + i end return s",
         type_kind::bigint, 100, "100"},
        {"return n .. \"!\" (text)", "return n .. \"!\"", type_kind::text, 0,
         "\"the value \" .. i"},
        {"return n:upper() (text)", "return n:upper()", type_kind::text, 0, "\"the value \" .. i"},
    };
    for (const auto& one : all) {
        const auto code = must(co_await lua.compile(define(one.kind, {"n"}, one.body)));
        const auto sandboxed = co_await time_calls(*code, one.kind, batch_rows, rows, one.argument);
        print(one.what, sandboxed, native_ns("n", one.body, one.native_argument, 100'000));
    }
    const std::string larger = "if v > s then return v else return s end";
    const auto fold = must(co_await lua.compile(define(type_kind::bigint, {"s", "v"}, larger)));
    print("fold: the larger",
          co_await time_folds(*fold, type_kind::bigint, to_big_endian<std::int64_t>(0), rows),
          native_ns("s, v", larger, "0, i", 100'000));
    const std::string lengths = "return {s[1] + 1, s[2] + #v}";
    const auto bigint = types::type::native(type_kind::bigint);
    auto adding = std::make_shared<schema::function_definition>(
        *define(type_kind::text, {"s", "v"}, lengths));
    adding->argument_types[0] = adding->return_type = types::type::tuple_of({bigint, bigint});
    const auto zero = to_big_endian<std::int64_t>(0);
    const auto average = must(co_await lua.compile(std::move(adding)));
    print("fold: average length (tuple, text)",
          co_await time_folds(*average, type_kind::text,
                              types::join_fields(std::vector<optional_bytes>{zero, zero}), rows),
          native_ns("v", "s = " + lengths.substr(7), "\"the value \" .. i", 100'000));
    const auto next = must(co_await lua.compile(define(type_kind::bigint, {"n"}, "return n + 1")));
    print("an instance: made, loaded, one row, dropped", co_await time_instances(*next, 500), 0);
}

/// Whole programs, one call each.
runtime::task<void> run_programs(function::language& lua, std::string_view only) {
    constexpr std::uint32_t calls = 60;
    for (const auto& one : bench::lua_programs) {
        if (one.name.find(only) == std::string_view::npos) continue;
        const auto code =
            must(co_await lua.compile(define(type_kind::bigint, {"n"}, std::string(one.body))));
        const auto sandboxed =
            co_await time_calls(*code, type_kind::bigint, 1, calls, one.argument);
        print(one.name, sandboxed, native_ns("n", one.body, fmt::format("{}", one.argument), 3));
    }
}

runtime::task<void> run(function::language& lua, std::uint64_t rows, std::string_view only) {
    if (rows > 0) co_await run_all(lua, rows);
    co_await run_programs(lua, only);
}

}  // namespace
}  // namespace nacre::udf::lua

int main(int argc, char** argv) {
    using namespace nacre;
    const std::uint64_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const std::string_view only = argc > 2 ? argv[2] : "";
    runtime::shard_group shards{1};
    udf::statistics_registry statistics;
    auto engine = udf::lua::must(udf::wasm::wasm_engine::create({}));
    const auto language = udf::lua::make_language(*engine, statistics, {});
    boost::asio::co_spawn(shards.at(0).context(), udf::lua::run(*language, rows, only),
                          boost::asio::use_future)
        .get();
    engine->stop();
    return 0;
}
