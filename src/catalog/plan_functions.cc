#include <algorithm>
#include <set>

#include "catalog/aggregate_options.h"
#include "catalog/constant.h"
#include "catalog/function_options.h"
#include "catalog/keyspace_options.h"
#include "catalog/resolve_type.h"
#include "catalog/schema_change.h"
#include "cql/print.h"

namespace nacre::catalog {

namespace {

using kind = schema::change::kind;
using target = schema::change::target;
using schema::same_arguments;
using types::type;
using types::type_ptr;

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

status check_directives(bool or_replace, bool if_not_exists) {
    if (!or_replace || !if_not_exists) return {};
    return invalid("Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives");
}

/// Functions take values, so that frozen says nothing about them; tuples may say it all the same.
status check_thawed(std::string_view what, const cql::type_name& name) {
    if (!name.frozen || name.name == "tuple") return {};
    const auto text = cql::to_text(name);
    return invalid("{} '{}' cannot be frozen; remove frozen<> modifier from '{}'", what, text,
                   text);
}

result<type_ptr> function_type(const cql::type_name& name, const schema::keyspace& keyspace) {
    NACRE_TRY(auto resolved, resolve_type(name, keyspace.name, keyspace.user_types()));
    return type::freeze(resolved);
}

result<std::vector<type_ptr>> argument_types(const std::vector<cql::type_name>& names,
                                             const schema::keyspace& keyspace) {
    std::vector<type_ptr> types;
    for (const auto& name : names) {
        NACRE_CHECK(check_thawed("Argument", name));
        NACRE_TRY(auto resolved, function_type(name, keyspace));
        types.push_back(std::move(resolved));
    }
    return types;
}

std::vector<std::string> texts_of(const std::vector<type_ptr>& types) {
    std::vector<std::string> texts;
    for (const auto& t : types) texts.push_back(function_type_text(t));
    return texts;
}

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// Aggregates of the keyspace that are made of this function.
std::vector<std::string> aggregates_using(const schema::keyspace& keyspace,
                                          const schema::function_definition& function) {
    std::vector<std::string> users;
    for (const auto& name : keyspace.aggregates_of(function.name)) {
        const auto& overloads = *keyspace.aggregates().find(name);
        const bool uses = std::ranges::any_of(overloads, [&](const auto& aggregate) {
            const auto& state = aggregate->state_type;
            const auto is = [&](const std::optional<std::string>& part,
                                const std::vector<type_ptr>& arguments) {
                return part == function.name && same_arguments(arguments, function.argument_types);
            };
            return is(aggregate->state_function, state_arguments(*aggregate)) ||
                   is(aggregate->reduce_function, {state, state}) ||
                   is(aggregate->final_function, {state});
        });
        if (uses) users.push_back(keyspace.name + "." + name);
    }
    return users;
}

status check_replaced(const schema::function_definition& existing,
                      const schema::function_definition& wanted) {
    if (wanted.on_null != existing.on_null) {
        return invalid("Function '{}' must have {} directive", wanted.name,
                       wanted.on_null == schema::null_input::called ? "CALLED ON NULL INPUT"
                                                                    : "RETURNS NULL ON NULL INPUT");
    }
    if (!wanted.return_type->same_values(*existing.return_type)) {
        return invalid(
            "Cannot replace function '{}', the new return type {} is not compatible "
            "with the return type {} of existing function",
            wanted.name, function_type_text(wanted.return_type),
            function_type_text(existing.return_type));
    }
    return {};
}

status check_argument_names(const cql::create_function_statement& statement) {
    std::set<std::string_view> distinct;
    std::vector<std::string> names;
    for (const auto& argument : statement.arguments) {
        names.push_back(argument.name);
        distinct.insert(argument.name);
    }
    if (distinct.size() == names.size()) return {};
    return invalid("Duplicate argument names for given function {} with argument names [{}]",
                   statement.function.name, joined(names));
}

}  // namespace

status check_argument_sizes(const schema::function_definition& function) {
    std::uint64_t parts = function.return_type->part_count();
    for (const auto& type : function.argument_types) parts += type->part_count();
    return check_size("Function " + function.name, parts);
}

namespace {

result<schema::function_definition> define_function(const cql::create_function_statement& statement,
                                                    const schema::keyspace& keyspace) {
    schema::function_definition made;
    made.keyspace = keyspace.name;
    made.name = statement.function.name;
    for (const auto& argument : statement.arguments) {
        made.argument_names.push_back(argument.name);
        NACRE_TRY(auto resolved, function_type(argument.type, keyspace));
        made.argument_types.push_back(std::move(resolved));
    }
    NACRE_TRY(made.return_type, function_type(statement.return_type, keyspace));
    NACRE_CHECK(check_argument_sizes(made));
    made.is_deterministic = statement.deterministic;
    made.is_monotonic = statement.monotonic;
    made.monotonic_on = statement.monotonic_on;
    if (made.monotonic_on &&
        std::ranges::find(made.argument_names, *made.monotonic_on) == made.argument_names.end()) {
        return invalid("MONOTONIC ON names '{}', which is no argument of function {}",
                       *made.monotonic_on, made.name);
    }
    NACRE_TRY(made.options, read_function_options(statement.properties));
    made.on_null = statement.called_on_null_input ? schema::null_input::called
                                                  : schema::null_input::returns_null;
    made.language = statement.language;
    for (auto& c : made.language) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    made.version = uuid::random();
    return made;
}

/// The function's source: that of the statement, or the one of the keyspace that it names.
status give_source(schema::function_definition& made, const function_source& source,
                   const schema::keyspace& keyspace) {
    made.source_digest = source.digest;
    if (source.text && source.text->size() <= own_source_bytes_max) {
        made.body = *source.text;
        return {};
    }
    made.body = source.digest;
    made.shared_source = source.text;
    if (const auto other = keyspace.find_by_source(source.digest)) {
        if (other->shared_source) {
            made.shared_source = other->shared_source;
        } else if (!made.shared_source && !is_source_digest(other->body)) {
            made.shared_source = std::make_shared<const std::string>(other->body);
        }
    }
    if (made.shared_source) return {};
    return invalid("No function of keyspace '{}' has the source {}", keyspace.name, source.digest);
}

/// Whether two types are made of the same, down to the fields of user types, which may change under
/// their name.
bool is_same(const type_ptr& left, const type_ptr& right) {
    if (left == right) return true;
    return left->kind() == right->kind() && left->to_cql() == right->to_cql() &&
           (left->kind() != types::type_kind::user ||
            left->field_names() == right->field_names()) &&
           std::ranges::equal(left->parameters(), right->parameters(), is_same);
}

/// Whether two definitions are the same but for their version.
bool same_declaration(const schema::function_definition& left,
                      const schema::function_definition& right) {
    return left.keyspace == right.keyspace && left.name == right.name &&
           left.argument_names == right.argument_names &&
           std::ranges::equal(left.argument_types, right.argument_types, is_same) &&
           is_same(left.return_type, right.return_type) && left.on_null == right.on_null &&
           left.language == right.language && left.body == right.body &&
           left.shared_source == right.shared_source && left.source_digest == right.source_digest &&
           left.is_deterministic == right.is_deterministic &&
           left.is_monotonic == right.is_monotonic && left.monotonic_on == right.monotonic_on &&
           left.options == right.options;
}

std::uint64_t count_functions(const schema::snapshot& schema) {
    std::uint64_t count = 0;
    for (const auto& [keyspace_name, keyspace] : schema.keyspaces) {
        count += keyspace->function_count();
    }
    return count;
}

/// A part function by its arguments, which must be a scalar function of the keyspace.
result<schema::function_ptr> find_part(const schema::keyspace& keyspace, std::string_view role,
                                       const std::string& name,
                                       const std::vector<type_ptr>& arguments) {
    if (auto found = find_function(keyspace, name, arguments)) return found;
    const auto shown = schema::describe_signature(keyspace.name, name, arguments);
    if (find_aggregate(keyspace, name, arguments)) {
        return invalid("{} {} isn't a scalar function", role, shown);
    }
    if (role == "Reduce function") {
        return invalid("Scalar reduce function {} for state type {} not found.", name,
                       function_type_text(arguments[0]));
    }
    return invalid("{} {} doesn't exist", role, shown);
}

/// Checks the part functions, and gives the aggregate its return type and initial condition.
status complete(schema::aggregate_definition& made,
                const cql::create_aggregate_statement& statement, const schema::keyspace& keyspace,
                const change_environment& environment) {
    NACRE_TRY(const auto state,
              find_part(keyspace, "State function", made.state_function, state_arguments(made)));
    if (!state->return_type->same_values(*made.state_type)) {
        return invalid(
            "State function {} return type must be the same as the first argument type "
            "- check STYPE, argument and return types",
            schema::describe_signature(keyspace.name, state->name, state->argument_types));
    }
    made.return_type = made.state_type;
    if (made.reduce_function) {
        NACRE_TRY(const auto reduce, find_part(keyspace, "Reduce function", *made.reduce_function,
                                               {made.state_type, made.state_type}));
        if (!reduce->return_type->same_values(*made.state_type)) {
            return invalid(
                "Reduce function {} return type must be the same as STYPE {}",
                schema::describe_signature(keyspace.name, reduce->name, reduce->argument_types),
                function_type_text(made.state_type));
        }
    }
    if (made.final_function) {
        NACRE_TRY(const auto last,
                  find_part(keyspace, "Final function", *made.final_function, {made.state_type}));
        made.return_type = last->return_type;
    }
    if (statement.initial_condition) {
        if (!is_constant(*statement.initial_condition)) {
            return invalid("Invalid value for INITCOND of type {}",
                           function_type_text(made.state_type));
        }
        // Shown as written, without the outermost frozen<>.
        NACRE_TRY(made.initial_condition,
                  constant_value(*statement.initial_condition, type::thaw(made.state_type),
                                 "(dummy)", {&environment.schema, keyspace.name}));
    }
    if (!made.initial_condition && state->on_null == schema::null_input::returns_null) {
        return invalid(
            "Cannot create aggregate '{}' without INITCOND because state function "
            "{}.{} does not accept 'null' arguments",
            made.name, keyspace.name, state->name);
    }
    return {};
}

/// How many functions and aggregates have this name.
std::size_t count_overloads(const schema::keyspace& keyspace, const std::string& name) {
    std::size_t count = 0;
    if (const auto* functions = keyspace.functions().find(name)) count += functions->size();
    if (const auto* aggregates = keyspace.aggregates().find(name)) count += aggregates->size();
    return count;
}

/// The overload that DROP means: the one with the given types, or the only one. A name without
/// types must be one function's or aggregate's alone.
template <typename Definition>
result<std::shared_ptr<const Definition>> overload_to_drop(
    std::string_view what, std::string_view keyword, const schema::keyspace_ptr& keyspace,
    const schema::by_name<std::vector<std::shared_ptr<const Definition>>>& (
        schema::keyspace::*overloads)() const,
    const std::string& keyspace_name, const std::string& name,
    const std::optional<std::vector<type_ptr>>& arguments, bool if_exists) {
    std::vector<std::shared_ptr<const Definition>> candidates;
    if (keyspace) {
        if (const auto* found = ((*keyspace).*overloads)().find(name)) candidates = *found;
    }
    if (arguments) {
        std::erase_if(candidates, [&](const auto& candidate) {
            return !same_arguments(candidate->argument_types, *arguments);
        });
    } else if (keyspace && count_overloads(*keyspace, name) > 1) {
        return invalid(
            "'DROP {0} {1}' matches multiple function definitions; specify the argument "
            "types by issuing a statement like 'DROP {0} {1} (type, type, ...)'. You "
            "can use cqlsh 'DESCRIBE {0} {1}' command to find all overloads",
            keyword, name);
    }
    if (!candidates.empty()) return candidates[0];
    if (if_exists) return std::shared_ptr<const Definition>();
    const auto list = arguments ? "(" + joined(texts_of(*arguments)) + ")" : "";
    return invalid("{} '{}.{}{}' doesn't exist", what, keyspace_name, name, list);
}

/// The argument types that a DROP names; none if it names none, or if there is no keyspace.
template <typename Statement>
result<std::optional<std::vector<type_ptr>>> dropped_arguments(const Statement& statement,
                                                               const change_place& place,
                                                               std::string_view what,
                                                               const std::string& name) {
    std::optional<std::vector<type_ptr>> arguments;
    if (!statement.argument_types) return arguments;
    if (place.keyspace) {
        NACRE_TRY(arguments, argument_types(*statement.argument_types, *place.keyspace));
    } else if (!statement.if_exists) {
        std::vector<std::string> texts;
        for (const auto& t : *statement.argument_types) texts.push_back(cql::to_text(t));
        return invalid("{} '{}.{}({})' doesn't exist", what, place.keyspace_name, name,
                       joined(texts));
    }
    return arguments;
}

}  // namespace

result<planned_change> plan(const cql::create_function_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.function.name;
    NACRE_TRY(const auto place, place_of_function(statement.function, environment));
    const auto& [keyspace_name, keyspace] = place;
    NACRE_CHECK(check_directives(statement.or_replace, statement.if_not_exists));
    NACRE_CHECK(check_argument_names(statement));
    for (const auto& argument : statement.arguments) {
        NACRE_CHECK(check_thawed("Argument", argument.type));
    }
    NACRE_CHECK(check_thawed("Return type", statement.return_type));
    if (!keyspace) return keyspace_missing(keyspace_name);
    NACRE_TRY(auto made, define_function(statement, *keyspace));
    if (find_aggregate(*keyspace, name, made.argument_types)) {
        return invalid("Function '{}' cannot replace an aggregate", name);
    }
    const auto existing = find_function(*keyspace, name, made.argument_types);
    if (existing) {
        if (statement.if_not_exists) return planned_change();
        if (!statement.or_replace) return invalid("Function '{}' already exists", name);
        NACRE_CHECK(check_replaced(*existing, made));
    }
    if (std::ranges::find(environment.languages, made.language) == environment.languages.end()) {
        return invalid("Language '{}' is not supported", made.language);
    }
    if (!existing && count_functions(environment.schema) >= environment.functions_max) {
        return invalid(
            "The server has as many functions as it may have: sandbox_functions_max is {}",
            environment.functions_max);
    }
    NACRE_CHECK(give_source(made, *environment.source, *keyspace));
    planned_change planned;
    planned.created_function =
        environment.compiled && same_declaration(*environment.compiled, made)
            ? environment.compiled
            : std::make_shared<const schema::function_definition>(std::move(made));
    if (environment.defines_only) return planned;
    auto next = *keyspace;
    next.put(planned.created_function);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = {existing ? kind::updated : kind::created, target::function, keyspace_name,
                      name, texts_of(planned.created_function->argument_types)};
    return planned;
}

result<planned_change> plan(const cql::drop_function_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.function.name;
    NACRE_TRY(const auto place, place_of_function(statement.function, environment));
    NACRE_TRY(const auto arguments, dropped_arguments(statement, place, "Function", name));
    NACRE_TRY(const auto dropped,
              overload_to_drop<schema::function_definition>(
                  "Function", "FUNCTION", place.keyspace, &schema::keyspace::functions,
                  place.keyspace_name, name, arguments, statement.if_exists));
    if (!dropped) return planned_change();
    const auto users = aggregates_using(*place.keyspace, *dropped);
    if (!users.empty()) {
        const auto list = arguments ? "(" + joined(texts_of(*arguments)) + ")" : "";
        return invalid("Function '{}.{}{}' is still referenced by aggregates {}",
                       place.keyspace_name, name, list, joined(users));
    }
    planned_change planned;
    auto next = *place.keyspace;
    next.remove(dropped);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = {kind::dropped, target::function, place.keyspace_name, name,
                      texts_of(dropped->argument_types)};
    return planned;
}

result<planned_change> plan(const cql::create_aggregate_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.aggregate.name;
    NACRE_TRY(const auto place, place_of_function(statement.aggregate, environment));
    const auto& [keyspace_name, keyspace] = place;
    NACRE_CHECK(check_directives(statement.or_replace, statement.if_not_exists));
    for (const auto& argument : statement.argument_types) {
        NACRE_CHECK(check_thawed("Argument", argument));
    }
    NACRE_CHECK(check_thawed("State type", statement.state_type));
    NACRE_CHECK(check_aggregate_options(statement.properties));
    if (!keyspace) return config_error(fmt::format("Keyspace {} doesn't exist", keyspace_name));

    schema::aggregate_definition made;
    made.keyspace = keyspace_name;
    made.name = name;
    NACRE_TRY(made.argument_types, argument_types(statement.argument_types, *keyspace));
    NACRE_TRY(made.state_type, function_type(statement.state_type, *keyspace));
    made.state_function = statement.state_function;
    made.reduce_function = statement.reduce_function;
    made.final_function = statement.final_function;
    made.is_deterministic = statement.deterministic;
    NACRE_CHECK(complete(made, statement, *keyspace, environment));

    if (find_function(*keyspace, name, made.argument_types)) {
        return invalid("Aggregate '{}' cannot replace a function", name);
    }
    const auto existing = find_aggregate(*keyspace, name, made.argument_types);
    if (existing) {
        if (statement.if_not_exists) return planned_change();
        if (!statement.or_replace) return invalid("Aggregate '{}' already exists", name);
        if (!made.return_type->same_values(*existing->return_type)) {
            return invalid(
                "Cannot replace aggregate '{}', the new return type {} isn't compatible "
                "with the return type {} of existing function",
                name, function_type_text(made.return_type),
                function_type_text(existing->return_type));
        }
    }
    planned_change planned;
    planned.change = {existing ? kind::updated : kind::created, target::aggregate, keyspace_name,
                      name, texts_of(made.argument_types)};
    auto next = *keyspace;
    next.put(schema::aggregate_ptr(std::make_shared<const schema::aggregate_definition>(made)));
    planned.next = with_keyspace(environment.schema, std::move(next));
    return planned;
}

result<planned_change> plan(const cql::drop_aggregate_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.aggregate.name;
    NACRE_TRY(const auto place, place_of_function(statement.aggregate, environment));
    NACRE_TRY(const auto arguments, dropped_arguments(statement, place, "Aggregate", name));
    NACRE_TRY(const auto dropped,
              overload_to_drop<schema::aggregate_definition>(
                  "Aggregate", "AGGREGATE", place.keyspace, &schema::keyspace::aggregates,
                  place.keyspace_name, name, arguments, statement.if_exists));
    if (!dropped) return planned_change();
    planned_change planned;
    auto next = *place.keyspace;
    next.remove(dropped);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = {kind::dropped, target::aggregate, place.keyspace_name, name,
                      texts_of(dropped->argument_types)};
    return planned;
}

}  // namespace nacre::catalog
