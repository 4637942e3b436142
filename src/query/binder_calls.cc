#include <algorithm>

#include "catalog/constant.h"
#include "cql/keywords.h"
#include "cql/print.h"
#include "function/arithmetic.h"
#include "function/cast.h"
#include "query/binder.h"

// Function calls, operators and casts: everything where a function of the arguments' types is
// chosen.
namespace nacre::query {

using function::fit;
using types::type_ptr;

namespace {

// A value that may stand for another type unchanged (a bigint for a blob) in a column of that type.
expression_ptr as_type(expression_ptr value, const type_ptr& wanted) {
    if (value->type()->same_values(*wanted)) return value;
    return std::make_shared<operator_expression>(
        wanted, std::vector<expression_ptr>{std::move(value)},
        [](const std::vector<const data::column_vector*>& columns,
           std::span<const std::uint32_t> rows, data::column_vector& out) -> status {
            for (const auto row : rows) out.append(columns[0]->serialised(row));
            return {};
        });
}

bool is_built_in(const cql::function_call& call, std::string_view name) {
    return call.function.name == name &&
           (call.function.keyspace.empty() || call.function.keyspace == "system");
}

// Its type is the one that is wanted where it stands.
bool is_from_json(const cql::expression& node) {
    const auto* call = node.as<cql::function_call>();
    return call != nullptr && (is_built_in(*call, "from_json") || is_built_in(*call, "fromjson"));
}

function::arithmetic_operator to_operator(cql::arithmetic_operator op) {
    switch (op) {
        case cql::arithmetic_operator::add:
            return function::arithmetic_operator::add;
        case cql::arithmetic_operator::subtract:
            return function::arithmetic_operator::subtract;
        case cql::arithmetic_operator::multiply:
            return function::arithmetic_operator::multiply;
        case cql::arithmetic_operator::divide:
            return function::arithmetic_operator::divide;
        case cql::arithmetic_operator::modulo:
            break;
    }
    return function::arithmetic_operator::modulo;
}

const char* operator_function(function::arithmetic_operator op) {
    switch (op) {
        case function::arithmetic_operator::add:
            return "_add";
        case function::arithmetic_operator::subtract:
            return "_subtract";
        case function::arithmetic_operator::multiply:
            return "_multiply";
        case function::arithmetic_operator::divide:
            return "_divide";
        case function::arithmetic_operator::modulo:
            break;
    }
    return "_modulo";
}

}  // namespace

// Constants are of the place that the operator's result is for; a marker is the operator's own.
std::string binder::operand_name(const cql::expression& operand, const std::string& name,
                                 std::string_view function, int argument) const {
    const auto* hint = operand.as<cql::type_hint>();
    const auto& inner = hint != nullptr ? *hint->operand : operand;
    if (inner.as<cql::bind_marker>() == nullptr) return name;
    return fmt::format("arg{}(system.{})", argument, function);
}

type_ptr binder::own_type(const cql::expression& node) {
    auto type = try_own_type(node);
    return type ? *type : nullptr;
}

result<type_ptr> binder::try_own_type(const cql::expression& node) {
    if (const auto* literal = node.as<cql::literal>()) return literal_type(*literal);
    if (node.as<cql::bind_marker>() != nullptr) return type_ptr();
    if (is_from_json(node)) return type_ptr();
    if (const auto* list = node.as<cql::list_literal>()) {
        const auto element = common_type(list->elements);
        return element ? types::type::list_of(element, true) : type_ptr();
    }
    if (const auto* set = node.as<cql::set_literal>()) {
        const auto element = common_type(set->elements);
        return element ? types::type::set_of(element, true) : type_ptr();
    }
    // It could be a user type's value as well.
    if (node.as<cql::map_literal>() != nullptr) return type_ptr();
    if (const auto* tuple = node.as<cql::tuple_literal>()) {
        std::vector<type_ptr> fields;
        for (const auto& element : tuple->elements) {
            auto field = own_type(element);
            if (!field) return type_ptr();
            fields.push_back(std::move(field));
        }
        return types::type::tuple_of(std::move(fields));
    }
    if (node.as<cql::user_type_literal>() != nullptr) return type_ptr();
    if (const auto* hint = node.as<cql::type_hint>()) return resolve_type(hint->type);

    // The rest has a type of its own. A trial with a copy of this binder leaves no trace in the
    // statement: neither wanted columns nor marker types.
    binder trial = *this;
    marker_table scratch = *_markers;
    trial._markers = &scratch;
    NACRE_TRY(const auto bound, trial.bind(node, nullptr, cql::to_text(node)));
    return bound->type();
}

// The one of the elements' types that takes the values of all the others.
type_ptr binder::common_type(const std::vector<cql::expression>& elements) {
    std::vector<type_ptr> known;
    for (const auto& element : elements) {
        if (auto type = own_type(element)) known.push_back(std::move(type));
    }
    const auto takes_all = [&](const type_ptr& candidate) {
        return std::ranges::all_of(known, [&](const type_ptr& other) {
            return other->same_values(*candidate) || types::is_value_compatible(*candidate, *other);
        });
    };
    const auto found = std::ranges::find_if(known, takes_all);
    return found == known.end() ? nullptr : *found;
}

fit binder::fit_of(const cql::expression& node, const types::type& wanted) {
    using types::type_kind;
    if (const auto tuple = catalog::tuple_of_one(node, wanted)) return fit_of(*tuple, wanted);
    if (node.as<cql::bind_marker>() != nullptr || is_from_json(node)) return fit::weak;
    if (const auto* literal = node.as<cql::literal>()) return literal_fit(*literal, wanted);

    const auto all = [this](const std::vector<cql::expression>& elements,
                            const types::type& element) {
        fit worst = fit::exact;
        for (const auto& each : elements) worst = std::min(worst, fit_of(each, element));
        return elements.empty() ? fit::weak : worst;
    };
    if (const auto* list = node.as<cql::list_literal>()) {
        if (wanted.kind() != type_kind::list && wanted.kind() != type_kind::vector) {
            return fit::none;
        }
        return all(list->elements, *wanted.element());
    }
    if (const auto* set = node.as<cql::set_literal>()) {
        return wanted.kind() == type_kind::set ? all(set->elements, *wanted.element()) : fit::none;
    }
    if (const auto* map = node.as<cql::map_literal>()) {
        if (map->entries.empty() && wanted.kind() == type_kind::set) return fit::weak;
        if (wanted.kind() != type_kind::map) return fit::none;
        fit worst = map->entries.empty() ? fit::weak : fit::exact;
        for (const auto& entry : map->entries) {
            worst = std::min(
                {worst, fit_of(entry.key, *wanted.key()), fit_of(entry.value, *wanted.mapped())});
        }
        return worst;
    }
    if (const auto* tuple = node.as<cql::tuple_literal>()) {
        const bool takes_fields =
            wanted.kind() == type_kind::tuple || wanted.kind() == type_kind::user;
        if (!takes_fields || tuple->elements.size() > wanted.parameters().size()) {
            return fit::none;
        }
        fit worst = fit::exact;
        for (std::size_t i = 0; i < tuple->elements.size(); ++i) {
            worst = std::min(worst, fit_of(tuple->elements[i], *wanted.parameters()[i]));
        }
        return worst;
    }
    if (const auto map = as_map(node, wanted)) return fit_of(*map, wanted);
    if (node.as<cql::user_type_literal>() != nullptr) {
        return wanted.kind() == type_kind::user ? fit::weak : fit::none;
    }
    const auto own = own_type(node);
    // An expression that can't be bound is reported when it is bound for good.
    if (!own || own->same_values(wanted)) return fit::exact;
    return types::is_value_compatible(wanted, *own) ? fit::weak : fit::none;
}

result<std::vector<function::argument>> binder::describe_arguments(
    const std::vector<cql::expression>& arguments) {
    std::vector<function::argument> described;
    for (const auto& node : arguments) {
        function::argument argument;
        const bool is_selected_call = is_selecting() && node.as<cql::function_call>() != nullptr;
        argument.text = is_selected_call ? column_name(node) : cql::to_text(node);
        NACRE_TRY(const auto own, try_own_type(node));
        if (own) argument.known_type = own;
        if (const auto* list = node.as<cql::list_literal>()) {
            argument.element_count = list->elements.size();
        }
        // A literal may stand for more than its own type.
        const bool is_open =
            node.as<cql::literal>() != nullptr || node.as<cql::list_literal>() != nullptr ||
            node.as<cql::set_literal>() != nullptr || node.as<cql::tuple_literal>() != nullptr;
        if (own && !is_open) {
            argument.test = [own](const types::type& wanted) {
                if (own->same_values(wanted)) return fit::exact;
                return types::is_value_compatible(wanted, *own) ? fit::weak : fit::none;
            };
        } else {
            argument.test = [this, &node](const types::type& wanted) {
                return fit_of(node, wanted);
            };
        }
        described.push_back(std::move(argument));
    }
    return described;
}

result<function::resolved> binder::resolve_call(const cql::function_call& call,
                                                const type_ptr& receiver) {
    std::optional<std::string> keyspace;
    if (!call.function.keyspace.empty()) keyspace = call.function.keyspace;
    if (!is_selecting() &&
        !function::is_known(*_schema->functions, keyspace, call.function.name, _keyspace)) {
        return invalid("Unknown function {}{} called", keyspace ? *keyspace + "." : "",
                       call.function.name);
    }
    NACRE_TRY(const auto arguments, describe_arguments(call.arguments));
    return function::resolve(*_schema->functions, keyspace, call.function.name, _keyspace,
                             arguments, receiver);
}

// token() takes what the partition key is made of, so that its arguments have the key's types.
result<expression_ptr> binder::bind_token(const cql::function_call& call) {
    const auto size = _table->partition_key_size();
    if (call.arguments.size() != size) {
        return invalid(
            "Invalid number of arguments in call to function system.token: {} required but {} "
            "provided",
            size, call.arguments.size());
    }
    std::vector<function::argument> described;
    std::vector<expression_ptr> arguments;
    for (std::uint32_t i = 0; i < size; ++i) {
        const auto& node = call.arguments[i];
        const auto& type = _table->partition_key_column(i).type;
        if (fit_of(node, *type) == fit::none) {
            return invalid(
                "Type error: {} cannot be passed as argument {} of function system.token of type "
                "{}",
                column_name(node), i, type->to_cql());
        }
        NACRE_TRY(auto bound, bind_value(node, type, fmt::format("arg{}(system.token)", i)));
        arguments.push_back(as_type(std::move(bound), type));
        described.push_back({[](const types::type&) { return fit::exact; }, type, {}});
    }
    _call_names[&call] = "system.token";
    NACRE_TRY(const auto chosen, function::resolve(*_schema->functions, "system", "token",
                                                   _keyspace, described, nullptr));
    return std::make_shared<call_expression>(std::get<function::scalar_function_ptr>(chosen),
                                             std::move(arguments));
}

result<expression_ptr> binder::bind_call(const cql::expression& node, const type_ptr& receiver) {
    const auto& call = *node.as<cql::function_call>();
    NACRE_TRY(auto cell_function, bind_cell_function(call));
    if (cell_function) return *cell_function;
    if (call.star && (call.function.name != "count" || !call.function.keyspace.empty())) {
        return syntax_error("Only count takes *, not {}", cql::to_text(node));
    }
    if (_table && is_built_in(call, "token")) return bind_token(call);

    NACRE_TRY(const auto chosen, resolve_call(call, is_selecting() ? nullptr : receiver));
    const bool is_aggregate = std::holds_alternative<function::aggregate_function_ptr>(chosen);
    const auto& signature = is_aggregate
                                ? std::get<function::aggregate_function_ptr>(chosen)->signature()
                                : std::get<function::scalar_function_ptr>(chosen)->signature;
    _call_names[&call] = signature.keyspace + "." + signature.name;
    if (is_aggregate && !_aggregates_allowed) {
        return invalid("Aggregation function are not supported in the where clause");
    }
    if (is_aggregate && _inside_aggregate) {
        return invalid("aggregate functions cannot be used as arguments of aggregate functions");
    }

    const bool was_inside = _inside_aggregate;
    _inside_aggregate = was_inside || is_aggregate;
    std::vector<expression_ptr> arguments;
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const auto name = fmt::format("arg{}({}.{})", i, signature.keyspace, signature.name);
        auto bound = bind_value(call.arguments[i], signature.argument_types[i], name);
        if (!bound) {
            _inside_aggregate = was_inside;
            return std::move(bound).error();
        }
        arguments.push_back(as_type(*std::move(bound), signature.argument_types[i]));
    }
    _inside_aggregate = was_inside;
    _markers->note_call(chosen);

