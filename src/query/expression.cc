#include "query/expression.h"

#include <algorithm>

#include "function/in_turns.h"
#include "function/null_rule.h"
#include "types/ordered_collection.h"
#include "types/value.h"

namespace nacre::query {

namespace {

std::unique_ptr<data::column_vector> make_column(const types::type_ptr& type) {
    return std::make_unique<data::column_vector>(type);
}

operand repeat(const types::type_ptr& type, const optional_bytes& value, std::uint32_t rows) {
    auto column = make_column(type);
    column->reserve(rows);
    for (std::uint32_t row = 0; row < rows; ++row) column->append(value);
    return operand(std::move(column));
}

bool all_row_independent(const std::vector<expression_ptr>& parts) {
    return std::ranges::all_of(
        parts, [](const expression_ptr& part) { return !part || part->is_row_independent(); });
}

bool all_constant(const std::vector<expression_ptr>& parts) {
    return std::ranges::all_of(
        parts, [](const expression_ptr& part) { return !part || part->is_constant(); });
}

// A function must not see the empty value of, say, an int: Cassandra shows it as null.
operand without_empty_values(operand argument) {
    const auto& column = argument.column();
    bool any = false;
    for (std::uint32_t row = 0; row < column.size() && !any; ++row) {
        any = column.is_empty_value(row);
    }
    if (!any) return argument;
    auto copy = make_column(column.type());
    for (std::uint32_t row = 0; row < column.size(); ++row) {
        column.is_empty_value(row) ? copy->append_null() : copy->append_from(column, row);
    }
    return operand(std::move(copy));
}

runtime::task<result<std::vector<operand>>> evaluate_all(const std::vector<expression_ptr>& nodes,
                                                         evaluation& state,
                                                         const data::row_batch& batch) {
    std::vector<operand> operands;
    operands.reserve(nodes.size());
    for (const auto& node : nodes) {
        NACRE_CO_TRY(auto value, co_await node->evaluate(state, batch));
        operands.push_back(std::move(value));
    }
    co_return operands;
}

}  // namespace

result<function::instance*> evaluation::instance_of(const expression& node,
                                                    const function::scalar_function& callee) {
    auto& held = _instances[&node];
    if (!held) {
        NACRE_TRY(held, callee.code->instantiate(_until));
    }
    return held.get();
}

runtime::task<result<operand>> slot_expression::evaluate(evaluation&,
                                                         const data::row_batch& batch) const {
    co_return operand(batch.columns[_slot]);
}

runtime::task<result<operand>> constant_expression::evaluate(evaluation&,
                                                             const data::row_batch& batch) const {
    co_return repeat(type(), _value, batch.row_count);
}

runtime::task<result<operand>> marker_expression::evaluate(evaluation& state,
                                                           const data::row_batch& batch) const {
    const auto& bound = state.value(_index);
    optional_bytes value;
    if (bound.what == bound_value::kind::value) {
        NACRE_CO_CHECK(types::validate(*type(), bound.data));
        NACRE_CO_TRY(value, types::canonical(*type(), bound.data));
    }
    co_return repeat(type(), value, batch.row_count);
}

bool call_expression::is_row_independent() const {
    return all_row_independent(_arguments);
}

bool call_expression::has_constant_value() const {
    return _callee->is_pure && all_constant(_arguments);
}

// A constant call is made for the first row that wants it, and its value kept for the others: a
// call for no row at all could fail where none was to be made.
runtime::task<result<operand>> call_expression::evaluate(evaluation& state,
                                                         const data::row_batch& batch) const {
    if (!_is_constant || batch.row_count == 0) co_return co_await call(state, batch);
    const auto* known = state.known_value(*this);
    if (known == nullptr) {
        data::row_batch one_row;
        one_row.row_count = 1;
        NACRE_CO_TRY(const auto value, co_await call(state, one_row));
        state.remember(*this, value.column().serialised(0));
        known = state.known_value(*this);
    }
    co_return repeat(type(), *known, batch.row_count);
}

runtime::task<result<operand>> call_expression::call(evaluation& state,
                                                     const data::row_batch& batch) const {
    for (const auto& argument : _arguments) {
        const auto* marker = dynamic_cast<const marker_expression*>(argument.get());
        if (marker != nullptr && state.value(marker->index()).what == bound_value::kind::unset) {
            co_return invalid("Invalid unset value for argument in call to function {}",
                              _callee->signature.name);
        }
    }
    NACRE_CO_TRY(auto operands, co_await evaluate_all(_arguments, state, batch));
    std::vector<const data::column_vector*> arguments;
    for (auto& each : operands) {
        if (!_callee->is_native) each = without_empty_values(std::move(each));
        arguments.push_back(&each.column());
    }
    NACRE_CO_TRY(auto* callee, state.instance_of(*this, *_callee));

    const auto rows = data::all_rows(batch.row_count);
    auto called = make_column(type());
    NACRE_CO_CHECK(co_await function::call_by_null_rule(
        *_callee, *callee, {.arguments = arguments, .rows = rows, .result = *called}));
    co_return operand(std::move(called));
}

bool compound_expression::is_row_independent() const {
    return all_row_independent(_parts);
}

bool compound_expression::is_constant() const {
    return all_constant(_parts);
}

result<optional_bytes> compound_expression::assemble(std::vector<optional_bytes> parts) const {
    using types::type_kind;
    const auto kind = type()->kind();
    if (kind == type_kind::tuple || kind == type_kind::user) {
        return optional_bytes(types::join_fields(parts));
    }
    for (const auto& part : parts) {
        if (!part) return invalid("null is not supported inside collections");
    }
    if (kind == type_kind::vector) {
        std::vector<bytes> elements;
        for (auto& part : parts) elements.push_back(std::move(*part));
        return optional_bytes(types::join_vector(*type(), elements));
    }
    if (kind == type_kind::list) return optional_bytes(types::join_list(parts));
    if (kind == type_kind::set) {
        return optional_bytes(types::make_set(*type()->element(), std::move(parts)));
    }
    std::vector<std::pair<bytes, bytes>> entries;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        entries.emplace_back(std::move(*parts[i]), std::move(*parts[i + 1]));
    }
    return optional_bytes(types::make_map(*type()->key(), std::move(entries)));
}

