#include <algorithm>

#include "cql/print.h"
#include "query/binder.h"

// Collections, tuples and user types: putting them together and taking them apart.
namespace nacre::query {

using types::type_kind;
using types::type_ptr;

namespace {

error wrong_literal(std::string_view what, const std::string& name, const types::type& type) {
    return invalid("Invalid {} literal for {} of type {}", what, name, type.to_cql());
}

}  // namespace

// `{a: b}` is a user type's literal by its form; where a map is wanted its names are columns.
std::optional<cql::expression> binder::as_map(const cql::expression& node,
                                              const types::type& wanted) const {
    const auto* fields = node.as<cql::user_type_literal>();
    if (fields == nullptr || wanted.kind() != type_kind::map || !_columns_allowed) {
        return std::nullopt;
    }
    cql::map_literal map;
    for (const auto& field : fields->fields) {
        cql::expression key;
        key.node = cql::column_ref{field.field};
        map.entries.push_back({std::move(key), field.value});
    }
    cql::expression whole = node;
    whole.node = std::move(map);
    return whole;
}

result<expression_ptr> binder::bind_compound(const cql::expression& node, const type_ptr& receiver,
                                             const std::string& name) {
    const auto type = receiver ? receiver : own_type(node);
    if (!type) {
        return invalid(
            "Cannot infer type for term {} in selection clause (try using a cast to force a type)",
            cql::to_text(node));
    }
    if (const auto map = as_map(node, *type)) return bind_compound(*map, type, name);
    if (node.as<cql::user_type_literal>() != nullptr) return bind_user_type(node, type, name);

    std::vector<expression_ptr> parts;
    const auto bind_part = [&](const cql::expression& part, const type_ptr& part_type,
                               std::string_view what, std::string_view role) -> status {
        if (!is_selecting() && fit_of(part, *part_type) == function::fit::none) {
            return invalid("Invalid {} literal for {}: {} {} is not of type {}", what, name, role,
                           cql::to_text(part, cql::naming::in_error), part_type->to_cql());
        }
        NACRE_TRY(auto bound, bind_value(part, part_type, fmt::format("{}({})", role, name)));
        parts.push_back(std::move(bound));
        return {};
    };
    const auto bind_all = [&](const std::vector<cql::expression>& elements,
                              std::string_view what) -> status {
        for (const auto& element : elements) {
            NACRE_CHECK(bind_part(element, type->element(), what, "value"));
        }
        return {};
    };
    if (const auto* list = node.as<cql::list_literal>()) {
        if (type->kind() != type_kind::list && type->kind() != type_kind::vector) {
            return wrong_literal("list", name, *type);
        }
        if (type->kind() == type_kind::vector && list->elements.size() != type->dimensions()) {
            return invalid(
                "Invalid vector literal for {} of type {}; expected {} elements, but given {}",
                name, type->to_cql(), type->dimensions(), list->elements.size());
        }
        const bool is_vector = type->kind() == type_kind::vector;
        NACRE_CHECK(bind_all(list->elements, is_vector ? "vector" : "list"));
    } else if (const auto* set = node.as<cql::set_literal>()) {
        if (type->kind() != type_kind::set) return wrong_literal("set", name, *type);
        NACRE_CHECK(bind_all(set->elements, "set"));
    } else if (const auto* map = node.as<cql::map_literal>()) {
        if (type->kind() != type_kind::map) return wrong_literal("map", name, *type);
        for (const auto& entry : map->entries) {
            NACRE_CHECK(bind_part(entry.key, type->key(), "map", "key"));
            NACRE_CHECK(bind_part(entry.value, type->mapped(), "map", "value"));
        }
    } else if (const auto* tuple = node.as<cql::tuple_literal>()) {
        if (type->kind() != type_kind::tuple && type->kind() != type_kind::user) {
            return wrong_literal("tuple", name, *type);
        }
        if (tuple->elements.size() > type->parameters().size()) {
            return invalid(
                "Invalid tuple literal for {}: too many elements. Type {} expects {} but got {}",
                name, type->to_cql(), type->parameters().size(), tuple->elements.size());
        }
        for (std::size_t i = 0; i < tuple->elements.size(); ++i) {
            if (!is_selecting() &&
                fit_of(tuple->elements[i], *type->parameters()[i]) == function::fit::none) {
                return invalid("Invalid tuple literal for {}: component {} is not of type {}", name,
                               i, type->parameters()[i]->to_cql());
            }
            NACRE_TRY(auto field, bind_value(tuple->elements[i], type->parameters()[i],
                                             fmt::format("{}[{}]", name, i)));
            parts.push_back(std::move(field));
        }
    } else {
        return invalid("{} can't stand for a value", cql::to_text(node));
    }
    return std::make_shared<compound_expression>(type, std::move(parts));
}

result<expression_ptr> binder::bind_user_type(const cql::expression& node, const type_ptr& type,
                                              const std::string& name) {
    const auto& literal = *node.as<cql::user_type_literal>();
    if (type->kind() != type_kind::user) return wrong_literal("user type", name, *type);
    const auto& names = type->field_names();
    std::vector<expression_ptr> parts(names.size());
    for (const auto& field : literal.fields) {
        const auto found = std::ranges::find(names, field.field);
        if (found == names.end()) {
            return invalid("Unknown field '{}' in value of user defined type {}", field.field,
                           type->name());
        }
        const auto position = static_cast<std::size_t>(found - names.begin());
        const auto& wanted = type->parameters()[position];
        if (!is_selecting() && fit_of(field.value, *wanted) == function::fit::none) {
            return invalid("Invalid user type literal for {}: field {} is not of type {}", name,
                           field.field, wanted->to_cql());
        }
        NACRE_TRY(parts[position],
                  bind_value(field.value, type->parameters()[position], name + "." + field.field));
    }
    return std::make_shared<compound_expression>(type, std::move(parts));
}

}  // namespace nacre::query