    if (is_aggregate) {
        const auto index = static_cast<std::uint32_t>(_aggregates.size());
        _aggregates.push_back(
            {std::get<function::aggregate_function_ptr>(chosen), std::move(arguments)});
        return std::make_shared<aggregate_expression>(signature.return_type, index);
    }
    return std::make_shared<call_expression>(std::get<function::scalar_function_ptr>(chosen),
                                             std::move(arguments));
}

result<expression_ptr> binder::bind_arithmetic(const cql::expression& node,
                                               const type_ptr& receiver, const std::string& name) {
    if (const auto* negation = node.as<cql::negation>()) {
        return bind_negation(*negation->operand, receiver, name);
    }
    const auto& binary = *node.as<cql::arithmetic>();
    const auto op = to_operator(binary.op);
    const std::vector<cql::expression> operands = {*binary.left, *binary.right};
    const bool has_markers = std::ranges::any_of(operands, [](const cql::expression& operand) {
        return operand.as<cql::bind_marker>() != nullptr;
    });
    NACRE_TRY(const auto described, describe_arguments(operands));
    NACRE_TRY(const auto chosen,
              function::resolve_operator(op, described[0], described[1],
                                         is_selecting() ? nullptr : receiver, has_markers));
    const auto* function = operator_function(op);
    NACRE_TRY(auto left,
              bind_value(*binary.left, chosen.left, operand_name(*binary.left, name, function, 0)));
    NACRE_TRY(auto right, bind_value(*binary.right, chosen.right,
                                     operand_name(*binary.right, name, function, 1)));
    return std::make_shared<operator_expression>(
        chosen.result,
        std::vector<expression_ptr>{as_type(std::move(left), chosen.left),
                                    as_type(std::move(right), chosen.right)},
        [op](const std::vector<const data::column_vector*>& columns,
             std::span<const std::uint32_t> rows, data::column_vector& out) {
            return function::evaluate_arithmetic(op, *columns[0], *columns[1], rows, out);
        });
}

