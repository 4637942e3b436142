/// What functions of the interpreted languages cost in the sandbox: script_call [rows [programs
/// whose name contains this [lua | javascript]]]; 0 rows for the programs alone. Lua stands beside
/// the native interpreter; the ratios come from one run. Figures are processor time; the native
/// ones are lua5.4's own os.clock().
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "javascript_programs.h"
#include "lua_programs.h"
#include "measure.h"
#include "runtime/shard.h"
#include "types/value.h"
#include "udf/javascript/language.h"
#include "udf/lua/language.h"

namespace nacre::bench {
namespace {

using types::type_kind;

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
    made->body = std::move(body);
    return made;
}

data::column_vector make_column(type_kind kind, std::int64_t same) {
    data::column_vector column(types::type::native(kind));
    for (std::uint32_t row = 0; row < batch_rows; ++row) {
        if (kind == type_kind::text) {
            column.append_serialised(fmt::format("the value {:06}", row));
        } else if (kind == type_kind::int_) {
            column.append_native(static_cast<std::int32_t>(same != 0 ? same : row));
        } else {
            column.append_native<std::int64_t>(same != 0 ? same : row);
        }
    }
    return column;
}

/// The best of several batches, so that what else the machine does counts least.
runtime::task<double> time_calls(const function::compiled& code, type_kind kind, std::uint32_t rows,
                                 std::uint64_t total, std::int64_t argument) {
    const auto column = make_column(kind, argument);
    const std::vector<const data::column_vector*> arguments{&column};
    const auto selected = data::all_rows(rows);
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
    const auto selected = data::all_rows(batch_rows);
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
    const auto selected = data::all_rows(1);
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

// ---- What is measured ---------------------------------------------------------------------------

struct row_call {
    std::string_view what;
    std::string_view body;
    type_kind kind;
    std::int64_t argument = 0;
    std::string_view native_argument = "i";
};

/// A language, and the same small functions in it.
struct measured_language {
    std::string_view name;
    bool has_native = false;
    std::vector<row_call> calls;
    std::string_view larger;   ///< fold: the larger of bigint s and v
    std::string_view lengths;  ///< fold: s is a tuple of count and sum of v's lengths
    std::string_view next;     ///< n + 1 as a bigint
    std::span<const script_program> programs;
};

const measured_language lua{
    .name = "lua",
    .has_native = true,
    .calls = {{"return n + 1", "return n + 1", type_kind::bigint},
              {"return n + 1 (int)", "return n + 1", type_kind::int_},
              {"a loop of 100 additions", "local s = 0 for i = 1, n do s = s + i end return s",
               type_kind::bigint, 100, "100"},
              {"return n .. \"!\" (text)", "return n .. \"!\"", type_kind::text, 0,
               "\"the value \" .. i"},
              {"return n:upper() (text)", "return n:upper()", type_kind::text, 0,
               "\"the value \" .. i"}},
    .larger = "if v > s then return v else return s end",
    .lengths = "return {s[1] + 1, s[2] + #v}",
    .next = "return n + 1",
    .programs = lua_programs,
};

const measured_language javascript{
    .name = "javascript",
    .calls = {{"return n + 1n", "return n + 1n", type_kind::bigint},
              {"return n + 1 (int)", "return n + 1", type_kind::int_},
              {"a loop of 100 additions (int)",
               "let s = 0; for (let i = 1; i <= n; i++) s += i; return s", type_kind::int_, 100},
              {"return n + '!' (text)", "return n + '!'", type_kind::text},
              {"return n.toUpperCase() (text)", "return n.toUpperCase()", type_kind::text}},
    .larger = "return v > s ? v : s",
    .lengths = "return [s[0] + 1n, s[1] + BigInt(v.length)]",
    .next = "return n + 1n",
    .programs = javascript_programs,
};

runtime::task<void> run_all(function::language& language, const measured_language& of,
                            std::uint64_t rows) {
    const auto native = [&of](std::string_view parameters, std::string_view body,
                              std::string_view arguments) {
        return of.has_native ? native_ns(parameters, body, arguments, 100'000) : 0;
    };
    for (const auto& one : of.calls) {
        const auto code =
            must(co_await language.compile(define(one.kind, {"n"}, std::string(one.body))));
        const auto sandboxed = co_await time_calls(*code, one.kind, batch_rows, rows, one.argument);
        print(one.what, sandboxed, native("n", one.body, one.native_argument));
    }
    const auto fold = must(
        co_await language.compile(define(type_kind::bigint, {"s", "v"}, std::string(of.larger))));
    print("fold: the larger",
          co_await time_folds(*fold, type_kind::bigint, to_big_endian<std::int64_t>(0), rows),
          native("s, v", of.larger, "0, i"));
    const auto bigint = types::type::native(type_kind::bigint);
    auto adding = std::make_shared<schema::function_definition>(
        *define(type_kind::text, {"s", "v"}, std::string(of.lengths)));
    adding->argument_types[0] = adding->return_type = types::type::tuple_of({bigint, bigint});
    const auto zero = to_big_endian<std::int64_t>(0);
    const auto average = must(co_await language.compile(std::move(adding)));
    print("fold: average length (tuple, text)",
          co_await time_folds(*average, type_kind::text,
                              types::join_fields(std::vector<optional_bytes>{zero, zero}), rows),
          native("v", fmt::format("s = {}", of.lengths.substr(7)), "\"the value \" .. i"));
    const auto next =
        must(co_await language.compile(define(type_kind::bigint, {"n"}, std::string(of.next))));
    print("an instance: made, loaded, one row, dropped", co_await time_instances(*next, 500), 0);
}

/// Whole programs, one call each.
runtime::task<void> run_programs(function::language& language, const measured_language& of,
                                 std::string_view only) {
    constexpr std::uint32_t calls = 60;
    for (const auto& one : of.programs) {
        if (one.name.find(only) == std::string_view::npos) continue;
        const auto code = must(
            co_await language.compile(define(type_kind::bigint, {"n"}, std::string(one.body))));
        const auto sandboxed =
            co_await time_calls(*code, type_kind::bigint, 1, calls, one.argument);
        print(one.name, sandboxed,
              of.has_native ? native_ns("n", one.body, fmt::format("{}", one.argument), 3) : 0);
    }
}

runtime::task<void> run(function::language& language, const measured_language& of,
                        std::uint64_t rows, std::string_view only) {
    fmt::print("{}\n", of.name);
    if (rows > 0) co_await run_all(language, of, rows);
    co_await run_programs(language, of, only);
}

}  // namespace
}  // namespace nacre::bench

int main(int argc, char** argv) {
    using namespace nacre;
    const std::uint64_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
    const std::string_view only = argc > 2 ? argv[2] : "";
    const std::string_view wanted = argc > 3 ? argv[3] : "";
    runtime::shard_group shards{1};
    udf::statistics_registry statistics;
    auto engine = bench::must(udf::wasm::wasm_engine::create({}));
    const auto measure = [&](std::unique_ptr<function::language> language,
                             const bench::measured_language& of) {
        if (!wanted.empty() && wanted != of.name) return;
        boost::asio::co_spawn(shards.at(0).context(), bench::run(*language, of, rows, only),
                              boost::asio::use_future)
            .get();
    };
    measure(udf::lua::make_language(*engine, statistics, {}), bench::lua);
    measure(udf::javascript::make_language(*engine, statistics, {}), bench::javascript);
    engine->stop();
    return 0;
}
