#include "function/merge_laws.h"

#include <algorithm>
#include <cmath>

#include "function/null_rule.h"
#include "function/sample_values.h"
#include "types/value.h"

namespace nacre::function {

namespace {

using types::type_kind;

constexpr std::uint32_t sample_rows = 6;
constexpr std::size_t shown_characters_max = 60;

bool nearly_equal_numbers(double left, double right, double tolerance) {
    if (left == right || (std::isnan(left) && std::isnan(right))) return true;
    return std::abs(left - right) <= tolerance * std::max(std::abs(left), std::abs(right));
}

bool nearly_equal_parts(const types::type& t, const std::vector<std::optional<bytes_view>>& left,
                        const std::vector<std::optional<bytes_view>>& right) {
    if (left.size() != right.size()) return false;
    const bool has_fields = t.kind() == type_kind::tuple || t.kind() == type_kind::user;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto of = has_fields ? i : i % t.parameters().size();
        const auto own = [](const std::optional<bytes_view>& part) {
            return part ? optional_bytes(bytes(*part)) : optional_bytes();
        };
        if (!nearly_equal(*t.parameters()[of], own(left[i]), own(right[i]))) return false;
    }
    return true;
}

/// Folds samples and merges their states, by the functions themselves.
class law_check {
  public:
    law_check(const aggregate_parts& parts, const runtime::cancellation_ptr& until)
        : _parts(parts), _state(parts.state, until), _reduce(parts.reduce, until) {
        if (parts.last) _last.emplace(parts.last, until);
        for (const auto& type : parts.definition->argument_types) {
            const auto samples = sample_values(*type);
            auto& column = _arguments.emplace_back(type);
            for (std::uint32_t row = 0; row < sample_rows; ++row) {
                // Arguments of one type differ within a row, too.
                column.append(samples[(row + _arguments.size() - 1) % samples.size()]);
            }
        }
    }

    runtime::task<status> run(std::vector<std::string>& broken) {
        NACRE_CO_CHECK(co_await identity(broken));
        NACRE_CO_CHECK(co_await associativity(broken));
        co_return co_await split(broken);
    }

  private:
    [[nodiscard]] const optional_bytes& initial() const {
        return _parts.definition->initial_condition;
    }
    [[nodiscard]] const types::type& state_type() const { return *_parts.definition->state_type; }

    // The state of the sample rows from `begin` to `end`.
    runtime::task<result<optional_bytes>> fold(std::uint32_t begin, std::uint32_t end) {
        NACRE_CO_TRY(auto* folder, _state.get());
        NACRE_CO_CHECK(co_await folder->set_state(initial()));
        const auto columns = data::pointers_to(_arguments);
        const auto rows = data::rows_between(begin, end);
        if (!skips_nulls(*_parts.state) || initial()) {
            NACRE_CO_CHECK(co_await folder->fold({.arguments = columns, .rows = rows}));
        }
        co_return co_await folder->state();
    }

    runtime::task<result<optional_bytes>> call(part_instance& part,
                                               const std::vector<optional_bytes>& arguments) {
        std::vector<data::column_vector> columns;
        for (const auto& argument : arguments) {
            columns.emplace_back(_parts.definition->state_type).append(argument);
        }
        const auto pointers = data::pointers_to(columns);
        constexpr std::uint32_t only_row = 0;
        data::column_vector out(part.function().signature.return_type);
        NACRE_CO_TRY(auto* callee, part.get());
        NACRE_CO_CHECK(co_await call_by_null_rule(
            part.function(), *callee,
            {.arguments = pointers, .rows = std::span(&only_row, 1), .result = out}));
        co_return out.serialised(0);
    }
    runtime::task<result<optional_bytes>> reduce(const optional_bytes& left,
                                                 const optional_bytes& right) {
        co_return co_await call(_reduce, {left, right});
    }

    runtime::task<result<bool>> are_equal(const optional_bytes& left, const optional_bytes& right) {
        if (nearly_equal(state_type(), left, right)) co_return true;
        if (!_last) co_return false;
        NACRE_CO_TRY(const auto one, co_await call(*_last, {left}));
        NACRE_CO_TRY(const auto other, co_await call(*_last, {right}));
        co_return nearly_equal(*_parts.last->signature.return_type, one, other);
    }

    runtime::task<status> identity(std::vector<std::string>& broken) {
        for (std::uint32_t end = 1; end <= sample_rows; ++end) {
            NACRE_CO_TRY(const auto state, co_await fold(0, end));
            NACRE_CO_TRY(const auto left, co_await reduce(initial(), state));
            NACRE_CO_TRY(const auto right, co_await reduce(state, initial()));
            NACRE_CO_TRY(const bool left_holds, co_await are_equal(left, state));
            NACRE_CO_TRY(const bool right_holds, co_await are_equal(right, state));
            if (left_holds && right_holds) continue;
            broken.push_back(
                fmt::format("identity, {0}({1}) = s: of s = {2}, the state of {3}, it makes {4}",
                            name(), left_holds ? "s, INITCOND" : "INITCOND, s", shown(state),
                            rows(0, end), shown(left_holds ? right : left)));
            break;
        }
        co_return status();
    }