// A product with -1 keeps the sign of zero and the scale of decimals.
result<expression_ptr> binder::bind_negation(const cql::expression& operand,
                                             const type_ptr& receiver, const std::string& name) {
    constexpr auto times = function::arithmetic_operator::multiply;
    auto type = own_type(operand);
    if (!type) type = receiver;
    if (!type) {
        return invalid("Ambiguous '-' operation with arg {}: use type hint to disambiguate",
                       cql::to_text(operand));
    }
    const auto product = function::arithmetic_result_type(times, type, type);
    if (!product) {
        return invalid("the '-' operation is not supported on {}", cql::to_text(operand));
    }
    cql::expression minus_one;
    minus_one.node = cql::literal{cql::literal_kind::integer, "-1"};
    NACRE_TRY(auto value, bind_value(operand, type, operand_name(operand, name, "_negate", 0)));
    NACRE_TRY(auto factor, bind_value(minus_one, type, name));
    return std::make_shared<operator_expression>(
        *product, std::vector<expression_ptr>{std::move(value), std::move(factor)},
        [](const std::vector<const data::column_vector*>& columns,
           std::span<const std::uint32_t> rows, data::column_vector& out) {
            return function::evaluate_arithmetic(times, *columns[0], *columns[1], rows, out);
        });
}

