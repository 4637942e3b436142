#include "tool/call.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "catalog/constant.h"
#include "cql/parse.h"
#include "cql/print.h"
#include "function/null_rule.h"
#include "tool/function_name.h"
#include "types/value.h"
#include "udf/readable_text.h"

namespace nacre::tool {

namespace {

template <typename Types>
bool has_types(const function::function_signature& signature, const Types& declared) {
    std::vector<std::string> wanted;
    for (const auto& type : declared) wanted.push_back(plain_type(cql::to_text(type)));
    return std::ranges::equal(signature.argument_types, wanted, {}, [](const auto& type) {
        return plain_type(type->to_cql_without_frozen());
    });
}

runtime::task<result<optional_bytes>> close_group(function::accumulator& last,
                                                  std::span<const data::column_vector* const> none,
                                                  const types::type_ptr& type) {
    constexpr std::uint32_t here = 0;
    NACRE_CO_CHECK(co_await last.fold({.arguments = none, .rows = {}}, std::span(&here, 1)));
    data::column_vector results(type);
    NACRE_CO_CHECK(co_await last.results(std::span(&here, 1), results));
    co_return results.serialised(0);
}

struct pieces {
    std::vector<std::unique_ptr<function::accumulator>> all;

    // Into the left one of two neighbours, until there is one.
    runtime::task<status> merge(merge_order order) {
        while (all.size() > 1) {
            const auto left = order == merge_order::from_left ? 0 : all.size() - 2;
            NACRE_CO_TRY(auto partial, co_await all[left + 1]->take_partial());
            NACRE_CO_CHECK(co_await all[left]->merge(std::move(partial)));
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(left) + 1);
        }
        co_return status();
    }
};

runtime::task<result<optional_bytes>> aggregate_here(const function::aggregate_function& callee,
                                                     const std::vector<value_row>& rows,
                                                     const std::vector<std::uint32_t>& borders,
                                                     merge_order order) {
    const auto columns = columns_of(callee.signature().argument_types, rows);
    const auto pointers = data::pointers_to(columns);
    auto ends = borders;
    ends.push_back(static_cast<std::uint32_t>(rows.size()));
    pieces made;
    std::uint32_t begin = 0;
    for (const auto end : ends) {
        NACRE_CO_TRY(auto piece, callee.make_accumulator(nullptr));
        const auto selected = data::rows_between(begin, end);
        NACRE_CO_CHECK(co_await piece->fold({.arguments = pointers, .rows = selected}, {}));
        made.all.push_back(std::move(piece));
        begin = end;
    }
    NACRE_CO_CHECK(co_await made.merge(order));
    co_return co_await close_group(*made.all.front(), pointers, callee.signature().return_type);
}

runtime::task<result<std::vector<optional_bytes>>> call_here(
    const function::scalar_function& callee, const std::vector<value_row>& rows) {
    const auto columns = columns_of(callee.signature.argument_types, rows);
    const auto pointers = data::pointers_to(columns);
    const auto selected = data::all_rows(static_cast<std::uint32_t>(rows.size()));
    NACRE_CO_TRY(const auto instance, callee.code->instantiate(nullptr));
    data::column_vector results(callee.signature.return_type);
    NACRE_CO_CHECK(co_await function::call_by_null_rule(
        callee, *instance, {.arguments = pointers, .rows = selected, .result = results}));
    std::vector<optional_bytes> values;
    for (std::uint32_t row = 0; row < results.size(); ++row) {
        values.push_back(results.serialised(row));
    }
    co_return values;
}

}  // namespace

std::vector<data::column_vector> columns_of(const std::vector<types::type_ptr>& types,
                                            const std::vector<value_row>& rows) {
    std::vector<data::column_vector> columns;
    for (std::size_t i = 0; i < types.size(); ++i) {
        auto& column = columns.emplace_back(types[i]);
        for (const auto& row : rows) column.append(row[i]);
    }
    return columns;
}

function::scalar_function_ptr find_function(const catalog::published& where,
                                            const std::string& keyspace,
                                            const declared_function& declared) {
    const auto* overloads = where.functions->find(keyspace, declared.name());
    if (overloads == nullptr) return nullptr;
    std::vector<cql::type_name> types;
    for (const auto& argument : declared.tree.arguments) types.push_back(argument.type);
    for (const auto& scalar : overloads->scalars) {
        if (has_types(scalar->signature, types)) return scalar;
    }
    return nullptr;
}

function::aggregate_function_ptr find_aggregate(const catalog::published& where,
                                                const std::string& keyspace,
                                                const package::aggregate& declared) {
    const auto* overloads = where.functions->find(keyspace, declared.tree.aggregate.name);
    if (overloads == nullptr) return nullptr;
    for (const auto& aggregate : overloads->aggregates) {
        if (has_types(aggregate->signature(), declared.tree.argument_types)) return aggregate;
    }
    return nullptr;
}

result<std::vector<optional_bytes>> call_batch(laboratory& place,
                                               const function::scalar_function& callee,
                                               const std::vector<value_row>& rows) {
    return runtime::run_blocking(place.shard(), [&] { return call_here(callee, rows); });
}

result<optional_bytes> aggregate_rows(laboratory& place, const function::aggregate_function& callee,
                                      const std::vector<value_row>& rows,
                                      const std::vector<std::uint32_t>& borders,
                                      merge_order order) {
    return runtime::run_blocking(place.shard(),
                                 [&] { return aggregate_here(callee, rows, borders, order); });
}

result<optional_bytes> value_of_literal(const catalog::published& where,
                                        const std::string& keyspace, std::string_view literal,
                                        const types::type_ptr& type, std::string_view what) {
    NACRE_TRY(const auto tree, cql::parse_expression(literal));
    if (!catalog::is_constant(tree)) return invalid("{} is no literal", literal);
    return catalog::constant_value(tree, type, what,
                                   {.schema = where.schema.get(), .keyspace = keyspace});
}

result<optional_bytes> cell_value(const catalog::published& where, const std::string& keyspace,
                                  const std::optional<std::string>& cell,
                                  const types::type_ptr& type) {
    using types::type_kind;
    if (!cell) return std::nullopt;
    const auto kind = type->kind();
    if (kind == type_kind::text || kind == type_kind::ascii) return optional_bytes(*cell);
    if (!type->parameters().empty() || kind == type_kind::blob) {
        return value_of_literal(where, keyspace, *cell, type, "a cell");
    }
    NACRE_TRY(auto value, types::from_text(*type, *cell));
    return optional_bytes(std::move(value));
}

std::string shown_value(const types::type& type, const optional_bytes& value) {
    constexpr std::size_t characters_max = 80;
    if (!value) return "null";
    auto text = types::to_cql_literal(type, *value);
    if (text.size() > characters_max) {
        text = fmt::format("{}… ({} bytes)", udf::readable(text, 40), value->size());
    }
    return udf::readable(text, text.size());
}

std::string shown_row(const std::vector<types::type_ptr>& types, const value_row& row) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < row.size(); ++i) values.push_back(shown_value(*types[i], row[i]));
    return fmt::format("({})", fmt::join(values, ", "));
}

bool same_value(const types::type& type, const optional_bytes& left, const optional_bytes& right) {
    if (left == right) return true;
    if (!left || !right) return false;
    return types::to_cql_literal(type, *left) == types::to_cql_literal(type, *right);
}

}  // namespace nacre::tool