runtime::task<result<operand>> compound_expression::evaluate(evaluation& state,
                                                             const data::row_batch& batch) const {
    std::vector<std::optional<operand>> parts;
    for (const auto& part : _parts) {
        if (!part) {
            parts.emplace_back();
            continue;
        }
        NACRE_CO_TRY(auto value, co_await part->evaluate(state, batch));
        parts.emplace_back(std::move(value));
    }
    std::vector<const data::column_vector*> read;
    for (const auto& part : parts) {
        if (part) read.push_back(&part->column());
    }
    auto column = make_column(type());
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            std::vector<optional_bytes> values;
            for (const auto& part : parts) {
                values.push_back(part ? part->column().serialised(row) : std::nullopt);
            }
            NACRE_TRY(const auto whole, assemble(std::move(values)));
            column->append(whole);
            return {};
        }));
    co_return operand(std::move(column));
}

runtime::task<result<operand>> field_expression::evaluate(evaluation& state,
                                                          const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto whole, co_await _whole->evaluate(state, batch));
    auto column = make_column(type());
    const data::column_vector* const read[] = {&whole.column()};
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            if (whole.column().is_null(row)) {
                column->append_null();
                return {};
            }
            NACRE_TRY(const auto fields,
                      types::split_fields(*_whole->type(), whole.column().view(row)));
            column->append(fields[_field]);
            return {};
        }));
    co_return operand(std::move(column));
}

runtime::task<result<operand>> element_expression::evaluate(evaluation& state,
                                                            const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto whole, co_await _whole->evaluate(state, batch));
    NACRE_CO_TRY(const auto key, co_await _key->evaluate(state, batch));
    const auto& whole_type = *_whole->type();
    const bool is_map = whole_type.kind() == types::type_kind::map;
    auto column = make_column(type());
    const data::column_vector* const read[] = {&whole.column(), &key.column()};
    NACRE_CO_CHECK(
        co_await function::each_in_turn(read, batch.row_count, [&](std::uint32_t row) -> status {
            const auto wanted = key.column().serialised(row);
            if (!wanted || whole.column().is_null(row)) {
                column->append_null();
                return {};
            }
            NACRE_TRY(const auto parts,
                      types::split_collection(whole_type, whole.column().view(row)));
            std::optional<bytes_view> found;
            for (std::size_t i = 0; i < parts.size(); i += is_map ? 2 : 1) {
                if (types::compare(*whole_type.element(), *parts[i], *wanted) == 0) {
                    found = is_map ? parts[i + 1] : parts[i];
                    break;
                }
            }
            column->append(found);
            return {};
        }));
    co_return operand(std::move(column));
}

bool operator_expression::is_row_independent() const {
    return all_row_independent(_operands);
}

bool operator_expression::is_constant() const {
    return all_constant(_operands);
}

runtime::task<result<operand>> operator_expression::evaluate(evaluation& state,
                                                             const data::row_batch& batch) const {
    NACRE_CO_TRY(const auto operands, co_await evaluate_all(_operands, state, batch));
    std::vector<const data::column_vector*> columns;
    for (const auto& each : operands) columns.push_back(&each.column());
    auto column = make_column(type());
    const auto rows = data::all_rows(batch.row_count);
    column->reserve(batch.row_count);
    NACRE_CO_CHECK(co_await function::in_turns(
        columns, rows,
        [&](std::span<const std::uint32_t> some) { return _work(columns, some, *column); }));
    co_return operand(std::move(column));
}

runtime::task<result<single_value>> evaluate_single(const expression& node, evaluation& state) {
    if (const auto* marker = dynamic_cast<const marker_expression*>(&node)) {
        const auto& bound = state.value(marker->index());
        if (bound.what != bound_value::kind::value) co_return single_value{bound.what, {}};
        NACRE_CO_CHECK(types::validate(*node.type(), bound.data));
        NACRE_CO_TRY(auto value, types::canonical(*node.type(), bound.data));
        co_return single_value{bound.what, std::move(value)};
    }
    if (const auto* constant = dynamic_cast<const constant_expression*>(&node)) {
        if (!constant->value()) co_return single_value{};
        co_return single_value{bound_value::kind::value, *constant->value()};
    }
    data::row_batch one_row;
    one_row.row_count = 1;
    NACRE_CO_TRY(const auto value, co_await node.evaluate(state, one_row));
    auto serialised = value.column().serialised(0);
    if (!serialised) co_return single_value{};
    co_return single_value{bound_value::kind::value, std::move(*serialised)};
}

}  // namespace nacre::query