result<expression_ptr> binder::bind_hint(const cql::type_hint& hint, const std::string& name) {
    NACRE_TRY(const auto type, resolve_type(hint.type));
    if (fit_of(*hint.operand, *type) == fit::none) {
        if (is_selecting()) {
            return invalid("Cannot assign value {0} to {0} of type {1}", name, type->to_cql());
        }
        return invalid("Cannot cast value {} to type {}", cql::to_text(*hint.operand),
                       type->to_cql());
    }
    NACRE_TRY(auto value, bind_value(*hint.operand, type, name));
    return as_type(std::move(value), type);
}

result<expression_ptr> binder::bind_cast(const cql::cast& node) {
    const bool is_native = node.type.parameters.empty() && !node.type.custom_class &&
                           !node.type.frozen && cql::is_native_type(node.type.name);
    if (!is_native)
        return syntax_error("A CAST is to a native type, not to {}", cql::to_text(node.type));
    NACRE_TRY(const auto type, resolve_type(node.type));
    if (_columns_allowed && !says_its_type(*node.operand)) {
        return invalid(
            "Cannot infer type for term {} in selection clause (try using a cast to force a type)",
            column_name(*node.operand));
    }
    NACRE_TRY(auto bound,
              bind(*node.operand, nullptr, fmt::format("arg0(system.cast_as_{})", type->to_cql())));
    if (bound->type()->same_values(*type)) {
        _idle_casts.insert(&node);
        return bound;
    }
    const auto name = function::cast_function_name(cql::to_text(node.type));
    if (_schema->functions->find("system", name) == nullptr) {
        // Cassandra names the first column that it reads, whichever that is.
        const auto& culprit = _wanted.empty() ? column_name(*node.operand)
                                              : _table->columns()[_wanted.front().ordinal].name;
        return invalid("{} cannot be cast to {}", culprit, cql::to_text(node.type));
    }
    function::argument argument;
    argument.text = column_name(*node.operand);
    argument.known_type = bound->type();
    argument.test = [own = bound->type()](const types::type& wanted) {
        if (own->same_values(wanted)) return fit::exact;
        return types::is_value_compatible(wanted, *own) ? fit::weak : fit::none;
    };
    NACRE_TRY(const auto chosen, function::resolve(*_schema->functions, "system", name, _keyspace,
                                                   {std::move(argument)}, nullptr));
    const auto& cast = std::get<function::scalar_function_ptr>(chosen);
    bound = as_type(std::move(bound), cast->signature.argument_types[0]);
    return std::make_shared<call_expression>(cast, std::vector<expression_ptr>{std::move(bound)});
}

}  // namespace nacre::query
