#include "tool/bench.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "function/null_rule.h"
#include "function/sample_values.h"
#include "tool/call.h"
#include "tool/cases.h"
#include "tool/csv_rows.h"
#include "tool/progress.h"
#include "tool/text_table.h"
#include "types/value.h"

namespace nacre::tool {

namespace {

using clock = std::chrono::steady_clock;

struct measured {
    std::string signature;
    double ns_per_row = 0;
    double fuel_per_row = 0;
    std::uint64_t rows = 0;
};

// Batches by one instance, until the time is up but at least so many; the number of rows.
runtime::task<result<std::uint64_t>> run_batches(const function::scalar_function& callee,
                                                 const std::vector<value_row>& rows,
                                                 std::uint32_t batches_min,
                                                 std::chrono::nanoseconds allowed) {
    const auto columns = columns_of(callee.signature.argument_types, rows);
    const auto pointers = data::pointers_to(columns);
    const auto selected = data::all_rows(static_cast<std::uint32_t>(rows.size()));
    const auto until = clock::now() + allowed;
    std::uint64_t done = 0;
    NACRE_CO_TRY(auto instance, callee.code->instantiate(nullptr));
    for (std::uint32_t batch = 0; batch < batches_min || clock::now() < until; ++batch) {
        // A statement has a budget, which a benchmark must not use up.
        constexpr std::uint32_t batches_of_instance = 16;
        if (batch != 0 && batch % batches_of_instance == 0) {
            NACRE_CO_TRY(instance, callee.code->instantiate(nullptr));
        }
        data::column_vector results(callee.signature.return_type);
        NACRE_CO_CHECK(co_await function::call_by_null_rule(
            callee, *instance, {.arguments = pointers, .rows = selected, .result = results}));
        done += rows.size();
    }
    co_return done;
}

class measurement {
  public:
    measurement(const package& what, const bench_request& request)
        : _what(what), _request(request) {}

    result<std::vector<measured>> run(sandbox_parts parts) {
        _shown.step("compiling");
        NACRE_TRY(_timed, make(parts));
        parts.counts_fuel = true;
        _shown.step("compiling once more, to count instructions");
        NACRE_TRY(_counted, make(parts));
        std::vector<measured> all;
        for (const auto& function : _what.functions) {
            const bool is_meant = _request.function.empty() ? !_what.is_part(function.name())
                                                            : function.name() == _request.function;
            if (!is_meant) continue;
            _shown.step("measuring " + function.signature());
            NACRE_TRY(auto one, measure(function));
            all.push_back(std::move(one));
        }
        if (all.empty()) return unusable("there is no function {}", _request.function);
        return all;
    }

  private:
    result<std::unique_ptr<laboratory>> make(const sandbox_parts& parts) {
        NACRE_TRY(auto place, laboratory::open(parts, /*shows_output=*/false));
        std::vector<std::string> warnings;
        NACRE_CHECK(place->create(_what, warnings));
        return place;
    }

    result<measured> measure(const declared_function& function) {
        const auto callee = find_function(*_timed->current(), _timed->keyspace(), function);
        NACRE_TRY(const auto rows, rows_for(*callee));
        measured made{.signature = function.signature()};
        const auto statistics = _timed->statistics_of(*callee->definition);
        const auto run = [&](laboratory& place, const function::scalar_function& code,
                             std::uint32_t batches, std::chrono::nanoseconds allowed) {
            return runtime::run_blocking(place.shard(),
                                         [&] { return run_batches(code, rows, batches, allowed); });
        };
        NACRE_CHECK(run(*_timed, *callee, 1, {}));
        const auto before = statistics->cpu_ns.load();
        const auto allowed = std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(_request.seconds));
        NACRE_TRY(made.rows, run(*_timed, *callee, 1, allowed));
        made.ns_per_row = static_cast<double>(statistics->cpu_ns.load() - before) /
                          static_cast<double>(made.rows);

