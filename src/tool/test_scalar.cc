#include "tool/test_scalar.h"

#include <algorithm>

#include "base/identifier.h"
#include "function/sample_values.h"
#include "tool/call.h"
#include "tool/csv_rows.h"
#include "tool/edge_values.h"
#include "tool/exit_status.h"
#include "types/value.h"

namespace nacre::tool {

namespace {

struct typed_case {
    std::string where;
    value_row arguments;
    optional_bytes expected;
    std::optional<std::string> failure;
};

class scalar_test {
  public:
    scalar_test(laboratory& place, const function::scalar_function& callee)
        : _place(place), _callee(callee), _types(callee.signature.argument_types) {
        _report.signature = callee.definition->name;
        _where = place.current();
    }

    status read(const case_block& block) {
        for (const auto& declared : block.cases) {
            if (declared.is_of_rows) {
                return unusable("line {}: {} is no aggregate", declared.line, block.name);
            }
            const auto where = fmt::format("line {}", declared.line);
            auto made = read_case(declared, where);
            if (!made) return unusable("{}: {}", where, made.error().message());
            _cases.push_back(std::move(*made));
        }
        for (const auto& file : block.csv) NACRE_CHECK(read_csv_file(file));
        _tries_edges = _tries_edges && block.tries_edges;
        for (const auto& [name, literals] : block.edges) NACRE_CHECK(read_edges(name, literals));
        return {};
    }

    test_report run(bool tries_edges) {
        each_alone();
        all_at_once();
        if (_types.empty()) return std::move(_report);
        nulls();
        if (tries_edges && _tries_edges) edges();
        return std::move(_report);
    }

  private:
    [[nodiscard]] std::string call_of(const value_row& row) const {
        return quote_identifier(_callee.definition->name) + shown_row(_types, row);
    }
    [[nodiscard]] const types::type& returned() const { return *_callee.signature.return_type; }

    result<typed_case> read_case(const test_case& declared, const std::string& where) {
        const auto& literals = declared.rows.front();
        if (literals.size() != _types.size()) {
            return unusable("{} arguments instead of {}", literals.size(), _types.size());
        }
        typed_case made{.where = where, .failure = declared.failure};
        for (std::size_t i = 0; i < literals.size(); ++i) {
            NACRE_TRY(auto value,
                      value_of_literal(*_where, _place.keyspace(), literals[i], _types[i],
                                       _callee.definition->argument_names[i]));
            made.arguments.push_back(std::move(value));
        }
        if (!made.failure) {
            NACRE_TRY(made.expected, value_of_literal(*_where, _place.keyspace(), declared.expected,
                                                      _callee.signature.return_type, "the result"));
        }
        return made;
    }

    status read_csv_file(const std::filesystem::path& file) {
        NACRE_TRY(const auto table, read_csv(file));
        constexpr std::string_view result_column = "result";
        const auto column = [&](std::string_view name) {
            return std::ranges::find(table.names, name) - table.names.begin();
        };
        std::vector<std::size_t> places;
        for (const auto& name : _callee.definition->argument_names) {
            places.push_back(static_cast<std::size_t>(column(name)));
        }
        places.push_back(static_cast<std::size_t>(column(result_column)));
        if (std::ranges::max(places) == table.names.size()) {
            return unusable("{}: the first line has to name all arguments, and `{}`", file.string(),
                            result_column);
        }
        for (std::size_t row = 0; row < table.rows.size(); ++row) {
            typed_case made{.where = fmt::format("{}, row {}", file.filename().string(), row + 1)};
            for (std::size_t i = 0; i < places.size(); ++i) {
                const bool is_result = i == _types.size();
                auto value = cell_value(*_where, _place.keyspace(), table.rows[row][places[i]],
                                        is_result ? _callee.signature.return_type : _types[i]);
                if (!value) return unusable("{}: {}", made.where, value.error().message());
                (is_result ? made.expected : made.arguments.emplace_back()) = std::move(*value);
            }
            _cases.push_back(std::move(made));
        }
        return {};
    }

    status read_edges(const std::string& name, const std::vector<std::string>& literals) {
        const auto& names = _callee.definition->argument_names;
        const auto at = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
        if (at == names.size()) return unusable("{} has no argument {}", _report.signature, name);
        auto& values = _edges[at];
        for (const auto& literal : literals) {
            NACRE_TRY(auto value,
                      value_of_literal(*_where, _place.keyspace(), literal, _types[at], name));
            values.push_back(std::move(value));
        }
        return {};
    }

