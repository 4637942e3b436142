#include "tool/test_aggregate.h"

#include <algorithm>
#include <numeric>

#include <fmt/ranges.h>

#include "function/merge_laws.h"
#include "function/user_aggregate.h"
#include "tool/call.h"
#include "tool/edge_values.h"
#include "tool/exit_status.h"

namespace nacre::tool {

namespace {

constexpr std::uint32_t divided_rows_max = 64;

class aggregate_test {
  public:
    aggregate_test(laboratory& place, const function::aggregate_function& callee)
        : _place(place), _callee(callee), _where(place.current()) {
        _report.signature = callee.signature().name;
    }

    status run(const case_block& block) {
        for (const auto& declared : block.cases) {
            const auto done = run(declared);
            if (!done) return unusable("line {}: {}", declared.line, done.error().message());
        }
        return {};
    }

    // Rows of nulls, of edge values, and none at all.
    void edges() {
        const auto& types = _callee.signature().argument_types;
        std::vector<value_row> rows{value_row(types.size())};
        for (std::size_t i = 0; i < 6; ++i) {
            auto& row = rows.emplace_back();
            for (const auto& type : types) {
                const auto values = edge_values(*type);
                row.emplace_back(values[i % values.size()]);
            }
        }
        survive({}, "no rows");
        survive({rows.front()}, "a row of nulls");
        survive(rows, "edge values");
    }

    void laws() {
        const auto parts = function::parts_of(_callee);
        if (!parts || !parts->reduce) {
            _report.notes.emplace_back("no REDUCEFUNC: it is folded by one shard at a time");
            return;
        }
        constexpr std::chrono::seconds allowed(5);
        const auto until = std::make_shared<runtime::cancellation>(allowed);
        const auto broken = runtime::run_blocking(
            _place.shard(), [&] { return function::find_broken_merge_laws(*parts, until); });
        for (const auto& law : broken) _report.failures.push_back("breaks the law of " + law);
        if (broken.empty()) _report.others += 3;
    }

    test_report report() { return std::move(_report); }

  private:
    [[nodiscard]] const types::type_ptr& returned() const {
        return _callee.signature().return_type;
    }

    status run(const test_case& declared) {
        const auto& types = _callee.signature().argument_types;
        if (!declared.is_of_rows)
            return unusable("rows of an aggregate stand in brackets, [(1), (2)]");
        std::vector<value_row> rows;
        for (const auto& literals : declared.rows) {
            if (literals.size() != types.size()) {
                return unusable("{} arguments instead of {}", literals.size(), types.size());
            }
            auto& row = rows.emplace_back();
            for (std::size_t i = 0; i < literals.size(); ++i) {
                NACRE_TRY(auto value, value_of_literal(*_where, _place.keyspace(), literals[i],
                                                       types[i], "an argument"));
                row.push_back(std::move(value));
            }
        }
        const auto where = fmt::format("line {}", declared.line);
        if (declared.failure) {
            const auto got = aggregate_rows(_place, _callee, rows, {}, merge_order::from_left);
            _report.expect(!got && got.error().message().contains(*declared.failure), _report.cases,
                           where + ": it does not fail so");
            return {};
        }
        NACRE_TRY(const auto expected,
                  value_of_literal(*_where, _place.keyspace(), declared.expected, returned(),
                                   "the result"));
        if (compare(where, rows, {}, merge_order::from_left, expected, _report.cases)) {
            pieces(where, rows, expected);
        }
        return {};
    }

    bool compare(const std::string& where, const std::vector<value_row>& rows,
                 const std::vector<std::uint32_t>& borders, merge_order order,
                 const optional_bytes& expected, std::uint32_t& counter) {
        const auto got = aggregate_rows(_place, _callee, rows, borders, order);
        const auto how = borders.empty()
                             ? ""
                             : fmt::format(", in pieces before rows {} merged from the {}",
                                           fmt::join(borders, ", "),
                                           order == merge_order::from_left ? "left" : "right");
        if (!got) {
            _report.failures.push_back(fmt::format("{}{}: {}", where, how, got.error().message()));
            return false;
        }
        const bool is_same =
            same_value(*returned(), *got, expected) ||
            (!borders.empty() && function::nearly_equal(*returned(), *got, expected));
        _report.expect(
            is_same, counter,
            fmt::format("{}{}: it is {} instead of {}", where, how, shown_value(*returned(), *got),
                        shown_value(*returned(), expected)));
        return is_same;
    }

    void pieces(const std::string& where, const std::vector<value_row>& rows,
                const optional_bytes& expected) {
        if (!_callee.can_merge()) return;
        const auto size = static_cast<std::uint32_t>(rows.size());
        for (std::uint32_t border = 0; border <= std::min(size, divided_rows_max); ++border) {
            if (!compare(where, rows, {border}, merge_order::from_left, expected, _report.others)) {
                return;
            }
        }
        if (size < 3 || size > divided_rows_max) return;
        std::vector<std::uint32_t> single(size - 1);
        std::iota(single.begin(), single.end(), 1U);
        compare(where, rows, single, merge_order::from_left, expected, _report.others);
        compare(where, rows, single, merge_order::from_right, expected, _report.others);
    }

    void survive(const std::vector<value_row>& rows, std::string_view what) {
        const auto got = aggregate_rows(_place, _callee, rows, {}, merge_order::from_left);
        _report.expect(got.ok(), _report.others,
                       got ? "" : fmt::format("{}: {}", what, got.error().message()));
    }

    laboratory& _place;
    const function::aggregate_function& _callee;
    catalog::published_ptr _where;
    test_report _report;
};

}  // namespace

result<test_report> test_aggregate(laboratory& place, const function::aggregate_function& callee,
                                   const std::vector<const case_block*>& blocks, bool tries_edges) {
    aggregate_test test(place, callee);
    for (const auto* block : blocks) {
        NACRE_CHECK(test.run(*block));
        tries_edges = tries_edges && block->tries_edges;
    }
    test.laws();
    if (tries_edges) test.edges();
    return test.report();
}

}  // namespace nacre::tool