        // What an instance costs at its start is in both.
        const auto counted = find_function(*_counted->current(), _counted->keyspace(), function);
        const auto begin = _counted->fuel();
        NACRE_CHECK(run(*_counted, *counted, 1, {}));
        const auto once = _counted->fuel();
        NACRE_CHECK(run(*_counted, *counted, 2, {}));
        const auto twice = _counted->fuel() - once;
        made.fuel_per_row =
            static_cast<double>(twice - (once - begin)) / static_cast<double>(rows.size());
        return made;
    }

    // As many as a batch has, the given ones in turn.
    result<std::vector<value_row>> rows_for(const function::scalar_function& callee) {
        NACRE_TRY(auto given, given_rows(callee));
        std::vector<value_row> rows;
        for (std::uint32_t i = 0; i < _request.batch_rows; ++i) {
            rows.push_back(given[i % given.size()]);
        }
        return rows;
    }

    result<std::vector<value_row>> given_rows(const function::scalar_function& callee) {
        const auto& types = callee.signature.argument_types;
        const auto where = _timed->current();
        std::vector<value_row> rows;
        for (const auto& text : _request.rows) {
            NACRE_TRY(const auto literals, parse_row(text));
            if (literals.size() != types.size()) {
                return unusable("{}: {} has {} arguments", text, callee.signature.name,
                                types.size());
            }
            auto& row = rows.emplace_back();
            for (std::size_t i = 0; i < types.size(); ++i) {
                NACRE_TRY(auto value, value_of_literal(*where, _timed->keyspace(), literals[i],
                                                       types[i], "an argument"));
                row.push_back(std::move(value));
            }
        }
        if (!_request.csv.empty()) NACRE_CHECK(add_csv(callee, rows));
        constexpr std::size_t samples = 4;
        for (std::size_t i = 0; rows.size() < samples && _request.rows.empty() && i < samples;
             ++i) {
            if (!_request.csv.empty()) break;
            auto& row = rows.emplace_back();
            for (const auto& type : types) {
                const auto values = function::sample_values(*type);
                row.emplace_back(values[i % values.size()]);
            }
        }
        if (rows.empty()) return unusable("there are no rows to call with");
        return rows;
    }

    status add_csv(const function::scalar_function& callee, std::vector<value_row>& to) {
        NACRE_TRY(const auto table, read_csv(_request.csv));
        const auto& names = callee.definition->argument_names;
        for (const auto& cells : table.rows) {
            auto& row = to.emplace_back();
            for (std::size_t i = 0; i < names.size(); ++i) {
                const auto column = static_cast<std::size_t>(
                    std::ranges::find(table.names, names[i]) - table.names.begin());
                if (column == table.names.size()) {
                    return unusable("{} has no column {}", _request.csv.string(), names[i]);
                }
                NACRE_TRY(auto value,
                          cell_value(*_timed->current(), _timed->keyspace(), cells[column],
                                     callee.signature.argument_types[i]));
                row.push_back(std::move(value));
            }
        }
        return {};
    }

    const package& _what;
    const bench_request& _request;
    progress _shown;
    std::unique_ptr<laboratory> _timed;
    std::unique_ptr<laboratory> _counted;
};

}  // namespace

exit_status bench(const package& what, const sandbox_parts& parts, const bench_request& request) {
    const auto all = measurement(what, request).run(parts);
    if (!all) return report(all.error(), request.is_json);
    auto list = nlohmann::json::array();
    std::vector<std::vector<std::string>> table{{"function", "ns per row", "fuel per row", "rows"}};
    for (const auto& one : *all) {
        table.push_back({one.signature, fmt::format("{:.1f}", one.ns_per_row),
                         fmt::format("{:.1f}", one.fuel_per_row), fmt::format("{}", one.rows)});
        list.push_back({{"function", one.signature},
                        {"ns_per_row", one.ns_per_row},
                        {"fuel_per_row", one.fuel_per_row},
                        {"rows", one.rows}});
    }
    fmt::print("{}", request.is_json ? list.dump(2) + "\n" : text_table(table));
    return exit_status::ok;
}

}  // namespace nacre::tool