    void each_alone() {
        for (const auto& one : _cases) {
            const auto got = call_batch(_place, _callee, {one.arguments});
            const auto what = fmt::format("{}: {}", one.where, call_of(one.arguments));
            if (one.failure) {
                const bool fails = !got && got.error().message().contains(*one.failure);
                _report.expect(
                    fails, _report.cases,
                    got ? fmt::format("{} is {} and does not fail", what,
                                      shown_value(returned(), got->front()))
                        : fmt::format("{} fails otherwise: {}", what, got.error().message()));
            } else if (!got) {
                _report.failures.push_back(fmt::format("{}: {}", what, got.error().message()));
            } else {
                _report.expect(same_value(returned(), got->front(), one.expected), _report.cases,
                               fmt::format("{} is {} instead of {}", what,
                                           shown_value(returned(), got->front()),
                                           shown_value(returned(), one.expected)));
            }
        }
    }

    // Rows of one batch must not see each other.
    void all_at_once() {
        std::vector<value_row> rows;
        std::vector<const typed_case*> asked;
        for (const auto& one : _cases) {
            if (one.failure) continue;
            rows.push_back(one.arguments);
            asked.push_back(&one);
        }
        if (rows.size() < 2 || !_report.failures.empty()) return;
        const auto got = call_batch(_place, _callee, rows);
        if (!got) {
            _report.failures.push_back("all cases in one batch: " + got.error().message());
            return;
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            _report.expect(
                same_value(returned(), (*got)[i], asked[i]->expected), _report.others,
                fmt::format("{}: {} is {} in a batch with the other cases", asked[i]->where,
                            call_of(rows[i]), shown_value(returned(), (*got)[i])));
        }
    }

    // Usual arguments, into which others are put.
    [[nodiscard]] value_row usual() const {
        for (const auto& one : _cases) {
            if (!one.failure && std::ranges::all_of(one.arguments, [](const auto& value) {
                    return value.has_value();
                })) {
                return one.arguments;
            }
        }
        value_row row;
        for (const auto& type : _types) row.emplace_back(function::sample_values(*type).front());
        return row;
    }

    // Whether the call goes well, or ends by an error that the function reports itself.
    bool survives(const value_row& row, std::string_view why) {
        const auto reported = [&] {
            const auto statistics = _place.statistics_of(*_callee.definition);
            return statistics ? statistics->failures(udf::failure_kind::reported) : 0;
        };
        const auto before = reported();
        const auto got = call_batch(_place, _callee, {row});
        if (got && skips_null(row) && got->front()) {
            _report.failures.push_back(fmt::format("{}: {} is {} instead of null", why,
                                                   call_of(row),
                                                   shown_value(returned(), got->front())));
            return false;
        }
        if (got) {
            ++_report.others;
            return true;
        }
        if (reported() != before) {
            ++_report.others;
            if (_report.notes.size() < notes_max) {
                _report.notes.push_back(
                    fmt::format("{} reports an error: {}", call_of(row), got.error().message()));
            }
            return true;
        }
        _report.failures.push_back(
            fmt::format("{}: {}: {}", why, call_of(row), got.error().message()));
        return false;
    }
    [[nodiscard]] bool skips_null(const value_row& row) const {
        return _callee.on_null == schema::null_input::returns_null &&
               std::ranges::any_of(row, [](const auto& value) { return !value; });
    }

    void nulls() {
        const auto base = usual();
        for (std::size_t i = 0; i < _types.size(); ++i) {
            auto row = base;
            row[i].reset();
            survives(row, "null");
        }
        if (_types.size() > 1) survives(value_row(_types.size()), "nulls");
    }

    void edges() {
        const auto base = usual();
        for (std::size_t i = 0; i < _types.size(); ++i) {
            auto values = _edges[i];
            if (values.empty()) {
                for (auto& value : edge_values(*_types[i])) values.emplace_back(std::move(value));
            }
            for (const auto& value : values) {
                auto row = base;
                row[i] = value;
                // One failure says enough about an argument; the next may take long, too.
                if (!survives(row, "edge value")) break;
            }
        }
    }

    static constexpr std::size_t notes_max = 5;

    laboratory& _place;
    const function::scalar_function& _callee;
    const std::vector<types::type_ptr>& _types;
    catalog::published_ptr _where;
    std::vector<typed_case> _cases;
    std::map<std::size_t, std::vector<optional_bytes>> _edges;
    bool _tries_edges = true;
    test_report _report;
};

}  // namespace

result<test_report> test_scalar(laboratory& place, const function::scalar_function& callee,
                                const std::vector<const case_block*>& blocks, bool tries_edges) {
    scalar_test test(place, callee);
    for (const auto* block : blocks) NACRE_CHECK(test.read(*block));
    return test.run(tries_edges);
}

}  // namespace nacre::tool
