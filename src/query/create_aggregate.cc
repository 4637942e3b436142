#include "query/create_aggregate.h"

#include <algorithm>

#include "catalog/aggregate_options.h"
#include "catalog/constant.h"
#include "catalog/resolve_type.h"
#include "cql/parse.h"
#include "function/merge_laws.h"
#include "function/user_aggregate.h"
#include "query/access.h"
#include "query/binder.h"
#include "query/expression.h"
#include "types/value.h"

namespace nacre::query {

namespace {

// The statement with its INITCOND as a literal. What is made of literals alone stays as it is, and
// so does what is for no type that is known: the catalog says what is wrong with it.
runtime::task<result<cql::create_aggregate_statement>> with_literal_initial_condition(
    const catalog::published& schema, const std::string& session_keyspace,
    const cql::create_aggregate_statement& statement, const query_options& options,
    const auth::principal* who) {
    auto evaluated = statement;
    if (!statement.initial_condition || catalog::is_constant(*statement.initial_condition)) {
        co_return evaluated;
    }
    const auto& name = statement.aggregate.keyspace;
    const auto keyspace = schema.schema->find_keyspace(name.empty() ? session_keyspace : name);
    if (!keyspace) co_return evaluated;
    const auto type =
        catalog::resolve_type(statement.state_type, keyspace->name, keyspace->user_types());
    if (!type) co_return evaluated;

    marker_table markers({});
    binder names(schema, keyspace->name, nullptr, markers);
    names.allow_columns(false);
    const auto state_type = types::type::freeze(*type);
    NACRE_CO_TRY(const auto bound,
                 names.bind_value(*statement.initial_condition, state_type, "(dummy)"));
    NACRE_CO_CHECK(check_access(who, requirements_of(markers.user_functions(), *schema.schema)));
    evaluation state(options);
    NACRE_CO_TRY(const auto value, co_await evaluate_single(*bound, state));
    NACRE_CO_TRY(evaluated.initial_condition,
                 cql::parse_expression(
                     value.is_null() ? "null" : types::to_cql_literal(*state_type, value.data)));
    co_return evaluated;
}

// The parts of the aggregate that a change has made.
function::aggregate_parts_ptr find_parts(const catalog::published& schema,
                                         const schema::change& made) {
    const auto* overloads = schema.functions->find(made.keyspace, made.name);
    if (overloads == nullptr) return nullptr;
    for (const auto& aggregate : overloads->aggregates) {
        const auto& types = aggregate->signature().argument_types;
        const bool is_it =
            std::ranges::equal(types, made.argument_types, {}, catalog::function_type_text);
        if (is_it) return function::parts_of(*aggregate);
    }
    return nullptr;
}

runtime::task<std::vector<std::string>> check_laws(function::aggregate_parts_ptr parts,
                                                   std::uint32_t ms_max) {
    const auto until = std::make_shared<runtime::cancellation>(std::chrono::milliseconds(ms_max));
    auto broken = co_await function::find_broken_merge_laws(*parts, until);
    const auto& aggregate = *parts->definition;
    const auto name =
        schema::describe_signature(aggregate.keyspace, aggregate.name, aggregate.argument_types);
    for (auto& law : broken) law = fmt::format("Aggregate {} breaks the law of {}", name, law);
    if (!broken.empty()) {
        broken.back() += fmt::format(
            ". Queries that fold rows in pieces and merge them may give other results than one "
            "fold "
            "(WITH {} = false silences this)",
            catalog::check_merge_laws_option);
    }
    co_return broken;
}

}  // namespace

runtime::task<result<catalog::ddl_outcome>> create_aggregate(
    catalog::catalog& schema, const cql::create_aggregate_statement& statement,
    const std::string& session_keyspace, const query_options& options,
    std::uint32_t law_check_ms_max, const aggregate_maker& maker) {
    // Kept, since others may publish the next one meanwhile.
    const auto current = schema.current();
    NACRE_CO_TRY(auto evaluated, co_await with_literal_initial_condition(
                                     *current, session_keyspace, statement, options, maker.who));
    const cql::statement tree(std::move(evaluated));
    NACRE_CO_TRY(auto outcome, co_await schema.execute(tree, session_keyspace, maker.companion));
    const bool is_checked = law_check_ms_max != 0 && statement.reduce_function &&
                            catalog::wants_law_check(statement.properties);
    if (!outcome.change || !is_checked) co_return outcome;
    if (auto parts = find_parts(*schema.current(), *outcome.change)) {
        outcome.warnings = co_await check_laws(std::move(parts), law_check_ms_max);
    }
    co_return outcome;
}

}  // namespace nacre::query