    runtime::task<status> associativity(std::vector<std::string>& broken) {
        const std::uint32_t borders[][4] = {{0, 1, 2, 3}, {0, 2, 3, 6}, {1, 3, 4, 5}};
        for (const auto& [first, second, third, end] : borders) {
            NACRE_CO_TRY(const auto a, co_await fold(first, second));
            NACRE_CO_TRY(const auto b, co_await fold(second, third));
            NACRE_CO_TRY(const auto c, co_await fold(third, end));
            NACRE_CO_TRY(const auto ab, co_await reduce(a, b));
            NACRE_CO_TRY(const auto left, co_await reduce(ab, c));
            NACRE_CO_TRY(const auto bc, co_await reduce(b, c));
            NACRE_CO_TRY(const auto right, co_await reduce(a, bc));
            NACRE_CO_TRY(const bool holds, co_await are_equal(left, right));
            if (holds) continue;
            broken.push_back(fmt::format(
                "associativity, {0}({0}(a, b), c) = {0}(a, {0}(b, c)): of a = {1}, b = {2}, c = "
                "{3}, the states of {4}, {5} and {6}, the one makes {7}, the other {8}",
                name(), shown(a), shown(b), shown(c), rows(first, second), rows(second, third),
                rows(third, end), shown(left), shown(right)));
            break;
        }
        co_return status();
    }

    runtime::task<status> split(std::vector<std::string>& broken) {
        for (std::uint32_t end = 2; end <= sample_rows; ++end) {
            const auto middle = end / 2;
            NACRE_CO_TRY(const auto whole, co_await fold(0, end));
            NACRE_CO_TRY(const auto first, co_await fold(0, middle));
            NACRE_CO_TRY(const auto second, co_await fold(middle, end));
            NACRE_CO_TRY(const auto merged, co_await reduce(first, second));
            NACRE_CO_TRY(const bool holds, co_await are_equal(whole, merged));
            if (holds) continue;
            broken.push_back(fmt::format(
                "split, {0}(fold of some rows, fold of the rest) = fold of all: of {1} and {2}, "
                "the states of {3} and {4}, it makes {5}, and the state of all of them is {6}",
                name(), shown(first), shown(second), rows(0, middle), rows(middle, end),
                shown(merged), shown(whole)));
            break;
        }
        co_return status();
    }

    // For the sentences.
    [[nodiscard]] const std::string& name() const { return _parts.reduce->signature.name; }
    [[nodiscard]] std::string shown(const optional_bytes& state) const {
        return shown(state_type(), state);
    }
    [[nodiscard]] static std::string shown(const types::type& t, const optional_bytes& value) {
        if (!value) return "null";
        auto text = types::to_cql_literal(t, *value);
        if (text.size() > shown_characters_max) {
            return fmt::format("a value of {} bytes", value->size());
        }
        return text;
    }
    [[nodiscard]] std::string rows(std::uint32_t begin, std::uint32_t end) const {
        std::string text = "[";
        for (auto row = begin; row < end; ++row) {
            if (row != begin) text += ", ";
            text += "(";
            for (std::size_t i = 0; i < _arguments.size(); ++i) {
                if (i != 0) text += ", ";
                text += shown(*_arguments[i].type(), _arguments[i].serialised(row));
            }
            text += ")";
        }
        return text + "]";
    }

    const aggregate_parts& _parts;
    part_instance _state;
    part_instance _reduce;
    std::optional<part_instance> _last;
    std::vector<data::column_vector> _arguments;
};

}  // namespace

bool nearly_equal(const types::type& t, const optional_bytes& left, const optional_bytes& right) {
    if (!left || !right) return left.has_value() == right.has_value();
    if (*left == *right) return true;
    if (left->empty() || right->empty()) return false;
    switch (t.kind()) {
        case type_kind::float_:
            return nearly_equal_numbers(types::load_float(*left), types::load_float(*right), 1e-5);
        case type_kind::double_:
            return nearly_equal_numbers(types::load_double(*left), types::load_double(*right),
                                        1e-9);
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::vector: {
            const auto one = types::split_collection(t, *left);
            const auto other = types::split_collection(t, *right);
            return one && other && nearly_equal_parts(t, *one, *other);
        }
        case type_kind::tuple:
        case type_kind::user: {
            const auto one = types::split_fields(t, *left);
            const auto other = types::split_fields(t, *right);
            return one && other && nearly_equal_parts(t, *one, *other);
        }
        default:
            return types::compare(t, *left, *right) == std::strong_ordering::equal;
    }
}

runtime::task<std::vector<std::string>> find_broken_merge_laws(const aggregate_parts& parts,
                                                               runtime::cancellation_ptr until) {
    std::vector<std::string> broken;
    if (!parts.reduce) co_return broken;
    law_check check(parts, until);
    const auto done = co_await check.run(broken);
    (void)done;  // what was found before a failure stands
    co_return broken;
}

}  // namespace nacre::function
