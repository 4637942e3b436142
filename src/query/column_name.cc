#include "base/identifier.h"
#include "cql/keywords.h"
#include "cql/print.h"
#include "query/binder.h"

// How a selector is called in a result's metadata: as it was written, but functions and user types
// with their keyspaces.
namespace nacre::query {

namespace {

std::string type_text(const cql::type_name& type, const std::string& keyspace) {
    if (type.custom_class) return cql::to_text(type);
    std::string text;
    const bool is_user_type =
        type.parameters.empty() && (type.quoted || !cql::is_native_type(type.name));
    if (is_user_type) {
        const auto& home = type.keyspace.empty() ? keyspace : type.keyspace;
        text = quote_identifier(home) + "." + quote_identifier(type.name);
    } else {
        text = type.name;
        for (std::size_t i = 0; i < type.parameters.size(); ++i) {
            text += (i == 0 ? "<" : ", ") + type_text(type.parameters[i], keyspace);
        }
        if (type.dimension) text += ", " + std::to_string(*type.dimension);
        if (!type.parameters.empty()) text += ">";
    }
    return type.frozen ? "frozen<" + text + ">" : text;
}

char sign_of(cql::arithmetic_operator op) {
    switch (op) {
        case cql::arithmetic_operator::add:
            return '+';
        case cql::arithmetic_operator::subtract:
            return '-';
        case cql::arithmetic_operator::multiply:
            return '*';
        case cql::arithmetic_operator::divide:
            return '/';
        case cql::arithmetic_operator::modulo:
            break;
    }
    return '%';
}

// What selects an element is called as it was written, functions without their keyspaces too.
std::string element_text(const cql::expression& index) {
    std::string text = cql::to_text(index);
    return index.parenthesised ? "(" + text + ")" : text;
}

}  // namespace

std::string binder::column_name(const cql::expression& node) const {
    const auto nested = [this](const cql::expression& part) {
        return part.parenthesised ? "(" + column_name(part) + ")" : column_name(part);
    };
    const auto list = [&](const std::vector<cql::expression>& parts) {
        std::string text;
        for (const auto& part : parts) text += (text.empty() ? "" : ", ") + nested(part);
        return text;
    };
    if (const auto* literal = node.as<cql::literal>()) {
        if (literal->kind == cql::literal_kind::null) return "NULL";
        if (literal->kind == cql::literal_kind::string) return "'" + literal->text + "'";
    }
    if (const auto* column = node.as<cql::column_ref>()) return column->name;
    if (node.as<cql::bind_marker>() != nullptr) return "?";
    if (const auto* call = node.as<cql::function_call>()) return call_name(*call);
    if (const auto* hint = node.as<cql::type_hint>()) {
        return "(" + type_text(hint->type, _keyspace) + ")" + nested(*hint->operand);
    }
    if (const auto* cast = node.as<cql::cast>()) {
        if (_idle_casts.contains(cast)) return column_name(*cast->operand);
        return "cast(" + nested(*cast->operand) + " as " + cql::to_text(cast->type) + ")";
    }
    if (const auto* sum = node.as<cql::arithmetic>()) {
        return nested(*sum->left) + " " + sign_of(sum->op) + " " + nested(*sum->right);
    }
    if (const auto* negation = node.as<cql::negation>()) return "-" + nested(*negation->operand);
    if (const auto* field = node.as<cql::field_access>()) {
        return nested(*field->value) + "." + field->field;
    }
    if (const auto* element = node.as<cql::subscript>()) {
        return nested(*element->container) + "[" + element_text(*element->index) + "]";
    }
    if (const auto* slice = node.as<cql::slice>()) {
        return nested(*slice->container) + "[" + (slice->from ? element_text(**slice->from) : "") +
               ".." + (slice->to ? element_text(**slice->to) : "") + "]";
    }
    if (const auto* tuple = node.as<cql::tuple_literal>()) return "(" + list(tuple->elements) + ")";
    if (const auto* items = node.as<cql::list_literal>()) return "[" + list(items->elements) + "]";
    if (const auto* set = node.as<cql::set_literal>()) return "{" + list(set->elements) + "}";
    if (const auto* map = node.as<cql::map_literal>()) {
        std::string text;
        for (const auto& entry : map->entries) {
            text += (text.empty() ? "" : ", ") + nested(entry.key) + ": " + nested(entry.value);
        }
        return "{" + text + "}";
    }
    return cql::to_text(node);
}

std::string binder::call_name(const cql::function_call& call) const {
    // count(*) and count(1) are the same function.
    const bool counts_rows =
        call.star || (call.function.name == "count" && call.arguments.size() == 1 &&
                      call.arguments[0].as<cql::literal>() != nullptr);
    if (counts_rows) return "count";
    const auto known = _call_names.find(&call);
    std::string text = known == _call_names.end() ? call.function.name : known->second;
    constexpr std::string_view cast = "system.cast_as_";
    if (text.starts_with(cast) && call.arguments.size() == 1) {
        return "cast(" + column_name(call.arguments[0]) + " as " + text.substr(cast.size()) + ")";
    }
    text += "(";
    for (std::size_t i = 0; i < call.arguments.size(); ++i) {
        const auto& argument = call.arguments[i];
        if (i != 0) text += ", ";
        text += argument.parenthesised ? "(" + column_name(argument) + ")" : column_name(argument);
    }
    return text + ")";
}

}  // namespace nacre::query
